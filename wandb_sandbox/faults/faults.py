"""Faults on request: latency, refused or cut requests, listings that end early."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field, fields, replace
from typing import Any

from wandb_sandbox.errors import InvalidError

KINDS = ("cut_before", "cut_after", "status")


@dataclass(frozen=True, slots=True)
class Fault:
    """What happens to matching requests.

    `cut_before` cuts the connection before anything happened, `cut_after` when all took effect and before
    the answer; `status` answers that status and nothing happens.
    """

    kind: str
    operation: str = "*"
    """A GraphQL operation name, a root field, `mutation`, `query`, a path that begins with `/`, or `*`."""
    skip: int = 0
    """So many matching requests pass first."""
    times: int = 1
    """So many matching requests are hit; -1 for all that follow."""
    status: int = 503
    retry_after: float | None = None

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise InvalidError(f"fault kind {self.kind!r} is not known; known are {', '.join(KINDS)}")


@dataclass(slots=True)
class Faults:
    """The faults in force and the latency, in seconds."""

    latency_request: float = 0.0
    latency_mutation_field: float = 0.0
    active: list[Fault] = field(default_factory=list)

    def clear(self) -> None:
        """None, and no latency."""
        self.latency_request = self.latency_mutation_field = 0.0
        self.active = []

    def delay(self, kind: str, root_fields: int) -> float:
        """Seconds to wait before a request is worked on."""
        return self.latency_request + (
            self.latency_mutation_field * root_fields if kind == "mutation" else 0.0
        )

    def hit(self, operation: str, kind: str, root_fields: tuple[str, ...]) -> Fault | None:
        """The fault that this request meets; it is counted."""
        names = {operation, kind, "*", *root_fields}
        for index, fault in enumerate(self.active):
            matches = (
                operation.startswith(fault.operation)
                if fault.operation[0] == "/"
                else fault.operation in names
            )
            if not matches:
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
        """From JSON: `clear`, `latency_request`, `latency_mutation_field`, `add` (a list of faults)."""
        unknown = set(wanted) - {"clear", "latency_request", "latency_mutation_field", "add"}
        if unknown:
            raise InvalidError(f"{sorted(unknown)[0]!r} is not known here")
        if wanted.get("clear"):
            self.clear()
        for name in ("latency_request", "latency_mutation_field"):
            if name in wanted:
                setattr(self, name, _seconds(name, wanted[name]))
        known = {one.name for one in fields(Fault)}
        for one in wanted.get("add") or []:
            if (
                not isinstance(one, dict)
                or set(one) - known
                or "kind" not in one
                or not one.get("operation", "*")
            ):
                raise InvalidError(f"a fault has a kind and may have {', '.join(sorted(known - {'kind'}))}")
            self.active.append(Fault(**one))

    def as_json(self) -> dict[str, Any]:
        """What is in force."""
        return asdict(self)


def _seconds(name: str, value: Any) -> float:
    if not isinstance(value, int | float) or isinstance(value, bool) or not 0 <= value <= 60:
        raise InvalidError(f"{name} is a number of seconds from 0 to 60")
    return float(value)
