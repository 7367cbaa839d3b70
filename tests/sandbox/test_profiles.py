from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from wandb_sandbox.errors import InvalidError
from wandb_sandbox.profiles import PROFILES, profile
from wandb_sandbox.switches import Switches

if TYPE_CHECKING:
    from tests.sandbox.support import World

ADD = "mutation($i: CreateProjectMembersInput!) { createProjectMembers(input: $i) { success } }"
ROLE = "mutation($i: UpdateProjectMemberInput!) { updateProjectMember(input: $i) { success } }"
MEMBERS = """query($e: String!) { project(name: "wandb-registry-models", entityName: $e) {
  members { username role { name } } } }"""


def test_latest_is_the_default() -> None:
    assert profile("latest") == Switches()
    with pytest.raises(InvalidError, match="known are latest"):
        profile("server-1")


def test_older_servers_have_fewer_features() -> None:
    on = {name: {f for f, is_on in one.features.items() if is_on} for name, one in PROFILES.items()}
    assert on["server-0.65"] < on["server-0.74"] < on["latest"]


@pytest.mark.parametrize("name", ["server-0.74", "server-0.65"])
def test_before_0_75_added_members_were_viewers(world: World, name: str) -> None:
    assert world.http.post("/sandbox/switches", json={"profile": name}).status_code == 200
    project = world.registry()["id"]
    world.user("pat", role="member")
    world.do(ADD, projectId=project, userIds=[world.user_id("pat")])
    members = world.ask(MEMBERS, e=world.entity).data["project"]["members"]
    assert {m["username"]: m["role"]["name"] for m in members}[world.name("pat")] == "viewer"
    wanted = {"projectId": project, "userId": world.user_id("pat")}
    assert world.do(ROLE, **wanted, userProjectRole="restricted_viewer").status == 400
    assert world.do(ROLE, **wanted, userProjectRole="member").status == 200


def test_a_profile_over_http_and_a_switch_on_top(world: World) -> None:
    body = {"profile": "server-0.74", "default_role": "member"}
    found = world.http.post("/sandbox/switches", json=body).json()
    assert (found["default_role"], found["restricted_viewers"]) == ("member", False)
    assert world.http.post("/sandbox/switches", json={"profile": "none"}).status_code == 400
    assert world.http.post("/sandbox/switches", json={"profile": "latest"}).json()["restricted_viewers"]
