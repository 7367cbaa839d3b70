"""One registry as a run would make it: members, a collection with gaps, aliases, five links."""

from __future__ import annotations

from dataclasses import dataclass

from tests.world import World, entry
from wandb_registry.reconcile.collection import CollectionGoal, ensure_collection
from wandb_registry.reconcile.links import LinksGoal, apply_links
from wandb_registry.reconcile.membership_goal import MembershipsGoal
from wandb_registry.reconcile.memberships import apply_memberships
from wandb_registry.reconcile.registry import RegistryGoal, ensure_registry
from wandb_registry.server.members import Principal
from wandb_registry.server.port import Port
from wandb_registry.state.roles import Role

NUMBERS = (0, 2, 3, 5, 6)
ALIASES: tuple[tuple[str, ...], ...] = ((), ("old",), (), ("production", "best"), ())


@dataclass(frozen=True)
class Desired:
    """Everything of one registry, in the order in which the program declares it."""

    world: World
    ids: list[str]
    roles: dict[Principal, Role]
    name: str = "models"

    def up(self, port: Port) -> None:
        world, organization = self.world, self.world.organization
        goal = RegistryGoal(self.name, "restricted", "Models of fraud", ("model",))
        registry = ensure_registry(port, organization, goal, None)
        members = MembershipsGoal(self.roles, exclusive=True)
        apply_memberships(port, organization, registry, members, first=True)
        collection = CollectionGoal("churn", "model", "Customer churn", ("eu",))
        ensure_collection(port, world.home(self.name), collection, None)
        entries = {
            i: entry(n, world.source("churn", n), NUMBERS[n], *ALIASES[n]) for n, i in enumerate(self.ids)
        }
        apply_links(port, LinksGoal(world.home(self.name), "churn", entries, fill_gaps=True, batch=2))

    def there(self) -> object:
        """Numbers and aliases in order, how many links there are, and who holds which role."""
        links = self.world.links("churn", self.name)
        return (
            [(links[i].version, links[i].aliases) for i in self.ids],
            len(links),
            {str(principal).split("-")[0]: role for principal, role in self.world.members(self.name).items()},
        )


EXPECTED = (
    [(number, tuple(sorted(aliases))) for number, aliases in zip(NUMBERS, ALIASES, strict=True)],
    5,
    {"user root": Role.ADMIN, "user alice": Role.ADMIN, "user bob": Role.VIEWER},
)


def desired(world: World) -> Desired:
    alice, bob = world.person("alice", team="fraud"), world.person("bob", team="fraud")
    roles = {Principal("user", alice): Role.ADMIN, Principal("user", bob): Role.VIEWER}
    return Desired(world, world.artifacts("churn", 5), roles)
