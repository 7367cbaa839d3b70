"""Every guard stops a plain `pulumi up --yes` in its preview, before anything is written."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest

from tests.project import Project
from tests.world import World
from wandb_registry.engine.installation import Engine
from wandb_sandbox.server import Sandbox

pytestmark = pytest.mark.engine

Registries = dict[str, Any]


@dataclass
class Settled:
    """A stack that is applied; no test changes it, because every run is refused."""

    project: Project
    ids: list[str]
    registries: Registries
    records: dict[str, Any] = field(default_factory=dict)

    @property
    def world(self) -> World:
        return self.project.world

    def link(self, number: int, **more: Any) -> dict[str, Any]:
        return {self.world.source("churn", number): {"id": self.ids[number], **more}}

    def registry(self, **fields: Any) -> dict[str, Any]:
        return {"visibility": "restricted", "artifact_types": ["model"], **fields}

    def write(self, changed: Registries, overrides: list[dict[str, str]] | None = None) -> None:
        self.project.write(changed, overrides)
        self.project.write_inventory(**self.records)


@pytest.fixture(scope="module")
def settled(sandbox: Sandbox, engine: Engine, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Settled]:
    world = World(sandbox.url)
    people = [world.person(name, team="fraud") for name in ("alice", "vera", "u1", "u2", "u3", "u4", "u5")]
    world.team_up("risk", "root")
    ids = world.artifacts("churn", 7)
    project = Project.create(engine, world, tmp_path_factory.mktemp("settled"))
    made = Settled(project, ids, {}, {"boundaries": {"legacy": boundary(world)}})
    links: dict[str, Any] = {}
    for number in range(6):
        links |= made.link(number)
    users = {
        person: "admin" if person == people[0] else "viewer" for person in people if "vera" not in person
    }
    made.registries = {
        "main": made.registry(
            members={"users": users},
            delete="destroy",
            collections={"churn": {"type": "model", "links": links}}
            | {f"empty{n}": {"type": "model"} for n in range(5)},
        ),
        "legacy": made.registry(
            members={"users": {people[0]: "admin"}, "teams": {world.team("fraud"): "viewer"}}
        ),
        "open": made.registry(visibility="organization", members={"users": {people[0]: "admin"}}),
    }
    made.write(made.registries)
    project.up()
    yield made
    world.close()


@pytest.fixture
def world() -> None:
    """These tests share the world of `settled`."""


def boundary(world: World) -> dict[str, dict[str, str]]:
    return {world.team("fraud"): {world.user("alice"): "admin", world.user("vera"): "viewer"}}


Change = Callable[[Settled, Registries], str]  # changes the file, answers the subject


def fewer_members(s: Settled, r: Registries) -> str:
    users = r["main"]["members"]["users"]
    for name in ("u1", "u2", "u3", "u4", "u5"):
        del users[s.world.user(name)]
    return "main/members"


def fewer_links(s: Settled, r: Registries) -> str:
    r["main"]["collections"]["churn"]["links"] = s.link(0)
    return "main/churn/links"


def fewer_collections(_s: Settled, r: Registries) -> str:
    r["main"]["collections"] = {"churn": r["main"]["collections"]["churn"]}
    return "main/collections"


def a_collection_of_many_links(_s: Settled, r: Registries) -> str:
    del r["main"]["collections"]["churn"]
    return "main/collections"


def no_admin(s: Settled, r: Registries) -> str:
    r["main"]["members"]["users"][s.world.user("alice")] = "member"
    return "main"


def opened(_s: Settled, r: Registries) -> str:
    r["main"]["visibility"] = "organization"
    return "main"


def closed(_s: Settled, r: Registries) -> str:
    r["open"]["visibility"] = "restricted"
    return "open"


def a_person_above_the_boundary(s: Settled, r: Registries) -> str:
    r["legacy"]["members"]["users"][s.world.user("vera")] = "member"
    return f"legacy/{s.world.user('vera')}"


def another_team(s: Settled, r: Registries) -> str:
    r["legacy"]["members"]["teams"][s.world.team("risk")] = "viewer"
    return f"legacy/team {s.world.team('risk')}"


def open_to_the_organization(s: Settled, r: Registries) -> str:
    r["fresh"] = s.registry(visibility="organization")
    s.records["boundaries"]["fresh"] = boundary(s.world)
    return "fresh"


def merged_teams(s: Settled, r: Registries) -> str:
    alice = s.world.user("alice")
    r["merged"] = s.registry(members={"users": {alice: "member"}})
    s.records["boundaries"]["merged"] = {"fraud": {alice: "member"}, "risk": {s.world.user("vera"): "member"}}
    return f"merged/{alice}"


def no_download(s: Settled, r: Registries) -> str:
    r["main"]["members"]["users"][s.world.user("u1")] = "restricted_viewer"
    return f"main/{s.world.user('u1')}"


def renamed_collection(_s: Settled, r: Registries) -> str:
    collections = r["main"]["collections"]
    collections["loss"] = collections.pop("churn")
    return "main/loss"


def renamed_registry(_s: Settled, r: Registries) -> str:
    r["renamed"] = r.pop("main")
    return "renamed"


def access_and_content(s: Settled, r: Registries) -> str:
    del r["main"]["collections"]["churn"]["links"][s.world.source("churn", 5)]
    r["main"]["members"]["teams"] = {s.world.team("risk"): "viewer"}
    return "main"


def moved_content(s: Settled, r: Registries) -> str:
    del r["main"]["collections"]["churn"]["links"][s.world.source("churn", 5)]
    r["legacy"]["collections"] = {"churn": {"type": "model", "links": s.link(5)}}
    return "main/legacy"


def an_unproved_gap(s: Settled, r: Registries) -> str:
    r["legacy"]["collections"] = {"gap": {"type": "model", "links": s.link(6, version="v3")}}
    return "legacy/gap"


def a_hundred_and_one_missing_numbers(s: Settled, r: Registries) -> str:
    s.records["numbering"] = "exact"
    r["legacy"]["collections"] = {"gap": {"type": "model", "links": s.link(6, version="v101")}}
    return "legacy/gap"


def legacy_models_elsewhere(s: Settled, r: Registries) -> str:
    team, link = s.world.team("fraud"), {"version": 0, "artifact_id": s.ids[6], "digest": "d"}
    churn = {"name": "churn", "type": "model", "links": [link], "target": ["legacy", "churn"]}
    s.records["legacy"] = [{"team": team, "digest": "sha256:" + "0" * 64, "collections": [churn]}]
    stranger = s.world.user("u1")
    collections = {"churn": {"type": "model", "links": s.link(6)}}
    r["elsewhere"] = s.registry(members={"users": {stranger: "viewer"}}, collections=collections)
    return f"elsewhere/{stranger}"


def a_source_of_a_restricted_project(s: Settled, r: Registries) -> str:
    project = f"{s.world.team('fraud')}/train"
    s.records["access"] = {"restricted_sources": {project: "undecided"}}
    r["main"]["collections"]["empty0"]["links"] = s.link(6)
    return f"main/{project}"


def a_lost_boundary(s: Settled, _r: Registries) -> str:
    s.records["boundaries"] = {}
    return "legacy"


CASES: list[tuple[str, Change, bool]] = [  # guard, change, whether an override lifts it
    ("removal-share", fewer_members, True),
    ("removal-share", fewer_links, True),
    ("removal-share", fewer_collections, True),
    ("removal-share", a_collection_of_many_links, True),
    ("last-admin", no_admin, True),
    ("visibility", opened, False),
    ("one-way-visibility", closed, True),
    ("widening", a_person_above_the_boundary, True),
    ("widening", another_team, True),
    ("widening", open_to_the_organization, True),
    ("widening", legacy_models_elsewhere, True),
    ("restricted-source", a_source_of_a_restricted_project, True),
    ("merge-widening", merged_teams, True),
    ("download-loss", no_download, True),
    ("rename-without-renamed-from", renamed_collection, True),
    ("rename-without-renamed-from", renamed_registry, True),
    ("access-and-content", access_and_content, True),
    ("moved-content", moved_content, True),
    ("numbering-unproven", an_unproved_gap, False),
    ("version-gaps", a_hundred_and_one_missing_numbers, True),
    ("record-lost", a_lost_boundary, True),
]


@pytest.fixture
def as_before(settled: Settled) -> Iterator[Settled]:
    records = copy.deepcopy(settled.records)
    yield settled
    settled.records = records


@pytest.mark.parametrize(("guard", "change", "lifted"), CASES, ids=[case[1].__name__ for case in CASES])
def test_a_guard_stops_a_plain_up_in_its_preview(
    as_before: Settled, guard: str, change: Change, lifted: bool
) -> None:
    settled, project = as_before, as_before.project
    changed = copy.deepcopy(settled.registries)
    subject = change(settled, changed)
    wrong = override(guard, "main/churn/other")
    settled.write(changed, [wrong])
    project.forget_requests()
    ended = project.fails("up", "--yes")
    assert "Previewing update" in ended.output  # the preview that a plain `up` begins with
    assert "Updating" not in ended.output
    lines = [line for line in project.diagnostics(ended) if f"{guard}: " in line]
    assert len(lines) == 1, ended.output
    assert (f"subject: {subject}," in lines[0]) is lifted
    assert project.requests()["mutation"] == 0


@pytest.mark.parametrize(
    ("guard", "change"),
    [
        ("removal-share", fewer_members),
        ("widening", another_team),
        ("moved-content", moved_content),
        ("version-gaps", a_hundred_and_one_missing_numbers),
    ],
)
def test_an_override_of_exactly_this_guard_and_subject_lifts_it(
    as_before: Settled, guard: str, change: Change
) -> None:
    changed = copy.deepcopy(as_before.registries)
    subject = change(as_before, changed)
    as_before.write(changed, [override(guard, subject)])
    as_before.project.workspace.preview()


def test_a_preview_alone_fails_too(as_before: Settled) -> None:
    changed = copy.deepcopy(as_before.registries)
    no_admin(as_before, changed)
    closed(as_before, changed)
    as_before.write(changed)
    assert "Previewing update" in as_before.project.fails("preview").output


def override(guard: str, subject: str) -> dict[str, str]:
    return {"guard": guard, "subject": subject, "reason": "agreed", "approved_by": "alice"}
