"""Who gets which role in a registry, from who had what in the team (design: Boundary).

The team becomes a member with the lowest role that all its people need; people who need more get their
own entry. The recorded boundary says how far the legacy side justified each person; nothing here goes
above it unless migration.yaml says so, and then the guard `widening` asks for an override.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from wandb_registry.migration.config import SERVICE, MigrationConfig
from wandb_registry.migration.facts import TeamFacts
from wandb_registry.state.inventory import INVITED_ONLY, Boundary, Person
from wandb_registry.state.roles import Role, highest

# What a team role let people do in the team's legacy registry. View-only people could download, so
# restricted_viewer would take something from them.
_LEGACY_ROLES = {"admin": Role.ADMIN, "member": Role.MEMBER, "view-only": Role.VIEWER}
# People who join the team later get the team's role: never more than an ordinary member had.
_HIGHEST_FOR_TEAMS = Role.MEMBER
_NOBODY_YET = Role.VIEWER


@dataclass(frozen=True, slots=True)
class Access:
    """The members of one registry, and how far the legacy side justifies each person."""

    teams: dict[str, Role] = field(default_factory=dict)
    users: dict[str, Role] = field(default_factory=dict)
    boundary: Boundary = field(default_factory=dict)


def kind_of(person: Person) -> str:
    """The name under which migration.yaml maps this person's role."""
    return SERVICE if person.service_account else person.team_role


def justified_role(person: Person, config: MigrationConfig) -> Role | None:
    """The highest role that the legacy side justifies; None for a custom role that nobody mapped."""
    if person.registry_admin and config.registry_admins == "admin":
        return Role.ADMIN
    if person.service_account:
        return Role.ADMIN if person.project_role is Role.ADMIN else Role.MEMBER
    return _capped(person, _legacy_role(person, config))


def _legacy_role(person: Person, config: MigrationConfig) -> Role | None:
    if person.project_role is not None and not _administers(person, config):
        return person.project_role
    # Of a custom role nothing is known but what the reviewers say.
    return _LEGACY_ROLES.get(person.team_role, config.roles.get(person.team_role))


def _administers(person: Person, config: MigrationConfig) -> bool:
    """Whether no role in the legacy project can stand before the one in the team."""
    custom = person.team_role not in _LEGACY_ROLES and config.roles.get(person.team_role)
    return person.team_role == "admin" or custom is Role.ADMIN


def _capped(person: Person, role: Role | None) -> Role | None:
    """No more than reading for somebody whose seat or organization role leaves no more."""
    return Role.VIEWER if role is not None and person.reads_only and not Role.VIEWER.covers(role) else role


def mapped_role(person: Person, config: MigrationConfig) -> Role | None:
    """The role that the person gets; None for a custom role that nobody mapped."""
    if person.registry_admin and config.registry_admins == "admin":
        return Role.ADMIN
    justified = justified_role(person, config)
    if person.project_role is not None and not _administers(person, config):
        return justified  # the map is about roles in the team
    mapped = config.roles.get(kind_of(person))
    if mapped is None or person.service_account:  # whatever its seat, W&B makes it member at least
        return mapped or justified
    return _capped(person, mapped)


def was_let_in(person: Person, config: MigrationConfig) -> bool:
    """Whether the legacy side let this person in at all; a restricted project lets admins in uninvited."""
    return person.seat != "none" and (person.invited or _administers(person, config))


def lets_everybody_in(team: TeamFacts, config: MigrationConfig) -> bool:
    """Whether all people of a team were let in, so that the team as a whole may become a member."""
    return all(person.invited or _administers(person, config) for person in team.people)


def unmapped_roles(people: Iterable[Person], config: MigrationConfig) -> dict[str, list[str]]:
    """Custom roles that nothing maps, with the people who hold them."""
    found: dict[str, list[str]] = {}
    for person in people:
        if was_let_in(person, config) and mapped_role(person, config) is None:
            found.setdefault(person.team_role, []).append(person.username)
    return found


def access_of(teams: Sequence[TeamFacts], config: MigrationConfig) -> Access:
    """The members of a registry that holds the models of these teams."""
    roles = {team.team: _needs(team, config) for team in teams}
    whole = {team.team for team in teams if lets_everybody_in(team, config)}
    team_roles = {name: _team_role(roles[name].values()) for name in sorted(whole)}
    needs: dict[str, Role] = {}
    through: dict[str, Role] = {}
    for name, people in roles.items():
        for who, role in people.items():
            needs[who] = highest([role, needs.get(who, role)])
            if name in whole:
                through[who] = highest([team_roles[name], through.get(who, team_roles[name])])
    return Access(
        teams=team_roles,
        users={
            who: role
            for who, role in sorted(needs.items())
            if who not in through or not through[who].covers(role)
        },
        boundary={
            # Giving a team access of which not all were let in is a widening: its boundary does not name it.
            team.team if team.team in whole else f"{team.team}{INVITED_ONLY}": _boundary(team, config)
            for team in teams
        },
    )


def _needs(team: TeamFacts, config: MigrationConfig) -> dict[str, Role]:
    return {
        config.people.get(person.username, person.username): role
        for person in team.people
        if was_let_in(person, config) and (role := mapped_role(person, config)) is not None
    }


def _team_role(needs: Iterable[Role]) -> Role:
    lowest = min(needs, key=lambda role: role.rank, default=_NOBODY_YET)
    return lowest if _HIGHEST_FOR_TEAMS.covers(lowest) else _HIGHEST_FOR_TEAMS


def _boundary(team: TeamFacts, config: MigrationConfig) -> dict[str, Role]:
    return {
        config.people.get(person.username, person.username): role
        for person in sorted(team.people, key=lambda person: person.username)
        if was_let_in(person, config) and (role := justified_role(person, config)) is not None
    }
