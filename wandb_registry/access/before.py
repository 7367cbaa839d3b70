"""Before: who could do what to the models of a team's legacy registry, from the inventory alone."""

from __future__ import annotations

from dataclasses import dataclass

from wandb_registry.access.rights import NONE, OF_ROLE, OF_TEAM_ROLE, READS, WRITES, Grant, Right
from wandb_registry.state.inventory import Inventory, LegacyTeam, Person
from wandb_registry.state.people import AccessRecord
from wandb_registry.state.roles import Role


@dataclass(frozen=True, slots=True)
class Had:
    """What one person had, and what is known about the person that explains a difference."""

    name: str
    grant: Grant
    person: Person | None = None  # None: not in the team
    organization_wide: bool = False
    outside: Right = (
        NONE  # what came from no role of theirs, but from an open project or from the whole organization
    )


class Before:
    """The legacy side of one inventory; people by their names in the organization, in lower case."""

    def __init__(self, inventory: Inventory) -> None:
        self._record = inventory.access or AccessRecord()
        self._teams = {team.team: team for team in inventory.legacy}
        self._had: dict[str, dict[str, Had]] = {}

    def people(self, team: str) -> dict[str, Had]:
        """Everybody who could do anything in the legacy registry of a team."""
        if team not in self._had:
            legacy = self._teams[team]
            found = self._outsiders(legacy)
            for person in legacy.people:
                name = self._record.name_of(person.username)
                grant = grant_of(person, legacy, self._record, _public(legacy))
                own = grant_of(person, legacy, self._record, Grant()).rights
                wide = person.organization_wide
                found[name.casefold()] = Had(name, grant, person, wide, grant.rights & ~own)
            self._had[team] = found
        return self._had[team]

    def members(self, team: str) -> frozenset[str]:
        """The people of a team when it was scanned, whether or not they had access."""
        legacy = self._teams.get(team)
        people = legacy.people if legacy else ()
        return frozenset(self._record.name_of(person.username).casefold() for person in people)

    def protects(self, team: str) -> bool:
        """Whether any alias was protected: without one there is nothing that only some may touch."""
        return bool(self._teams[team].protected_aliases)

    def _outsiders(self, team: LegacyTeam) -> dict[str, Had]:
        """People of the organization whom the legacy registry let in without being in the team."""
        found = {}
        for one in self._record.organization:
            grant = _public(team)
            if one.organization_wide and team.visibility != "restricted" and one.seat != "none":
                rights = READS if one.seat == "viewer" else WRITES
                grant = Grant(rights, "service account of the organization") | grant
            if grant.rights:
                wide = one.organization_wide
                found[one.username.casefold()] = Had(one.username, grant, None, wide, grant.rights)
        return found


def _public(team: LegacyTeam) -> Grant:
    """What a public or an open legacy project gave to everybody, whatever their seat."""
    rights = {"public": READS, "open": WRITES}.get(team.visibility or "", NONE)
    return Grant(rights, f"the legacy registry of team {team.team} was {team.visibility}" if rights else "")


def grant_of(person: Person, team: LegacyTeam, record: AccessRecord, outside: Grant) -> Grant:
    """What somebody in a team could do in its legacy registry; `outside`: what everybody could."""
    rights, what = _of_role(person, record)
    if person.reads_only:
        rights &= READS
    if person.seat == "none" or not (person.invited or _administers(person, record)):
        rights = NONE
    grant = Grant(rights, f"{what} of team {team.team}") | outside
    if person.registry_admin and Right.WRITE in grant.rights:
        grant = grant | Grant(Right.PROTECT, "Model Registry admin")
    return grant


def _of_role(person: Person, record: AccessRecord) -> tuple[Right, str]:
    """What the role in the legacy project allows, or else the one in the team; and its name."""
    mapped = record.roles.get(person.team_role)
    if person.project_role is not None and not _administers(person, record):
        return OF_ROLE[person.project_role] & ~Right.PROTECT, f"{person.project_role} in the legacy project"
    rights = OF_TEAM_ROLE.get(person.team_role)
    if rights is None:  # a custom role allows what the reviewers say, because nobody can read it
        rights = NONE if mapped is None else OF_ROLE[mapped] & ~Right.PROTECT
    return rights, "service account" if person.service_account else person.team_role


def _administers(person: Person, record: AccessRecord) -> bool:
    """Whether no role in the legacy project can stand before the one in the team."""
    if person.team_role in OF_TEAM_ROLE:
        return person.team_role == "admin"
    return record.roles.get(person.team_role) is Role.ADMIN
