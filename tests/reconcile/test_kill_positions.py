"""Killed after any request, before or after it took effect: the next run ends in the same state.

The reconcilers run in process, so that every position can be tried; a handful of positions on the real
engine are in tests/must_show.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace

import pytest

from tests.world import World, entry
from wandb_registry.reconcile.collection import CollectionGoal, ensure_collection
from wandb_registry.reconcile.links import LinksGoal, apply_links
from wandb_registry.reconcile.memberships import MembershipsGoal, apply_memberships
from wandb_registry.reconcile.registry import RegistryGoal, ensure_registry
from wandb_registry.server.members import Principal
from wandb_registry.server.port import Answer, GraphQL, Variables
from wandb_registry.state.roles import Role


class Killed(BaseException):
    """Stands for kill -9: nothing catches it."""


@dataclass
class KilledPort:
    """A port that dies at its n-th request, before it is sent or after the server has done it."""

    port: GraphQL
    position: int
    after: bool
    requests: int = field(default=0)

    __hash__ = object.__hash__

    @property
    def base_url(self) -> str:
        return self.port.base_url

    def execute(self, document: str, variables: Variables) -> dict[str, object]:
        return self._at_position(lambda: self.port.execute(document, variables))

    def execute_fields(self, document: str, variables: Variables) -> Answer:
        return self._at_position(lambda: self.port.execute_fields(document, variables))

    def _at_position(self, send: Callable[[], object]) -> object:  # type: ignore[misc]  # the answer of send
        dies = self.requests == self.position
        self.requests += 1
        if dies and not self.after:
            raise Killed
        answer = send()
        if dies:
            raise Killed
        return answer


@dataclass(frozen=True)
class Desired:
    """Everything of one registry: two members, a collection with a gap, aliases, five links."""

    world: World
    ids: list[str]
    roles: dict[Principal, Role]
    name: str = "models"

    def up(self, port: GraphQL | KilledPort) -> None:
        world = self.world
        goal = RegistryGoal(self.name, "restricted", "Models of fraud", ("model",))
        registry = ensure_registry(port, world.organization, goal, None)  # type: ignore[arg-type]
        members = MembershipsGoal(self.roles, exclusive=True)
        apply_memberships(port, world.organization, registry, members, first=True)  # type: ignore[arg-type]
        collection = CollectionGoal("churn", "model", "Customer churn", ("eu",))
        ensure_collection(port, world.home(self.name), collection, None)  # type: ignore[arg-type]
        numbers = [0, 2, 3, 5, 6]
        aliases = [(), ("old",), (), ("production", "best"), ()]
        entries = {
            i: entry(n, world.source("churn", n), numbers[n], *aliases[n]) for n, i in enumerate(self.ids)
        }
        links = LinksGoal(world.home(self.name), "churn", entries, fill_gaps=True, batch=2)
        apply_links(port, links)  # type: ignore[arg-type]

    def there(self) -> object:
        links = self.world.links("churn", self.name)
        return (
            [(links[i].version, links[i].aliases) for i in self.ids],
            len(links),
            {str(principal).split("-")[0]: role for principal, role in self.world.members(self.name).items()},
        )


def desired(world: World) -> Desired:
    alice, bob = world.person("alice", team="fraud"), world.person("bob", team="fraud")
    roles = {Principal("user", alice): Role.ADMIN, Principal("user", bob): Role.VIEWER}
    return Desired(world, world.artifacts("churn", 5), roles)


EXPECTED = (
    [(0, ()), (2, ("old",)), (3, ()), (5, ("best", "production")), (6, ())],
    5,
    {"user root": Role.ADMIN, "user alice": Role.ADMIN, "user bob": Role.VIEWER},
)


@pytest.mark.parametrize("after", [False, True], ids=["before it was sent", "after it took effect"])
def test_every_kill_position_converges(world: World, after: bool) -> None:
    anew, position, killed = desired(world), 0, True
    while killed:
        want = replace(anew, name=f"models{position}")
        try:
            want.up(KilledPort(world.port, position, after))
            killed = False
        except Killed:
            want.up(world.port)
        assert want.there() == EXPECTED, f"killed at request {position}"
        position += 1
    assert position > 20  # the run was really cut everywhere, from its first request to its last
