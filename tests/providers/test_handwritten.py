"""The hand-written example on the real engine: single items through create, drift, update and delete, and
every option that Pulumi gives a resource."""

from __future__ import annotations

import shutil
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.project import ROOT, STACK, Project, environment
from tests.world import World
from wandb_registry.engine.installation import Engine
from wandb_registry.engine.session import Workspace
from wandb_registry.reconcile.collection import CollectionGoal, ensure_collection
from wandb_registry.server.collections import get_collection, update_collection
from wandb_registry.server.links import change_aliases, link_all
from wandb_registry.server.members import Member, Principal, list_members, remove_members, set_roles
from wandb_registry.server.registries import get_registry
from wandb_registry.state.roles import Role

pytestmark = pytest.mark.engine


@dataclass(frozen=True)
class Example:
    project: Project
    ids: list[str]

    @property
    def world(self) -> World:
        return self.project.world

    @property
    def program(self) -> Path:
        return self.project.folder / "__main__.py"

    def configure(self, **values: str) -> None:
        """As `pulumi config set` would."""
        world = self.world
        file = self.project.folder / f"Pulumi.{STACK}.yaml"
        text = yaml.safe_load(file.read_text()) if file.exists() else None
        settings: dict[str, Any] = text or {}
        wanted = {
            "organization": world.name,
            "team": world.team("fraud"),
            "person": world.user("alice"),
            "source": world.source("churn", 1),
            "shared": "shared",
        }
        settings["config"] = {f"handwritten:{key}": value for key, value in (wanted | values).items()}
        file.write_text(yaml.safe_dump(settings))

    def urn(self, name: str) -> str:
        resources = self.project.workspace.export()["deployment"]["resources"]
        return next(str(r["urn"]) for r in resources if r["urn"].endswith(f"::{name}"))

    def members(self) -> dict[Principal, Role]:
        return self.world.members("by-hand")

    def set_role(self, principal: Principal, role: Role) -> None:
        live = self.live_members()
        registry = get_registry(self.world.port, self.world.organization, "by-hand")
        assert registry is not None
        set_roles(self.world.port, registry.id, [(live[principal], role)])

    def remove(self, principal: Principal) -> None:
        registry = get_registry(self.world.port, self.world.organization, "by-hand")
        assert registry is not None
        remove_members(self.world.port, registry.id, {principal: self.live_members()[principal].id})

    def live_members(self) -> dict[Principal, Member]:
        return list_members(self.world.port, self.world.organization, "wandb-registry-by-hand")


@pytest.fixture
def example(engine: Engine, world: World, tmp_path: Path) -> Example:
    """A copy of the example, and the registry of others at which it looks."""
    world.person("alice")
    ids = world.artifacts("churn", 3)
    world.registry("shared")
    home = world.home("shared")
    ensure_collection(world.port, home, CollectionGoal("baseline", "model"), None)
    link_all(world.port, home, "baseline", ids[:1])
    folder = tmp_path / "examples" / "handwritten"
    shutil.copytree(ROOT / "examples" / "handwritten", folder, ignore=shutil.ignore_patterns("Pulumi.*.yaml"))
    (tmp_path / ".venv").symlink_to(sys.prefix)
    workspace = Workspace(engine, folder, environment(engine, world, tmp_path))
    workspace.init(STACK)
    made = Example(Project(world, folder, workspace), ids)
    made.configure()
    return made


def test_single_items_live_drift_and_die(example: Example) -> None:
    world, pulumi = example.world, example.project.workspace
    alice, team = Principal("user", world.user("alice")), Principal("team", world.team("fraud"))

    # Under its former name first: the alias then makes the rename in the program no change.
    text = example.program.read_text()
    example.program.write_text(text.replace('Collection(\n    "churn"', 'Collection(\n    "churn-model"'))
    pulumi.up()
    example.program.write_text(text)
    example.project.unchanged()
    outputs = stack_outputs(example)
    assert outputs["champion"] == "v0"
    assert outputs["baseline"] == {example.ids[0]: "v0"}
    assert outputs["shared"]["visibility"] == "restricted"
    assert example.members()[alice] is Role.MEMBER
    assert example.members()[team] is Role.VIEWER

    # Drift in all three, of which one is ignored; others' links and members are left alone.
    home = world.home("by-hand")
    link_all(world.port, home, "churn", [example.ids[2]])
    change_aliases(world.port, home, "churn", add=[(example.ids[2], ["production"])], remove=[])
    live = get_collection(world.port, home, "churn")
    assert live is not None
    update_collection(world.port, live.id, description="Edited in W&B")
    example.set_role(alice, Role.VIEWER)
    shown = pulumi.preview("--diff").output
    assert '- [0]: "production"' in shown or '+ [0]: "production"' in shown
    assert '"viewer" => "member"' in shown
    pulumi.up()
    example.project.unchanged()
    assert {i: link.aliases for i, link in world.links("churn", "by-hand").items()} == {
        example.ids[1]: ("production",),
        example.ids[2]: (),
    }
    healed = get_collection(world.port, home, "churn")
    assert healed is not None
    assert healed.description == "Edited in W&B"

    # Changes in the program, of which --target takes one.
    example.configure(role="viewer", alias="best")
    pulumi.up("--target", example.urn("champion"))
    assert world.links("churn", "by-hand")[example.ids[1]].aliases == ("best",)
    assert example.members()[alice] is Role.MEMBER
    pulumi.up()
    assert example.members()[alice] is Role.VIEWER

    # Gone by hand comes back: single items have no number to keep.
    example.remove(alice)
    pulumi.up()
    assert example.members()[alice] is Role.VIEWER

    # Protected; then everything goes but what is retained and what is not ours.
    refused = example.project.fails("destroy", "--yes")
    assert "protect" in refused.output
    pulumi.run("state", "unprotect", "--all", "--yes")
    refused = example.project.fails("destroy", "--yes", "--skip-preview")
    assert "holds 1 links that this stack did not make" in refused.output
    assert example.ids[1] not in world.links("churn", "by-hand")
    assert {alice, team} <= set(example.members())
    world.port.execute(
        "mutation($i: UnlinkArtifactInput!) { unlinkArtifact(input: $i) { success } }",
        {"i": {"artifactID": example.ids[2], "artifactPortfolioID": live.id}},
    )
    pulumi.destroy()
    assert get_registry(world.port, world.organization, "by-hand") is None
    assert get_registry(world.port, world.organization, "shared") is not None


def stack_outputs(example: Example) -> dict[str, Any]:
    resources = example.project.workspace.export()["deployment"]["resources"]
    stack = next(r for r in resources if r["type"] == "pulumi:pulumi:Stack")
    return dict(stack["outputs"])


def test_a_set_and_an_item_of_one_collection_are_refused(example: Example) -> None:
    text = example.program.read_text()
    links = (
        "from providers import LinkItem, Links, LinksArgs, link_lines\n"
        'Links("all", LinksArgs(organization=organization, registry=NAME, collection="churn",\n'
        '      links=link_lines([LinkItem(source=config.require("source"))])))\n'
    )
    example.program.write_text(text + links)
    shown = example.project.fails("preview").output
    assert "DeclaredTwice: the links of by-hand/churn are declared by a set and by single items" in shown
