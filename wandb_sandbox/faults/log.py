"""The request log: what was asked, by whom, with which answer, and how often."""

from __future__ import annotations

from collections import Counter, deque
from dataclasses import asdict, dataclass
from typing import Any

_KEPT = 20_000


@dataclass(frozen=True, slots=True)
class Request:
    """One request. `operation` is the GraphQL operation's name, or method and route."""

    number: int
    operation: str
    kind: str
    """query, mutation or http"""
    fields: tuple[str, ...]
    """The root fields of the GraphQL operation."""
    user: str | None
    status: int
    milliseconds: float


class RequestLog:
    """The newest requests and counts over all of them."""

    def __init__(self) -> None:
        self.clear()

    def clear(self) -> None:
        """Start anew."""
        self.total = 0
        self.requests: deque[Request] = deque(maxlen=_KEPT)
        self.operations: Counter[str] = Counter()
        self.kinds: Counter[str] = Counter()
        self.fields: Counter[str] = Counter()

    def add(
        self,
        operation: str,
        kind: str,
        fields: tuple[str, ...],
        user: str | None,
        status: int,
        seconds: float,
    ) -> None:
        """Note a request that was answered (status 0: the connection was cut)."""
        self.total += 1
        milliseconds = round(seconds * 1000, 2)
        self.requests.append(Request(self.total, operation, kind, fields, user, status, milliseconds))
        self.operations[operation] += 1
        self.kinds[kind] += 1
        self.fields.update(fields)

    def as_json(self, since: int = 0) -> dict[str, Any]:
        """Counts over everything and the kept requests after number `since`."""
        return {
            "total": self.total,
            "operations": dict(self.operations),
            "kinds": dict(self.kinds),
            "fields": dict(self.fields),
            "requests": [asdict(one) for one in self.requests if one.number > since],
        }
