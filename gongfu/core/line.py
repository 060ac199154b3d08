"""What one line of text from outside may be: a title, a reference, a reason."""

from __future__ import annotations

from unicodedata import category

UNSEEN = ("Cc", "Cs", "Zl", "Zp")
# Marks that turn the reading order: embeddings, overrides, isolates and marks of direction.
TURNING = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def sound(text: str, longest: int) -> bool:
    """Not blank, not too long, no line ends, control or direction-turning characters; rare characters are fine."""
    return bool(text.strip()) and len(text) <= longest and not any(s in TURNING or category(s) in UNSEEN for s in text)
