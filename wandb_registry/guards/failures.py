"""A guard's refusal, and the override that would lift it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from wandb_registry.state.models import Override


@dataclass(frozen=True, slots=True)
class Refusal:
    """What a guard refuses: the subject is exactly what an override must name."""

    guard: str
    subject: str
    message: str
    final: bool = False  # no override lifts it, because W&B itself cannot do it

    def __str__(self) -> str:
        if self.final:
            return f"{self.guard}: {self.message}"
        return (
            f"{self.guard}: {self.message}. If this is meant, add to overrides: "
            f"{{guard: {self.guard}, subject: {self.subject}, reason: ..., approved_by: ...}}"
        )


def not_lifted(refusals: Iterable[Refusal], overrides: Iterable[Override]) -> list[Refusal]:
    """The refusals that no override names, in a stable order and each once."""
    named = {(override.guard, override.subject) for override in overrides}
    standing = {
        (refusal.guard, refusal.subject): refusal
        for refusal in refusals
        if refusal.final or (refusal.guard, refusal.subject) not in named
    }
    return [standing[key] for key in sorted(standing)]


def lifted(overrides: Iterable[Override], guard: str, registry: str) -> frozenset[str]:
    """What overrides lift a guard for in one registry, without the registry's name."""
    subjects = [override.subject for override in overrides if override.guard == guard]
    before = f"{registry}/"
    return frozenset(subject.removeprefix(before) for subject in subjects if subject.startswith(before))


def too_many_removed(removed: int, total: int) -> bool:
    """Whether a removal is large enough to be an accident: a quarter or more, and at least five."""
    return removed >= 5 and removed * 4 >= total
