"""What is made: how much of everything, decided by a number alone, so that it can be made again."""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import TYPE_CHECKING

from wandb_sandbox.errors import SandboxError
from wandb_sandbox.seed.content import MAX_VERSIONS

if TYPE_CHECKING:
    from collections.abc import Iterator

ORGANIZATION, ORGANIZATION_ENTITY = "Seed", "seed-org"
ADMIN = "seed-admin"
TAGS = ("tabular", "nlp", "vision", "audio", "ranking", "forecast", "gpu", "reviewed", "pii", "a b")
TOPICS = ("churn", "fraud", "scoring", "intent", "segment", "price", "demand", "risk", "spam", "match")


@dataclass(frozen=True)
class SeedPlan:
    """How much to make; SandboxError for what cannot be."""

    links: int = 100_000
    collections: int = 2_000
    teams: int = 50
    seed: int = 1

    def __post_init__(self) -> None:
        if min(self.links, self.collections, self.teams) < 1:
            raise SandboxError("links, collections and teams must be at least 1")
        if self.collections < self.teams:
            raise SandboxError(f"{self.teams} teams need at least as many collections")
        if self.links < self.collections:
            raise SandboxError(f"{self.collections} collections need at least as many links")
        if self.links // self.collections > MAX_VERSIONS // 4:
            raise SandboxError(f"at most {MAX_VERSIONS // 4} links a collection on average")


@dataclass(frozen=True, slots=True)
class CollectionPlan:
    """One collection of links, and with it the sequence whose versions it links."""

    name: str
    kind: str
    links: int
    in_registry: bool
    """In the team's registry; else in its legacy registry."""
    gap: int | None
    """Version index that was unlinked again."""


def shares(total: int, parts: int, draw: random.Random) -> list[int]:
    """`total` split into `parts` of at least 1: the first has a twentieth, the others differ eightfold."""
    if parts == 1:
        return [total]
    first = max(1, min(total // 20, total - parts + 1, MAX_VERSIONS // 2))
    weights = [draw.choice((1, 1, 1, 2, 2, 4)) * draw.uniform(0.5, 1.0) for _ in range(parts - 1)]
    scale, spare = sum(weights), total - first - (parts - 1)
    found = [first, *(1 + int(spare * weight / scale) for weight in weights)]
    for i in range(total - sum(found)):
        found[1 + i % (parts - 1)] += 1
    return found


def teams(plan: SeedPlan) -> Iterator[tuple[str, list[CollectionPlan]]]:
    """Name and collections of each team: four of five in its legacy registry, the others in a registry."""
    draw = random.Random(plan.seed)  # noqa: S311 (the same every time is the point)
    sizes = iter(shares(plan.links, plan.collections, draw))
    for number, count in enumerate(shares(plan.collections, plan.teams, draw)):
        yield f"seed-team-{number:03}", [_collection(i, next(sizes), draw) for i in range(count)]


def _collection(number: int, links: int, draw: random.Random) -> CollectionPlan:
    gap = draw.randrange(links) if links > 1 and draw.random() < 0.05 else None
    return CollectionPlan(
        f"{TOPICS[number % len(TOPICS)]}-{number:04}",
        "dataset" if number % 10 == 9 else "model",
        links,
        in_registry=number % 5 == 4,
        gap=gap,
    )
