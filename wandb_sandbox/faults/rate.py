"""A rate limit a key: so many requests a window, told in headers, refused with 429 above."""

from __future__ import annotations

import math
import time
from dataclasses import dataclass, field

from wandb_sandbox.errors import InvalidError


@dataclass(slots=True)
class RateLimit:
    """`limit` requests in `window` seconds for each user; a limit of 0 is none."""

    limit: int = 0
    window: float = 60.0
    _used: dict[str, tuple[float, int]] = field(default_factory=dict)
    """Start of the window and requests in it, by user."""

    def __post_init__(self) -> None:
        if self.limit < 0 or not 0 < self.window <= 3600:
            raise InvalidError("a rate limit has a limit from 0 and a window of at most 3600 seconds")

    def take(self, user: str) -> tuple[bool, dict[str, str]]:
        """Count a request: whether it may pass, and the headers of its answer."""
        if not self.limit:
            return True, {}
        now = time.monotonic()
        start, used = self._used.get(user, (now, 0))
        if now >= start + self.window:
            start, used = now, 0
        self._used[user] = (start, used + 1)
        rest = start + self.window - now
        passes = used < self.limit
        return passes, headers(self.limit, max(self.limit - used - 1, 0), rest, refused=not passes)


def headers(limit: int, remaining: int, reset: float, *, refused: bool) -> dict[str, str]:
    """The documented `RateLimit-*` headers; `reset` in seconds from now, and when to try again."""
    seconds = str(math.ceil(reset))
    told = {"RateLimit-Limit": str(limit), "RateLimit-Remaining": str(remaining), "RateLimit-Reset": seconds}
    return {**told, "Retry-After": seconds} if refused else told
