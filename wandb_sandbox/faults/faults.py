"""Faults on request: latency, refused or cut requests, revoked keys, listings that end early."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field, fields, replace
from typing import Any, Literal

from pydantic import TypeAdapter, ValidationError

from wandb_sandbox.errors import STATUS_CODES, InvalidError
from wandb_sandbox.faults.rate import RateLimit, headers

Kind = Literal["cut_before", "cut_after", "status", "revoke", "short_listing", "null_listing"]


@dataclass(frozen=True, slots=True)
class Fault:
    """What happens to matching requests.

    `cut_before` cuts the connection before anything happened, `cut_after` when all took effect and before
    the answer; `status` answers that status and nothing happens; `revoke` takes all keys of the user, who
    gets 401 from then on, until a set-up call gives a key; `short_listing` and `null_listing` answer less
    than there is (`connection` names which listing, `*` all; `keep` how many entries, default half).
    """

    kind: Kind
    operation: str = "*"
    """A GraphQL operation name, a root field, `mutation`, `query`, a path that begins with `/`, or `*`."""
    user: str | None = None
    """Only requests of this user."""
    skip: int = 0
    """So many matching requests pass first."""
    times: int = 1
    """So many matching requests are hit; -1 for all that follow."""
    status: int = 503
    retry_after: float | None = None
    connection: str = "*"
    keep: int | None = None

    def headers(self) -> dict[str, str]:
        """Of the answer of a `status`: Retry-After if it has one, and for 429 the rate limit's headers."""
        found = headers(1, 0, self.retry_after or 1, refused=False) if self.status == 429 else {}
        return found if self.retry_after is None else {**found, "Retry-After": f"{self.retry_after:g}"}

    def body(self) -> dict[str, Any]:
        """The documented shape of a refusal with that status."""
        error: dict[str, Any] = {"message": f"fault: status {self.status}"}
        if self.status in STATUS_CODES:
            error["extensions"] = {"code": STATUS_CODES[self.status]}
        return {"errors": [error]}


_FAULT = TypeAdapter(Fault)
_SETTINGS = ("latency_request", "latency_mutation_field")


@dataclass(slots=True)
class Faults:
    """The faults in force, the latency, in seconds, and the rate limit."""

    latency_request: float = 0.0
    latency_mutation_field: float = 0.0
    rate_limit: RateLimit = field(default_factory=RateLimit)
    active: list[Fault] = field(default_factory=list)

    def clear(self) -> None:
        """None, no latency and no limit."""
        self.latency_request = self.latency_mutation_field = 0.0
        self.rate_limit = RateLimit()
        self.active = []

    def delay(self, kind: str, root_fields: int) -> float:
        """Seconds to wait before a request is worked on."""
        return self.latency_request + (
            self.latency_mutation_field * root_fields if kind == "mutation" else 0.0
        )

    def hit(
        self, operation: str, kind: str, root_fields: tuple[str, ...], user: str | None = None
    ) -> Fault | None:
        """The fault that this request meets; it is counted."""
        names = {operation, kind, "*", *root_fields}
        for index, fault in enumerate(self.active):
            if not _matches(fault, operation, names, user):
                continue
            if fault.skip > 0:
                self.active[index] = replace(fault, skip=fault.skip - 1)
                continue
            if fault.times == 0:
                continue
            if fault.times > 0:
                self.active[index] = replace(fault, times=fault.times - 1)
            return fault
        return None

    def change(self, wanted: dict[str, Any]) -> None:
        """From JSON: `clear`, `latency_request`, `latency_mutation_field`, `rate_limit`, `add` (faults)."""
        unknown = set(wanted) - {"clear", "rate_limit", "add", *_SETTINGS}
        if unknown:
            raise InvalidError(f"{sorted(unknown)[0]!r} is not known here")
        made = [_fault(one) for one in wanted.get("add") or []]
        seconds = {name: _seconds(name, wanted[name]) for name in _SETTINGS if name in wanted}
        limit = _rate_limit(wanted["rate_limit"]) if "rate_limit" in wanted else None
        if wanted.get("clear"):
            self.clear()
        for name, value in seconds.items():
            setattr(self, name, value)
        self.rate_limit = limit or self.rate_limit
        self.active.extend(made)

    def as_json(self) -> dict[str, Any]:
        """What is in force."""
        limit = {"limit": self.rate_limit.limit, "window": self.rate_limit.window}
        return {**{name: getattr(self, name) for name in _SETTINGS}, "rate_limit": limit} | {
            "active": [asdict(one) for one in self.active]
        }


def _matches(fault: Fault, operation: str, names: set[str], user: str | None) -> bool:
    if fault.user is not None and (user or "").lower() != fault.user.lower():
        return False
    return operation.startswith(fault.operation) if fault.operation[0] == "/" else fault.operation in names


def _fault(wanted: Any) -> Fault:
    known = {one.name for one in fields(Fault)}
    if (
        not isinstance(wanted, dict)
        or set(wanted) - known
        or "kind" not in wanted
        or not wanted.get("operation", "*")
    ):
        raise InvalidError(f"a fault has a kind and may have {', '.join(sorted(known - {'kind'}))}")
    try:
        return _FAULT.validate_python(wanted)
    except ValidationError as error:
        first = error.errors()[0]
        raise InvalidError(f"{'.'.join(map(str, first['loc']))}: {first['msg']}") from None


def _seconds(name: str, value: Any) -> float:
    if not isinstance(value, int | float) or isinstance(value, bool) or not 0 <= value <= 60:
        raise InvalidError(f"{name} is a number of seconds from 0 to 60")
    return float(value)


def _rate_limit(wanted: Any) -> RateLimit:
    if not isinstance(wanted, dict) or set(wanted) - {"limit", "window"}:
        raise InvalidError("rate_limit has a limit and a window in seconds")
    try:
        return RateLimit(int(wanted.get("limit", 0)), float(wanted.get("window", 60)))
    except (TypeError, ValueError):
        raise InvalidError("rate_limit has a limit and a window in seconds") from None
