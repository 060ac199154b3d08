"""Text that people type: brought to one form, and free of signs that cannot be seen or turn the reading order."""

from __future__ import annotations

import unicodedata

ALLOWED = frozenset("\n\t")
HIDDEN = frozenset({"Cc", "Cs"})  # not Cn and Co: rare characters newer than this Python's tables stand there
# Formatting signs that reorder what is read: embeddings, overrides, isolates and marks of direction.
BIDI = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def tidy(text: str) -> str:
    """NFC, line ends as one line feed, no space at either end; rare characters stay as they are."""
    return unicodedata.normalize("NFC", text.replace("\r\n", "\n").replace("\r", "\n")).strip()


def hidden(text: str) -> str:
    """The first sign that must not be in a text, as U+XXXX; "" when there is none."""
    for sign in text:
        if sign in BIDI or (sign not in ALLOWED and unicodedata.category(sign) in HIDDEN):
            return f"U+{ord(sign):04X}"
    return ""
