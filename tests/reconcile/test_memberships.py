"""Memberships on a real server: adoption, roles, removals, the creator, and who is never locked out."""

from dataclasses import replace

import pytest

from tests.world import World
from wandb_registry.reconcile.errors import AlreadyThere, EntriesFailed, LockOut
from wandb_registry.reconcile.memberships import (
    MembershipsGoal,
    MembershipsOutcome,
    apply_memberships,
    remove_memberships,
)
from wandb_registry.server.members import Member, Principal, add_members, list_members, set_roles
from wandb_registry.server.registries import get_registry
from wandb_registry.state.roles import Role
from wandb_sandbox.server import Sandbox


def user(name: str) -> Principal:
    return Principal("user", name)


def apply(
    world: World, goal: MembershipsGoal, *, first: bool = False, acting: str = "root"
) -> MembershipsOutcome:
    registry = get_registry(world.port, world.organization, "models")
    assert registry is not None
    return apply_memberships(world.as_user(acting), world.organization, registry, goal, first=first)


def join_by_hand(world: World, name: str, role: Role) -> Principal:
    registry = get_registry(world.port, world.organization, "models")
    assert registry is not None
    person = world.person(name, team="fraud")
    ids = {user(person): find(world, person)}
    add_members(world.port, registry.id, ids)
    set_roles(world.port, registry.id, [(Member(user(person), ids[user(person)], role), role)])
    return user(person)


def find(world: World, username: str) -> str:
    answer = world.port.execute(
        "query($q: String) { users(query: $q) { edges { node { id username } } } }", {"q": username}
    )
    return next(e["node"]["id"] for e in answer["users"]["edges"] if e["node"]["username"] == username)


@pytest.fixture
def models(world: World) -> World:
    world.registry()
    return world


def test_members_are_added_with_their_roles_and_the_creator_is_noted(models: World, sandbox: Sandbox) -> None:
    alice, bob = models.person("alice", team="fraud"), models.person("bob", team="fraud")
    team = Principal("team", models.team("fraud"))
    roles = {user(alice): Role.ADMIN, user(bob): Role.RESTRICTED_VIEWER, team: Role.VIEWER}
    outcome = apply(models, MembershipsGoal(roles, exclusive=True), first=True)
    assert models.members() == roles | {user(models.user("root")): Role.ADMIN}
    assert outcome.creator == models.user("root")
    assert outcome.applied == set(roles)
    sandbox.state.log.clear()
    apply(models, MembershipsGoal(roles, exclusive=True, applied=outcome.applied, creator=outcome.creator))
    assert sandbox.state.log.kinds["mutation"] == 0


def test_a_stranger_is_not_adopted_at_the_first_run(models: World) -> None:
    join_by_hand(models, "eve", Role.MEMBER)
    alice = user(models.person("alice"))
    with pytest.raises(AlreadyThere, match=r"eve.*was not when scan ran.*Scan again"):
        apply(models, MembershipsGoal({alice: Role.VIEWER}, exclusive=True), first=True)
    assert alice not in models.members()


def test_a_named_member_with_a_role_that_no_run_of_ours_leaves_is_not_adopted(models: World) -> None:
    eve = join_by_hand(models, "eve", Role.ADMIN)
    with pytest.raises(AlreadyThere):
        apply(models, MembershipsGoal({eve: Role.VIEWER}), first=True)
    assert models.members()[eve] is Role.ADMIN


def test_the_default_role_is_one_that_a_killed_run_leaves(models: World) -> None:
    eve = join_by_hand(models, "eve", Role.RESTRICTED_VIEWER)
    apply(models, MembershipsGoal({eve: Role.MEMBER}, exclusive=True), first=True)
    assert models.members()[eve] is Role.MEMBER


def test_exclusive_removes_only_whom_the_preview_showed(models: World) -> None:
    alice = user(models.person("alice"))
    goal = MembershipsGoal({alice: Role.ADMIN}, exclusive=True)
    first = apply(models, goal, first=True)
    eve, mallory = join_by_hand(models, "eve", Role.VIEWER), join_by_hand(models, "mallory", Role.VIEWER)
    later = replace(goal, applied=first.applied, creator=first.creator, shown=frozenset({alice, eve}))
    outcome = apply(models, later)
    assert eve not in models.members()
    assert mallory in models.members()
    assert any("mallory" in warning for warning in outcome.warnings)


def test_additive_leaves_strangers_alone_and_removes_its_own(models: World) -> None:
    alice, bob = user(models.person("alice")), user(models.person("bob"))
    first = apply(models, MembershipsGoal({alice: Role.VIEWER, bob: Role.VIEWER}), first=True)
    eve = join_by_hand(models, "eve", Role.VIEWER)
    shown = frozenset({alice, bob, eve})
    apply(
        models,
        MembershipsGoal({alice: Role.VIEWER}, applied=first.applied, creator=first.creator, shown=shown),
    )
    assert bob not in models.members()
    assert eve in models.members()


def test_a_baseline_member_is_never_removed(models: World) -> None:
    eve = join_by_hand(models, "eve", Role.VIEWER)
    alice = user(models.person("alice"))
    goal = MembershipsGoal({alice: Role.ADMIN}, exclusive=True, baseline=frozenset({eve}))
    first = apply(models, goal, first=True)
    assert any("before this stack" in warning for warning in first.warnings)
    apply(models, replace(goal, shown=frozenset({eve, alice}), applied=first.applied, creator=first.creator))
    assert models.members()[eve] is Role.VIEWER


def test_an_unknown_name_fails_its_entry_and_the_others_are_done(models: World) -> None:
    alice, ghost = user(models.person("alice")), user("ghost")
    with pytest.raises(EntriesFailed, match="user ghost is not known to organization") as failed:
        apply(models, MembershipsGoal({alice: Role.ADMIN, ghost: Role.VIEWER}), first=True)
    assert models.members()[alice] is Role.ADMIN
    done: MembershipsOutcome = failed.value.done
    assert done.applied == {alice}


def test_an_unknown_name_may_be_a_warning(models: World) -> None:
    alice, ghost = user(models.person("alice")), user("ghost")
    goal = MembershipsGoal({alice: Role.ADMIN, ghost: Role.VIEWER}, warn_missing=True)
    assert any("ghost" in warning for warning in apply(models, goal, first=True).warnings)


def test_the_creator_goes_last_and_only_when_another_admin_was_read_back(models: World) -> None:
    alice = user(models.person("alice", team="fraud"))
    nobody = MembershipsGoal({alice: Role.MEMBER}, exclusive=True, keep_creator=False)
    with pytest.raises(LockOut, match="without an admin"):
        apply(models, nobody, first=True)
    assert models.members()[user(models.user("root"))] is Role.ADMIN
    goal = MembershipsGoal(
        {alice: Role.ADMIN},
        exclusive=True,
        keep_creator=False,
        applied=frozenset({alice}),
        creator=models.user("root"),
        shown=frozenset({alice}),
    )
    apply(models, goal)
    assert models.members() == {alice: Role.ADMIN}


def test_the_last_admin_does_not_step_down(models: World) -> None:
    alice = user(models.person("alice", team="fraud"))
    apply(models, MembershipsGoal({alice: Role.ADMIN}, keep_creator=False), first=True)
    down = MembershipsGoal(
        {alice: Role.MEMBER},
        applied=frozenset({alice}),
        creator=models.user("root"),
        shown=frozenset({alice}),
    )
    with pytest.raises(LockOut):
        apply(models, down)
    assert models.members()[alice] is Role.ADMIN


def test_an_admin_steps_down_after_another_stepped_up(models: World) -> None:
    alice, bob = user(models.person("alice", team="fraud")), user(models.person("bob", team="fraud"))
    goal = MembershipsGoal({alice: Role.ADMIN, bob: Role.MEMBER}, exclusive=True, keep_creator=False)
    first = apply(models, goal, first=True)
    swap = replace(
        goal,
        roles={alice: Role.MEMBER, bob: Role.ADMIN},
        applied=first.applied,
        creator=first.creator,
        shown=frozenset({alice, bob}),
    )
    apply(models, swap)
    assert models.members() == {alice: Role.MEMBER, bob: Role.ADMIN}


def test_delete_takes_what_was_applied_and_leaves_baseline_and_creator(models: World) -> None:
    eve = join_by_hand(models, "eve", Role.VIEWER)
    alice = user(models.person("alice"))
    goal = MembershipsGoal({alice: Role.MEMBER, eve: Role.VIEWER}, baseline=frozenset({eve}))
    first = apply(models, goal, first=True)
    registry = get_registry(models.port, models.organization, "models")
    assert registry is not None
    done = replace(goal, applied=first.applied, creator=first.creator)
    remove_memberships(models.port, models.organization, registry, done)
    assert models.members() == {eve: Role.VIEWER, user(models.user("root")): Role.ADMIN}


def test_an_id_of_the_inventory_is_used_so_that_no_namesake_is_taken(models: World) -> None:
    alice, bob = models.person("alice"), models.person("bob")
    goal = MembershipsGoal({user(alice): Role.VIEWER}, ids={user(alice): find(models, bob)})
    with pytest.raises(EntriesFailed, match="another person than scan saw"):
        apply(models, goal, first=True)
    assert user(bob) not in models.members()


def test_nobody_reads_members_of_a_registry_that_the_key_may_not_see(models: World) -> None:
    outsider = models.as_user("nobody")
    models.person("nobody")
    with pytest.raises(Exception, match="not there, or this key may not see it"):
        list_members(outsider, models.organization, "wandb-registry-models")
