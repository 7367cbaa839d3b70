"""Nobody sees more than before, and nobody loses what they had, but for what is named and accepted.

Random organizations go through scan, mapping and the reconcilers; the server's own permission engine says
what everybody could do and can do now.
"""

from __future__ import annotations

from pathlib import Path

from hypothesis import HealthCheck, Phase, assume, given, settings
from hypothesis import strategies as st

from tests.properties.applying import apply_stack
from tests.properties.built import Built, Server
from tests.properties.organizations import OUTSIDERS, TEAMS, OrganizationSpec, organizations
from wandb_registry.access.matrix import Matrix, declared_matrix
from wandb_registry.access.rights import EVERYTHING, NONE, Right
from wandb_registry.guards.members import Members as GuardedMembers
from wandb_registry.guards.members import check_members
from wandb_registry.server.members import (
    Member,
    Principal,
    add_members,
    find_team,
    list_members,
    remove_members,
    search_user,
    set_roles,
)
from wandb_registry.server.registries import get_registry
from wandb_registry.state.inventory import Inventory
from wandb_registry.state.models import StackState
from wandb_registry.state.people import AcceptedDifference, Difference
from wandb_registry.state.roles import Role
from wandb_registry.verify.compare_access import compare_access, live_matrix
from wandb_registry.verify.observation import Verdict

EXPECTED = {
    Difference.ORGANIZATION_ADMINS,
    Difference.ORGANIZATION_SERVICE_ACCOUNTS,
    Difference.TEAM_ADMINS,
    Difference.SERVICE_ACCOUNTS,
    Difference.REGISTRY_ADMINS,
    Difference.PUBLIC_ACCESS,
}
RANDOM = settings(
    max_examples=25,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much],
    # Each example builds an organization, so that shrinking one would take minutes.
    phases=(Phase.explicit, Phase.reuse, Phase.generate),
)


def shown(team: str, inventory: Inventory) -> Right:
    """The columns that mean anything for a team's models."""
    legacy = next(one for one in inventory.legacy if one.team == team)
    return EVERYTHING if legacy.protected_aliases else EVERYTHING & ~Right.PROTECT


def rights_of(matrix: Matrix, registry: str, person: str) -> tuple[Right, Right]:
    """Before and after, as the matrix says."""
    for block in matrix.blocks:
        if block.registry == registry:
            for row in block.rows:
                if person in row.people:
                    return row.before.rights, row.after.rights
    return NONE, NONE


def everything_accepted(inventory: Inventory, spec_people: list[str], teams: list[str]) -> Inventory:
    """The inventory after reviewers accepted all that W&B imposes, and each named loss by name."""
    assert inventory.access is not None
    accepted = [AcceptedDifference(difference=one, reason="so it is") for one in Difference if one.imposed]
    accepted += [
        AcceptedDifference(difference=Difference.REGISTRY_ADMINS, subject=person, reason="by name")
        for person in spec_people
    ]
    accepted += [
        AcceptedDifference(difference=Difference.PUBLIC_ACCESS, subject=team, reason="by name")
        for team in teams
    ]
    return inventory.model_copy(
        update={"access": inventory.access.model_copy(update={"accepted": tuple(accepted)})}
    )


@RANDOM
@given(spec=organizations())
def test_before_equals_after_but_for_the_accepted_classes(
    server: Server, folder: Path, spec: OrganizationSpec
) -> None:
    built = Built(server, spec)
    try:
        stack, inventory = built.scan(folder)
        planned = declared_matrix(stack, inventory)
        apply_stack(built.port, stack, inventory)
        live = live_matrix(stack, inventory, built.target(stack))
        for team in map(built.name, TEAMS):
            registry = f"{team}-models"
            columns = shown(team, inventory)
            for person in built.everybody:
                had = built.legacy_rights(team, person) & columns
                has = built.registry_rights(registry, person) & columns
                assert rights_of(live, registry, person) == (had, has), (registry, person)
                # What was planned is what came, but for the creator, whom no file can name beforehand.
                if person != built.name("eng"):
                    assert rights_of(planned, registry, person) == (had, has), (registry, person)
        assert {c.difference for _, _, c in live.changes() if c.is_open} <= EXPECTED
        assert live.unprovable == ()
        teams = [built.name(team) for team in TEAMS]
        accepted = everything_accepted(inventory, built.everybody, teams)
        said = list(compare_access(stack, accepted, built.target(stack), strict=True))
        assert {one.verdict for one in said} <= {Verdict.NOTE}
    finally:
        built.close()


KINDS = ("raise user", "add user", "raise team", "add team", "lower user", "remove user", "remove team")


@RANDOM
@given(spec=organizations(), data=st.data())
def test_any_single_change_of_members_is_caught(
    server: Server, folder: Path, spec: OrganizationSpec, data: st.DataObject
) -> None:
    built = Built(server, spec)
    try:
        stack, scanned = built.scan(folder)
        teams = [built.name(team) for team in TEAMS]
        inventory = everything_accepted(scanned, built.everybody, teams)
        apply_stack(built.port, stack, inventory)
        team = data.draw(st.sampled_from(teams))
        registry = f"{team}-models"
        before = {who: built.registry_rights(registry, who) for who in built.everybody}
        changed = _change(built, registry, data)
        assume(changed is not None)
        assert changed is not None
        now = {who: built.registry_rights(registry, who) for who in built.everybody}
        columns = shown(team, inventory)
        had = {who: built.legacy_rights(team, who) & columns for who in built.everybody}
        gained = {w for w in now if now[w] & columns & ~before[w] & ~had[w]}
        lost = {w for w in now if before[w] & columns & ~now[w] & had[w]}
        found = list(compare_access(stack, inventory, built.target(stack), strict=True))
        blamed = {one.subject.rpartition(" ")[2] for one in found if one.verdict is Verdict.DIFFERENCE}
        assert gained | lost <= blamed
        if gained:
            assert _refused(registry, changed, stack, inventory)
    finally:
        built.close()


def _change(built: Built, registry: str, data: st.DataObject) -> GuardedMembers | None:
    """Change one member on the server and in the file; None where this one has nothing to change."""
    live = get_registry(built.port, built.organization, registry)
    assert live is not None
    members = list_members(built.port, built.organization, live.project)
    kind, what = data.draw(st.sampled_from(KINDS)).split()
    if kind == "add":
        names = [built.name(OUTSIDERS), *map(built.name, TEAMS)] if what == "team" else built.everybody
        free = [name for name in names if Principal(what, name) not in members]  # type: ignore[arg-type]
        name = data.draw(st.sampled_from(free)) if free else ""
        id_ = _id(built, what, name) if name else None
        if id_ is None:
            return None
        principal = Principal("team" if what == "team" else "user", name)
        add_members(built.port, live.id, {principal: id_})
        member = Member(principal, id_, Role.RESTRICTED_VIEWER)
        set_roles(built.port, live.id, [(member, data.draw(st.sampled_from(list(Role))))])
    else:
        mine = Principal("user", built.name("eng"))
        there = sorted(p for p in members if p.kind == what and p != mine)
        if not there:
            return None
        principal = data.draw(st.sampled_from(there))
        if kind == "remove":
            remove_members(built.port, live.id, {principal: members[principal].id})
        else:
            others = [
                role for role in Role if (role.rank > members[principal].role.rank) == (kind == "raise")
            ]
            others = [role for role in others if role is not members[principal].role]
            if not others:
                return None
            set_roles(built.port, live.id, [(members[principal], data.draw(st.sampled_from(others)))])
    after = list_members(built.port, built.organization, live.project)
    return GuardedMembers(
        {p.name: m.role for p, m in after.items() if p.kind == "user"},
        {p.name: m.role for p, m in after.items() if p.kind == "team"},
    )


def _id(built: Built, kind: str, name: str) -> str | None:
    return find_team(built.port, name) if kind == "team" else search_user(built.port, name)


def _refused(registry: str, new: GuardedMembers, stack: StackState, inventory: Inventory) -> bool:
    old = stack.registries[registry].members
    assert old is not None
    before = GuardedMembers(old.users, old.teams)
    boundary = inventory.boundaries[registry]
    return any(True for _ in check_members(registry, before, new, boundary, keep_creator=True))
