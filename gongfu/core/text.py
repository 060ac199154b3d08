"""What a short text from outside may be."""

from __future__ import annotations

from unicodedata import category

UNSEEN = ("Cc", "Cf", "Cs")


def sound(text: str, longest: int) -> bool:
    """Not blank, not too long, no control, direction-changing or broken characters."""
    return bool(text.strip()) and len(text) <= longest and not any(category(sign) in UNSEEN for sign in text)
