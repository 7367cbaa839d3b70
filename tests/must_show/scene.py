"""A registry that was there before us, and a stack file that adds to it: five links in batches of two."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from tests.project import Project
from wandb_registry.server.collections import create_collection, list_collections
from wandb_registry.server.links import change_aliases, link_all
from wandb_registry.server.members import Principal, add_members, list_members, search_user, set_roles
from wandb_registry.state.roles import Role

REGISTRY = "fraud-models"
Contents = dict[str, list[tuple[int, str, tuple[str, ...]]]]  # collection -> (number, artifact id, aliases)


@dataclass(frozen=True)
class Scene:
    """The project with what was there before it, and the artifact ids that its stack file links."""

    project: Project
    churn: list[str]
    kept: list[str]
    before: tuple[Contents, dict[Principal, Role]]

    @classmethod
    def set_up(cls, project: Project) -> Scene:
        """Make the baseline, and write stack file and inventory."""
        world = project.world
        for name in ("alice", "bob"):
            world.person(name, team="fraud", role="member")
        churn, kept = world.artifacts("churn", 5), world.artifacts("kept", 2)
        registry = world.registry(REGISTRY)
        home = world.home(REGISTRY)
        bob = Principal("user", world.user("bob"))
        add_members(world.port, registry.id, {bob: str(search_user(world.port, bob.name))})
        set_roles(
            world.port,
            registry.id,
            [(list_members(world.port, world.organization, registry.project)[bob], Role.VIEWER)],
        )
        for collection in ("kept", "theirs"):
            create_collection(world.port, home, collection, "model", None)
            link_all(world.port, home, collection, kept[:1])
            change_aliases(world.port, home, collection, add=[(kept[0], ["old"])], remove=[])
        scene = cls(project, churn, kept, ({}, {}))
        made = cls(project, churn, kept, (scene.contents(), world.members(REGISTRY)))
        made.write("retain")
        made._write_inventory(registry.id)
        return made

    def contents(self) -> Contents:
        """Everything that is in the registry now."""
        world = self.project.world
        collections = list_collections(world.port, world.home(REGISTRY))
        return {
            collection.name: sorted(
                (link.version, link.artifact_id, link.aliases)
                for link in world.links(collection.name, REGISTRY).values()
            )
            for collection in sorted(collections, key=lambda collection: collection.name)
        }

    @property
    def desired(self) -> Contents:
        """The registry as it must be in the end."""
        return {
            "churn": [(n, artifact_id, (f"number-{n}",)) for n, artifact_id in enumerate(self.churn)],
            "kept": [(0, self.kept[0], ("old",)), (1, self.kept[1], ("new",))],
            "theirs": [(0, self.kept[0], ("old",))],
        }

    @property
    def desired_members(self) -> dict[Principal, Role]:
        """Those of the stack file, and those from before."""
        world = self.project.world
        return {
            **self.before[1],
            Principal("user", world.user("alice")): Role.ADMIN,
            Principal("team", world.team("fraud")): Role.VIEWER,
        }

    def assert_on_the_way(self) -> None:
        """Whatever is there now is a part of what is desired: nothing doubled, no number wrong."""
        for collection, links in self.contents().items():
            wanted = {(number, i): set(aliases) for number, i, aliases in self.desired[collection]}
            for number, artifact_id, aliases in links:
                assert set(aliases) <= wanted[number, artifact_id], (collection, links)

    def write(self, delete: str) -> None:
        """The stack file."""
        world = self.project.world
        churn = {
            world.source("churn", n): {"version": f"v{n}", "id": i, "aliases": [f"number-{n}"]}
            for n, i in enumerate(self.churn)
        }
        kept = {
            world.source("kept", n): {"version": f"v{n}", "id": i, "aliases": [alias]}
            for n, (i, alias) in enumerate(zip(self.kept, ("old", "new"), strict=True))
        }
        registry = {
            "visibility": "restricted",
            "artifact_types": ["model"],
            "members": {
                "users": {world.user("alice"): "admin"},
                "teams": {world.team("fraud"): "viewer"},
            },
            "delete": delete,
            "collections": {
                "churn": {"type": "model", "description": "Customer churn", "tags": ["eu"], "links": churn},
                "kept": {"type": "model", "links": kept},
            },
        }
        self.project.write({REGISTRY: registry})

    def _write_inventory(self, registry_id: str) -> None:
        world = self.project.world
        collections: dict[str, Any] = {
            collection.name: {
                "id": collection.id,
                "type": "model",
                "links": {i: {"version": n, "aliases": a} for n, i, a in self.before[0][collection.name]},
            }
            for collection in list_collections(world.port, world.home(REGISTRY))
        }
        users = {p.name: str(role) for p, role in self.before[1].items() if p.kind == "user"}
        baseline = {
            "id": registry_id,
            "visibility": "restricted",
            "artifact_types": ["model"],
            "users": users,
            "collections": collections,
        }
        self.project.write_inventory(baseline={REGISTRY: baseline})
