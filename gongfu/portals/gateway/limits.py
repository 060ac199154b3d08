"""Rate limit: a token bucket for each client, kept in the memory of one web process (no database on the hot path).

A client's limit is 3,000 requests a minute with a burst of 1,000. Each of the W web processes gives out a W-th of it,
so that all together never give more; a client whose requests all meet one process is slowed down earlier.
"""

from __future__ import annotations

import math
import threading
from collections import OrderedDict
from dataclasses import dataclass, field

MOST_CLIENTS = 10_000


@dataclass(slots=True)
class Bucket:
    """`level` requests may be made at once; it fills by `per_second` up to `burst`."""

    burst: float
    per_second: float
    level: float
    at: float

    def take(self, now: float) -> float:
        """0 and one request less, or how many seconds until the next may be made."""
        self.level = min(self.burst, self.level + (now - self.at) * self.per_second)
        self.at = now
        if self.level >= 1:
            self.level -= 1
            return 0.0
        return (1 - self.level) / self.per_second


@dataclass
class Limiter:
    """The buckets of all clients of this process; the one longest unused goes when there are too many."""

    per_minute: float
    burst: float
    workers: int = 1
    buckets: OrderedDict[str, Bucket] = field(default_factory=OrderedDict)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def wait_seconds(self, client: str, now: float) -> int:
        """0 when the client may go on, else after how many whole seconds.  now: seconds of a clock that never goes back."""
        with self.lock:
            bucket = self.buckets.get(client)
            if bucket is None:
                share = max(self.burst / self.workers, 1.0)
                bucket = self.buckets[client] = Bucket(share, self.per_minute / 60 / self.workers, share, now)
            self.buckets.move_to_end(client)
            while len(self.buckets) > MOST_CLIENTS:
                self.buckets.popitem(last=False)
            return math.ceil(bucket.take(now))
