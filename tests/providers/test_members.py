"""Exclusive members: who came by other hands is shown, then removed; the creator is nobody's drift."""

from __future__ import annotations

import pytest

from tests.project import Project
from tests.providers.stories import registry
from wandb_registry.engine.session import Completed
from wandb_registry.server.members import Principal, add_members, organization_people
from wandb_registry.server.registries import get_registry
from wandb_registry.state.roles import Role

pytestmark = pytest.mark.engine


def test_a_member_added_by_hand_and_another_admin_acting(project: Project) -> None:
    world = project.world
    alice, mallory, olga = (world.person(name) for name in ("alice", "mallory", "olga"))
    admins = {"members": [{"username": olga, "role": "admin"}]}
    world.call("organization", command="add_members", orgName=world.name, fixtureData=admins)
    project.write({"alpha": registry(members={"users": {alice: "viewer"}})})
    project.up()

    live = get_registry(world.port, world.organization, "alpha")
    people = organization_people(world.port, world.organization) or {}
    assert live is not None
    add_members(world.port, live.id, {Principal("user", mallory): people[mallory]})
    other = project.acting(key=olga)
    shown = other.workspace.preview("--diff")
    assert f'- {mallory}: "restricted_viewer"' in shown.output
    assert world.user("root") not in shown.output
    other.up()
    assert world.members("alpha") == {
        Principal("user", world.user("root")): Role.ADMIN,
        Principal("user", alice): Role.VIEWER,
    }
    other.unchanged()


def test_somebody_who_left_the_organization(project: Project) -> None:
    world = project.world
    alice, bob, zoe = (world.person(name) for name in ("alice", "bob", "zoe"))
    place = f"registries.alpha.members.users.{zoe}"
    gone = f"user {zoe} is gone from {world.organization}: take {place} out of the stack file"

    def write(rule: str, **users: str) -> None:
        members = {"users": users, "missing_principals": rule}
        project.write({"alpha": registry(members=members)})

    def warned(ended: Completed) -> None:
        assert set(project.diagnostics(ended)) & {f"warning: alpha: {gone}"}, ended.output
        assert "error:" not in ended.output

    write("fail", **dict.fromkeys((alice, bob, zoe), "viewer"))
    project.up()
    world.leave("zoe")

    # `fail`: the entry fails, with one line; the others are applied, and in the state.
    write("fail", **{alice: "member", bob: "viewer", zoe: "viewer"})
    ended = project.fails("up", "--yes")
    (line,) = [line for line in project.diagnostics(ended) if gone in line]
    assert "The other entries are done; run again" in line
    assert world.members("alpha")[Principal("user", alice)] is Role.MEMBER
    kept = project.resources()["alpha/members"]["outputs"]
    assert kept["users"] == {alice: "member", bob: "viewer"}
    assert kept["applied"] == [f"user {alice}", f"user {bob}"]
    assert kept["missing"] == []

    # `warn`: a warning, and no difference for ever.
    write("warn", **{alice: "viewer", bob: "viewer", zoe: "viewer"})
    warned(project.up())
    assert world.members("alpha")[Principal("user", alice)] is Role.VIEWER
    assert project.resources()["alpha/members"]["outputs"]["missing"] == [f"user {zoe}"]
    project.forget_requests()
    warned(project.workspace.preview("--expect-no-changes"))
    assert project.requests()["mutation"] == 0
    warned(project.up("--expect-no-changes"))

    # An unknown name fails also then, and the others are done.
    write("warn", **{alice: "member", bob: "viewer", zoe: "viewer", "nobody": "viewer"})
    ended = project.fails("up", "--yes")
    assert ended.output.count("user nobody is not known to") == 1, ended.output
    assert world.members("alpha")[Principal("user", alice)] is Role.MEMBER
    write("warn", **{alice: "member", bob: "viewer", zoe: "viewer"})
    warned(project.workspace.preview("--expect-no-changes"))

    # Who is there again shows as a difference, and is added.
    world.person("zoe")
    shown = project.workspace.preview("--diff")
    assert f"+ {zoe} " in shown.output
    assert "is gone from" not in shown.output
    project.up()
    assert world.members("alpha")[Principal("user", zoe)] is Role.VIEWER
    project.unchanged()
    assert project.resources()["alpha/members"]["outputs"]["missing"] == []
