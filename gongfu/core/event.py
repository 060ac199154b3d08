"""What an event is: something that happened, told upwards as a value."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True)
class Event:
    """Named in the past tense. An `inline` event carries frames and is heard at once; any other is stored as work."""

    inline: ClassVar[bool] = False
