"""Text that people type: brought to one form, and free of signs that cannot be seen or turn the reading order."""

from __future__ import annotations

import re
import unicodedata

# Control signs but line feed and tab; halves of surrogate pairs; and formatting signs that reorder what is read: embeddings,
# overrides, isolates and marks of direction. Unassigned signs are not here: rare characters newer than a Python's tables stand there.
HIDDEN = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")


def tidy(text: str) -> str:
    """NFC, line ends as one line feed, no space at either end; rare characters stay as they are."""
    return unicodedata.normalize("NFC", text.replace("\r\n", "\n").replace("\r", "\n")).strip()


def hidden(text: str) -> str:
    """The first sign that must not be in a text, as U+XXXX; "" when there is none."""
    found = HIDDEN.search(text)
    return f"U+{ord(found[0]):04X}" if found else ""
