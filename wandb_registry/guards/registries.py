"""Guards over one registry's own fields."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence

from wandb_registry.errors import listed
from wandb_registry.guards.failures import Refusal
from wandb_registry.state.inventory import Boundary
from wandb_registry.state.models import Visibility


def check_registry(
    name: str,
    old: Visibility | None,
    new: Visibility,
    boundary: Boundary,
    audience: Sequence[str] | None = None,
) -> Iterator[Refusal]:
    """Visibility only ever narrows, and never opens what a legacy registry kept to its team.

    `old` is what is there (None for a registry to be created), `boundary` the recorded boundary, `audience`
    the people who would gain (None where nobody told).
    """
    if old == "restricted" and new == "organization":
        yield Refusal(
            "visibility",
            name,
            f"{name} is restricted, and W&B cannot make a restricted registry visible to the organization",
            final=True,
        )
    elif old == "organization" and new == "restricted":
        yield Refusal(
            "one-way-visibility", name, f"{name} would become restricted, which W&B cannot turn back"
        )
    if new == "organization" and old != "restricted" and boundary:
        teams = ", ".join(sorted(boundary))
        yield Refusal(
            "widening",
            name,
            f"{name} holds models that only team {teams} could see, and would be open to everyone in the "
            f"organization: {_gaining(audience)}",
        )


def check_aliases(name: str, declared: Collection[str], legacy: Sequence[str]) -> Iterator[Refusal]:
    """What only some could move on the legacy side stays protected: else every member could move it."""
    for alias in legacy:
        if alias not in declared:
            message = (
                f"alias {alias} was protected on the legacy side, and every member of {name} could move it"
            )
            yield Refusal("alias-unprotected", f"{name}/{alias}", message)


def _gaining(audience: Sequence[str] | None) -> str:
    if audience is None:
        return "scan could not read who that is (--people people.csv tells)"
    return f"{len(audience)} people would gain" + (f", {listed(audience)}" if audience else "")
