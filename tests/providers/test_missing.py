"""Members of whom it is proved that they left: noted in the state, and asked about at each read."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from providers.membership import MembershipProvider
from providers.memberships import MembershipsProvider
from providers.shown_errors import PartlyDone
from tests.world import World
from wandb_registry.server.errors import Unavailable
from wandb_registry.server.members import Principal
from wandb_registry.state.roles import Role
from wandb_sandbox.server import Sandbox

Props = dict[str, Any]
PEOPLE = "OrganizationPeople"


def without_zoe(world: World) -> tuple[str, Props]:
    """The memberships of alice and zoe after zoe left, under `warn`: the resource's id and outs."""
    world.registry("alpha")
    props = {
        "organization": world.name,
        "registry": "alpha",
        "users": {world.person("alice"): "viewer", world.person("zoe"): "viewer"},
        "teams": {},
        "exclusive": True,
        "missing_principals": "warn",
    }
    provider = MembershipsProvider()
    made = provider.create(props)
    world.leave("zoe")
    outs = provider.update(made.id, dict(made.outs or {}), props).outs
    return str(made.id), dict(outs or {})


def test_whom_nobody_is_any_more_makes_no_difference_but_a_warning(
    in_process: World, sandbox: Sandbox, capsys: pytest.CaptureFixture[str]
) -> None:
    id_, outs = without_zoe(in_process)
    zoe = in_process.user("zoe")
    assert outs["missing"] == [f"user {zoe}"]
    capsys.readouterr()
    sandbox.state.log.clear()
    seen = MembershipsProvider().read(id_, outs)
    assert sandbox.state.log.operations[PEOPLE] == 1
    assert {key: outs[key] for key in seen.outs} == seen.outs
    assert not MembershipsProvider().diff(id_, seen.outs, outs).changes
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith(f"warning: alpha: user {zoe} is gone from")
    assert f"take registries.alpha.members.users.{zoe} out of the stack file" in line

    in_process.person("zoe")
    seen = MembershipsProvider().read(id_, outs)
    assert set(seen.outs["users"]) == {in_process.user("alice")}
    assert MembershipsProvider().diff(id_, seen.outs, outs).changes
    assert capsys.readouterr().err == ""


def test_nobody_is_asked_about_where_nobody_is_missing(in_process: World, sandbox: Sandbox) -> None:
    id_, outs = without_zoe(in_process)
    in_process.person("zoe")
    outs = dict(MembershipsProvider().update(id_, outs, outs).outs or {})
    assert outs["missing"] == []
    sandbox.state.log.clear()
    MembershipsProvider().read(id_, outs)
    assert sandbox.state.log.operations[PEOPLE] == 0


def test_without_a_listing_nothing_is_proved(in_process: World, sandbox: Sandbox) -> None:
    id_, outs = without_zoe(in_process)
    sandbox.state.switches = replace(sandbox.state.switches, organization_members=False)
    seen = MembershipsProvider().read(id_, outs)
    assert set(seen.outs["users"]) == {in_process.user("alice")}


def test_no_answer_proves_nothing_either(in_process: World, sandbox: Sandbox) -> None:
    id_, outs = without_zoe(in_process)
    fault = {"kind": "status", "operation": PEOPLE, "status": 503, "times": -1}
    sandbox.state.faults.change({"add": [fault]})
    with pytest.raises(Unavailable):
        MembershipsProvider().read(id_, outs)


def test_a_renamed_member_is_no_stranger_and_goes_with_the_resource(in_process: World) -> None:
    in_process.registry("alpha")
    smith = in_process.person("zoe-smith")
    props = {
        "organization": in_process.name,
        "registry": "alpha",
        "users": {smith: "viewer"},
        "exclusive": True,
    }
    provider = MembershipsProvider()
    made = provider.create(props)
    # As the state would be had they been called zoe when they were added.
    known = {"user zoe": made.outs["known_ids"][f"user {smith}"]}
    outs = {**made.outs, "users": {"zoe": "viewer"}, "applied": ["user zoe"], "known_ids": known}
    seen = provider.read(made.id, outs)
    assert seen.outs["users"] == {}  # zoe is no member, and zoe-smith is not to be removed
    provider.delete(made.id, outs)
    assert Principal("user", smith) not in in_process.members("alpha")


def test_a_namesake_who_took_the_place_is_no_member_of_ours(in_process: World) -> None:
    in_process.registry("alpha")
    zoe = in_process.person("zoe")
    props = {
        "organization": in_process.name,
        "registry": "alpha",
        "users": {zoe: "viewer"},
        "exclusive": True,
    }
    provider = MembershipsProvider()
    made = provider.create(props)
    outs = {**made.outs, "known_ids": {f"user {zoe}": "VXNlcjo5OTk5"}}  # of somebody who had the name before
    seen = provider.read(made.id, outs)
    assert seen.outs["users"] == {}
    with pytest.raises(PartlyDone, match=r"zoe.* is another person than scan saw") as failed:
        provider.update(made.id, seen.outs, props)
    assert failed.value.outs["applied"] == []
    assert in_process.members("alpha")[Principal("user", zoe)] is Role.VIEWER


def test_a_single_membership_is_found_without_case(in_process: World) -> None:
    in_process.registry("alpha")
    alice = in_process.person("alice")
    props = {
        "organization": in_process.name,
        "registry": "alpha",
        "kind": "user",
        "principal": alice.upper(),
        "role": "member",
    }
    provider = MembershipProvider()
    made = provider.create(props)
    assert in_process.members("alpha")[Principal("user", alice)] is Role.MEMBER
    seen = provider.read(made.id, dict(made.outs or {}))
    assert seen.outs["role"] == "member"
    provider.delete(made.id, dict(made.outs or {}))
    assert Principal("user", alice) not in in_process.members("alpha")
