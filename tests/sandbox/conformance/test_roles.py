"""What each role in a registry may do, tried by the real client; the table of W&B's documentation."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    import wandb

    from tests.sandbox.conformance.conftest import Studio

ROLES = ("restricted_viewer", "viewer", "member", "admin")
OUTSIDE = "nobody"
REFUSED = r"(?i)permission|not found|could not find|failed|cannot be used|unable"


@dataclass(frozen=True)
class Scene:
    """A registry with c:v0 as somebody of a role sees it."""

    api: wandb.Api
    name: str
    path: str
    organization: str
    folder: Path
    stranger: str

    @property
    def link(self) -> Any:
        return self.api.artifact(f"{self.path}/c:v0")

    @property
    def registry(self) -> Any:
        return self.api.registry(self.name, organization=self.organization)

    @property
    def collection(self) -> Any:
        return self.api.artifact_collection("model", f"{self.path}/c")


def see(scene: Scene) -> None:
    assert scene.link.digest
    assert [one.name for one in scene.registry.collections()] == ["c"]


def list_members(scene: Scene) -> None:
    assert scene.registry.members()


def search(scene: Scene) -> None:
    assert [one.name for one in scene.registry.versions(filter={"alias": "latest"})] == ["c:v0"]


def download(scene: Scene) -> None:
    assert (Path(scene.link.download(str(scene.folder))) / "weights.txt").is_file()


def link(scene: Scene) -> None:
    assert scene.link.link(f"{scene.path}/another") is not None


def unlink(scene: Scene) -> None:
    scene.link.unlink()


def alias(scene: Scene) -> None:
    found = scene.link
    found.aliases = ["latest", "chosen"]
    found.save()
    assert "chosen" in scene.link.aliases


def describe_collection(scene: Scene) -> None:
    found = scene.collection
    found.description = "described"
    found.save()
    assert scene.collection.description == "described"


def tag_collection(scene: Scene) -> None:
    found = scene.collection
    found.tags = ["tagged"]
    found.save()
    assert list(scene.collection.tags) == ["tagged"]


def delete_collection(scene: Scene) -> None:
    scene.collection.delete()
    assert list(scene.registry.collections()) == []


def rename(scene: Scene) -> None:
    found = scene.registry
    found.name = f"{scene.name}-renamed"
    found.save()


def accept_type(scene: Scene) -> None:
    found = scene.registry
    found.artifact_types.append("dataset")
    found.save()


def add_member(scene: Scene) -> None:
    scene.registry.add_members(scene.stranger)


def change_role(scene: Scene) -> None:
    found = scene.registry
    found.update_member(found.user_members()[0].user, "admin")


def delete_registry(scene: Scene) -> None:
    scene.registry.delete()


LOWEST: dict[Callable[[Scene], None], str] = {
    see: "restricted_viewer",
    list_members: "restricted_viewer",
    search: "restricted_viewer",
    download: "viewer",
    link: "member",
    unlink: "member",
    alias: "member",
    describe_collection: "member",
    tag_collection: "member",
    delete_collection: "member",
    rename: "member",
    accept_type: "member",
    add_member: "admin",
    change_role: "admin",
    delete_registry: "admin",
}
CELLS = [
    pytest.param(
        act, role, role != OUTSIDE and ROLES.index(role) >= ROLES.index(lowest), id=f"{act.__name__}-{role}"
    )
    for act, lowest in LOWEST.items()
    for role in (OUTSIDE, *ROLES)
]


@pytest.fixture(scope="session")
def people(studio: Studio) -> dict[str, tuple[str, str]]:
    """Key and id of somebody for each role, who may read the source, in the team."""
    found = {}
    for role in (OUTSIDE, *ROLES):
        short = f"role-{role}"
        key = studio.world.user(short, role="member", team="view-only")
        found[role] = key, studio.world.user_id(short)
    return found


@pytest.mark.parametrize(("act", "role", "may"), CELLS)
def test_a_cell_of_the_table(
    studio: Studio,
    people: dict[str, tuple[str, str]],
    tmp_path: Path,
    act: Callable[[Scene], None],
    role: str,
    may: bool,
) -> None:
    world, registry = studio.world, studio.registry(visibility="restricted")
    source = studio.api().artifact(studio.path("clf:v0"))
    assert source.link(f"{world.entity}/{registry.full_name}/c") is not None
    key, ident = people[role]
    if role != OUTSIDE:
        registry.add_members(ident)
        registry.update_member(ident, role)
    scene = Scene(
        studio.api(key),
        registry.name,
        f"{world.entity}/{registry.full_name}",
        world.organization,
        tmp_path,
        people[OUTSIDE][1],
    )
    if may:
        act(scene)
        return
    with pytest.raises(Exception, match=REFUSED) as caught:
        act(scene)
    assert not isinstance(caught.value, AssertionError)
    found = studio.api().registry(registry.name, organization=world.organization)
    assert [one.name for one in found.versions()] == ["c:v0"]
    assert found.versions()[0].aliases in (["latest"], ["latest", "v0"])


@pytest.mark.parametrize("role", ["restricted_viewer", "viewer", "member"])
def test_through_a_team(studio: Studio, tmp_path: Path, role: str) -> None:
    world, registry = studio.world, studio.registry(visibility="restricted")
    studio.api().artifact(studio.path("clf:v0")).link(f"{world.entity}/{registry.full_name}/c")
    team = studio.api().team(world.team)
    registry.add_members(team)
    registry.update_member(team, role)
    key = world.user(f"in-team-{role}", team="view-only")
    theirs = studio.api(key)
    found = theirs.artifact(f"{world.entity}/{registry.full_name}/c:v0")
    if role == "member":
        assert found.link(f"{world.entity}/{registry.full_name}/d") is not None
    else:
        with pytest.raises(Exception, match=r"(?i)permission"):
            found.link(f"{world.entity}/{registry.full_name}/d")


@pytest.mark.parametrize(("visibility", "sees"), [("organization", True), ("restricted", False)])
def test_everybody_of_the_organization(
    studio: Studio, people: dict[str, tuple[str, str]], tmp_path: Path, visibility: Any, sees: bool
) -> None:
    world, registry = studio.world, studio.registry(visibility=visibility)
    studio.api().artifact(studio.path("clf:v0")).link(f"{world.entity}/{registry.full_name}/c")
    theirs = studio.api(people[OUTSIDE][0])
    path = f"{world.entity}/{registry.full_name}/c:v0"
    assert theirs.artifact_exists(path) is sees
    assert (registry.name in {one.name for one in theirs.registries(world.organization)}) is sees
    if sees:
        assert Path(theirs.artifact(path).download(str(tmp_path))).is_dir()
