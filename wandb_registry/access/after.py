"""After: who may do what in a registry, from its members: declared by a file, or read from the server."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from wandb_registry.access.rights import OF_ROLE, READS, Grant
from wandb_registry.state.inventory import BaselineRegistry, Inventory
from wandb_registry.state.models import RegistryState
from wandb_registry.state.people import AccessRecord, Seat
from wandb_registry.state.roles import Role

# Stands in the matrix for people whom nobody could list.
EVERYBODY = "everybody in the organization"


class Way(StrEnum):
    """How somebody comes to a right in a registry."""

    MEMBER = "member"
    TEAM = "team"
    VISIBILITY = "visibility"
    CREATOR = "creator"
    ORGANIZATION_ADMIN = "organization_admin"


@dataclass(frozen=True, slots=True)
class Members:
    """The members of one registry by name, and the people of its teams.

    `people`: team -> its people; a team that is not here is one whose people are not known. `live`: read
    from the server, so that people who joined or left a team since the scan show.
    """

    users: Mapping[str, Role]
    teams: Mapping[str, Role]
    people: Mapping[str, frozenset[str]]
    visibility: str = "restricted"
    creator: str | None = None
    live: bool = False
    # In lower case; a seat of less than everything leaves less of any role.
    seats: Mapping[str, Seat] = field(default_factory=dict)

    def people_of(self, team: str) -> frozenset[str] | None:
        """The people of a team, in lower case; None where they are not known."""
        for name, people in self.people.items():
            if name.casefold() == team.casefold():
                return frozenset(person.casefold() for person in people)
        return None

    @property
    def unknown_teams(self) -> list[str]:
        """Member teams whose people are not known."""
        known = {team.casefold() for team in self.people}
        return sorted(team for team in self.teams if team.casefold() not in known)


@dataclass(slots=True)
class Has:
    """What one person has in a registry, by the ways that lead there."""

    name: str
    by_way: dict[Way, Grant] = field(default_factory=dict)
    teams: set[str] = field(default_factory=set)  # those that give anything, in lower case

    def add(self, way: Way, grant: Grant) -> None:
        """One more way."""
        self.by_way[way] = self.by_way.get(way, Grant()) | grant

    def through(self, *ways: Way) -> Grant:
        """What these ways give together."""
        grant = Grant()
        for way in ways:
            grant = grant | self.by_way.get(way, Grant())
        return grant


def people_with_access(members: Members, record: AccessRecord) -> dict[str, Has]:
    """Everybody who may do anything in a registry, by name in lower case."""
    found: dict[str, Has] = {}
    for name, way, grant in _grants(members, record):
        seat = members.seats.get(name.casefold())
        if seat == "viewer":
            grant = Grant(grant.rights & READS, grant.reason)
        if seat != "none":
            found.setdefault(name.casefold(), Has(name)).add(way, grant)
    if members.visibility != "restricted" and not record.everybody:
        reason = "the registry is visible to the organization"
        found[EVERYBODY] = Has(EVERYBODY, {Way.VISIBILITY: Grant(OF_ROLE[Role.VIEWER], reason)})
    for team, people in members.people.items():
        if team.casefold() in {one.casefold() for one in members.teams}:
            for name in people:
                if name.casefold() in found:
                    found[name.casefold()].teams.add(team.casefold())
    return found


def _grants(members: Members, record: AccessRecord) -> Iterator[tuple[str, Way, Grant]]:
    for name, role in members.users.items():
        if members.creator is not None and name.casefold() == members.creator.casefold():
            yield name, Way.CREATOR, Grant(OF_ROLE[role], "created the registry")
        else:
            yield name, Way.MEMBER, Grant(OF_ROLE[role], f"{role} of the registry")
    folded = {team.casefold(): people for team, people in members.people.items()}
    for team, role in members.teams.items():
        for name in folded.get(team.casefold(), frozenset()):
            yield name, Way.TEAM, Grant(OF_ROLE[role], f"{role} through team {team}")
    for person in record.organization:
        if person.is_admin:
            yield person.username, Way.ORGANIZATION_ADMIN, Grant(OF_ROLE[Role.ADMIN], "organization admin")
        if members.visibility != "restricted":
            grant = Grant(OF_ROLE[Role.VIEWER], "the registry is visible to the organization")
            yield person.username, Way.VISIBILITY, grant


def declared_members(
    state: RegistryState, inventory: Inventory, baseline: BaselineRegistry | None
) -> Members:
    """The members that a stack file declares, with those of before who are never removed."""
    named = state.members
    users = {**(baseline.users if baseline else {}), **(named.users if named else {})}
    teams = {**(baseline.teams if baseline else {}), **(named.teams if named else {})}
    people, seats = inventory.people_of_teams(), recorded_seats(inventory)
    return Members(users, teams, people, state.visibility, seats=seats)


def recorded_seats(inventory: Inventory) -> dict[str, Seat]:
    """The seats that are known, by the people's names in the organization in lower case."""
    record = inventory.access or AccessRecord()
    people = [person for team in inventory.legacy for person in team.people]
    found = {record.name_of(one.username).casefold(): one.seat for one in people if one.seat}
    return {**{one.username.casefold(): one.seat for one in record.organization if one.seat}, **found}
