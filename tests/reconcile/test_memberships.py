"""Memberships on a real server: adoption, roles, removals, the creator, and who is never locked out."""

from dataclasses import replace

import pytest

from tests.world import World
from wandb_registry.reconcile.errors import AlreadyThere, EntriesFailed, LockOut
from wandb_registry.reconcile.membership_goal import MembershipsGoal, MembershipsOutcome
from wandb_registry.reconcile.memberships import apply_memberships, remove_memberships
from wandb_registry.server.errors import Unavailable
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
    with pytest.raises(
        EntriesFailed, match=r"mallory.* came after the preview; the next one shows its removal"
    ):
        apply(models, later)  # and what waits for the members, such as links, is not made
    assert eve not in models.members()
    assert mallory in models.members()


def test_a_member_of_the_same_name_who_is_somebody_else_is_left_and_named(models: World) -> None:
    zoe, alice = join_by_hand(models, "zoe", Role.VIEWER), user(models.person("alice"))
    goal = MembershipsGoal({alice: Role.ADMIN, zoe: Role.MEMBER}, exclusive=True, ids={zoe: "VXNlcjo5OTk5"})
    with pytest.raises(EntriesFailed, match=r"zoe.* is another person than scan saw") as failed:
        apply(models, goal, first=True)
    assert models.members()[zoe] is Role.VIEWER
    assert models.members()[alice] is Role.ADMIN
    assert failed.value.done.applied == {alice}


def test_the_creator_is_who_acts_and_not_an_admin_who_came_meanwhile(models: World) -> None:
    alice, root = user(models.person("alice")), Principal("user", models.user("root"))
    assert apply(models, MembershipsGoal({alice: Role.ADMIN}), first=True).creator == root.name
    mallory = join_by_hand(models, "mallory", Role.ADMIN)
    goal = MembershipsGoal({alice: Role.ADMIN, root: Role.ADMIN}, exclusive=True)
    with pytest.raises(AlreadyThere, match=r"mallory.* is admin of registry models"):
        apply(models, goal, first=True)
    assert mallory in models.members()


def test_after_a_killed_run_of_somebody_else_the_one_admin_is_the_creator(models: World) -> None:
    alice, olga = user(models.person("alice")), models.person("olga")
    admins = {"members": [{"username": olga, "role": "admin"}]}
    models.call("organization", command="add_members", orgName=models.name, fixtureData=admins)
    goal = MembershipsGoal({alice: Role.VIEWER}, exclusive=True)
    assert apply(models, goal, first=True, acting="olga").creator == models.user("root")
    adopted = replace(goal, baseline=frozenset({alice}))
    with pytest.raises(
        AlreadyThere, match=r"root.* is admin"
    ):  # who made what was there is no creator of ours
        apply(models, adopted, first=True, acting="olga")


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


def test_an_unknown_name_fails_also_where_missing_ones_are_a_warning(models: World) -> None:
    alice, ghost, team = user(models.person("alice")), user("ghost"), Principal("team", "nobodies")
    roles = {alice: Role.ADMIN, ghost: Role.VIEWER, team: Role.VIEWER}
    with pytest.raises(EntriesFailed, match=r"team nobodies is not known.*user ghost is not known") as failed:
        apply(models, MembershipsGoal(roles, warn_missing=True), first=True)
    assert models.members()[alice] is Role.ADMIN
    assert failed.value.done.missing == frozenset()


def test_who_is_proved_gone_is_named_with_the_place_in_the_stack_file(models: World) -> None:
    alice, zoe = user(models.person("alice")), user(models.person("zoe"))
    goal = MembershipsGoal({alice: Role.ADMIN, zoe: Role.VIEWER}, exclusive=True)
    first = apply(models, goal, first=True)
    models.leave("zoe")
    later = replace(goal, applied=first.applied, creator=first.creator, known=first.known)
    place = rf"registries\.models\.members\.users\.{zoe.name}"
    with pytest.raises(EntriesFailed, match=rf"user {zoe.name} is gone from .*: take {place} out") as failed:
        apply(models, later)
    done: MembershipsOutcome = failed.value.done
    assert (done.applied, done.missing) == ({alice}, frozenset())
    assert done.known == first.known  # so that the next run still knows whom it was about

    warned = apply(models, replace(later, applied=done.applied, known=done.known, warn_missing=True))
    assert warned.missing == {zoe}
    (line,) = warned.warnings
    assert "is gone from" in line
    models.person("zoe")
    again = apply(models, replace(later, applied=warned.applied, known=warned.known, warn_missing=True))
    assert (again.missing, again.warnings) == (frozenset(), ())
    assert models.members()[zoe] is Role.VIEWER


def test_whom_scan_saw_and_nobody_knows_any_more_is_gone(models: World) -> None:
    zoe, ghost = user("zoe"), user("ghost")
    goal = MembershipsGoal({zoe: Role.VIEWER}, warn_missing=True, ids={zoe: "VXNlcjo5OTk5"})
    outcome = apply(models, goal, first=True)
    assert (outcome.missing, outcome.applied) == ({zoe}, frozenset())
    told_nothing = replace(goal, roles={ghost: Role.VIEWER})
    with pytest.raises(EntriesFailed, match="user ghost is not known"):
        apply(models, told_nothing, first=True)


def test_a_service_account_that_a_listing_lacks_is_never_gone(models: World) -> None:
    bot = user("bot")
    goal = MembershipsGoal(
        {bot: Role.MEMBER}, warn_missing=True, applied=frozenset({bot}), service_accounts=frozenset({bot})
    )
    with pytest.raises(EntriesFailed, match="user bot is not known"):
        apply(models, goal)


def test_who_has_another_name_now_is_told_the_new_one_and_loses_nothing(models: World) -> None:
    zoe, smith = user("zoe"), user(models.person("zoe-smith"))
    goal = MembershipsGoal({zoe: Role.VIEWER}, exclusive=True, ids={zoe: find(models, smith.name)})
    words = rf"user zoe is called {smith.name} in .* now: rename registries\.models\.members\.users\.zoe in"
    with pytest.raises(EntriesFailed, match=words):
        apply(models, goal, first=True)
    assert smith not in models.members()

    # A member already, applied under the old name: not removed while the file names them, by any name.
    first = apply(models, replace(goal, roles={smith: Role.VIEWER}), first=True)
    named = replace(goal, applied=frozenset({zoe}), creator=first.creator, shown=frozenset({zoe, smith}))
    warned = apply(models, replace(named, warn_missing=True))
    assert warned.missing == {zoe}
    assert all("is called" in line for line in warned.warnings)
    assert models.members()[smith] is Role.VIEWER
    # Taken out of the file, they go: ids decide who was applied.
    apply(models, replace(named, roles={}, exclusive=False))
    assert smith not in models.members()


def test_a_name_whose_case_differs_is_the_same_person(models: World) -> None:
    alice, eve = models.person("alice"), join_by_hand(models, "eve", Role.VIEWER)
    loud, shout = user(alice.upper()), user(eve.name.upper())
    goal = MembershipsGoal(
        {loud: Role.MEMBER, shout: Role.VIEWER},
        exclusive=True,
        baseline=frozenset({eve}),
        ids={loud: find(models, alice)},
    )
    first = apply(models, goal, first=True)
    assert models.members()[user(alice)] is Role.MEMBER
    assert (first.applied, first.missing) == ({loud}, frozenset())
    registry = get_registry(models.port, models.organization, "models")
    assert registry is not None
    done = replace(goal, applied=first.applied, creator=first.creator)
    remove_memberships(models.port, models.organization, registry, done)
    assert models.members() == {eve: Role.VIEWER, user(models.user("root")): Role.ADMIN}


def test_an_id_that_the_server_refuses_fails_its_entry_alone(models: World, sandbox: Sandbox) -> None:
    sandbox.state.switches = replace(sandbox.state.switches, organization_members=False)
    alice, zoe = user(models.person("alice")), user("zoe")
    goal = MembershipsGoal({alice: Role.MEMBER, zoe: Role.VIEWER}, ids={zoe: "VXNlcjo5OTk5"})
    with pytest.raises(EntriesFailed, match=r"user zoe: .*not found. The other entries are done"):
        apply(models, goal, first=True)
    assert models.members()[alice] is Role.MEMBER


def test_no_listing_and_no_search_result_is_unknown(models: World, sandbox: Sandbox) -> None:
    sandbox.state.switches = replace(sandbox.state.switches, organization_members=False)
    zoe = user("zoe")
    goal = MembershipsGoal({zoe: Role.VIEWER}, warn_missing=True, applied=frozenset({zoe}))
    with pytest.raises(EntriesFailed, match="user zoe is not known"):
        apply(models, goal)


def test_who_was_a_member_once_is_not_added_by_the_id_alone(models: World, sandbox: Sandbox) -> None:
    zoe = user(models.person("zoe"))
    goal = MembershipsGoal({zoe: Role.VIEWER})
    first = apply(models, goal, first=True)
    models.leave("zoe")
    sandbox.state.switches = replace(sandbox.state.switches, organization_members=False)
    with pytest.raises(EntriesFailed, match=f"user {zoe.name} is not known"):
        apply(models, replace(goal, applied=first.applied, creator=first.creator, known=first.known))
    assert zoe not in models.members()


def test_a_server_that_does_not_answer_is_no_proof(models: World, sandbox: Sandbox) -> None:
    zoe = user("zoe")
    down = {"kind": "status", "operation": "OrganizationPeople", "status": 503, "times": -1}
    sandbox.state.faults.change({"add": [down]})
    with pytest.raises(Unavailable):
        apply(models, MembershipsGoal({zoe: Role.VIEWER}, warn_missing=True, applied=frozenset({zoe})))


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
