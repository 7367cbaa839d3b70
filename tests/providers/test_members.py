"""Exclusive members: who came by other hands is shown, then removed; the creator is nobody's drift."""

from __future__ import annotations

import pytest

from tests.providers.project import Project
from tests.providers.stories import registry
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
