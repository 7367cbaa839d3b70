"""Inventory: `stacks/<stack>.inventory.json`, written by scan, in Git, never edited by hand.

It holds what the legacy side had (the evidence that verify compares with), the recorded boundary
(who the legacy side justified, and how far), and the baseline (what the target held before us).
"""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import Field

from wandb_registry.state.models import Model, StackState, Visibility
from wandb_registry.state.people import AccessRecord, Seat
from wandb_registry.state.problems import InvalidFile, Problem
from wandb_registry.state.recorded import dump_recorded, read_recorded
from wandb_registry.state.roles import Role

# Team -> person -> the highest role that this team's legacy registry justified. Several teams where merged.
# Where not all of a team were let in, the label says so: then it is no boundary of the team as a whole.
Boundary = dict[str, dict[str, Role]]
INVITED_ONLY = " (invited people)"
TeamRole = Literal["admin", "member", "view-only"]
# Who gets into a legacy project: the team, invited people of it, everybody to read, everybody to write.
LegacyVisibility = Literal["team", "restricted", "public", "open"]


class Person(Model):
    """Somebody in a team, as the legacy side knows them."""

    username: str
    id: str
    team_role: str  # admin, member, view-only, or the name of a custom role
    service_account: bool = False
    registry_admin: bool = False  # Model Registry admin: may touch protected aliases
    seat: Seat | None = None  # None: not told
    organization_wide: bool = False  # a service account of the organization that is in the team too
    organization_role: str | None = None  # None: not told
    project_role: Role | None = None  # in the legacy project itself; stands before the role in the team
    invited: bool = True  # False: the legacy project is restricted, and this person was not invited to it

    @property
    def reads_only(self) -> bool:
        """Whether the seat or the role in the organization leaves reading, whatever the team's role says."""
        return self.seat == "viewer" or (self.organization_role or "").casefold() == "viewer"


class LegacyLink(Model):
    """One version of a registered model."""

    version: int
    artifact_id: str
    digest: str
    source: str | None = None  # entity/project/name:vN; None where the key could not read the source
    aliases: tuple[str, ...] = ()
    excluded: str | None = None  # why this version is not in the stack file


class LegacyCollection(Model):
    """One registered model, and where the mapping put it."""

    name: str
    type: str
    description: str | None = None
    tags: tuple[str, ...] = ()
    links: tuple[LegacyLink, ...] = ()
    target: tuple[str, str] | None = None  # registry, collection
    excluded: str | None = None


class LegacyTeam(Model):
    """The legacy registry of one team; `digest` is over what scan read of it."""

    team: str
    digest: str
    people: tuple[Person, ...] = ()
    protected_aliases: tuple[str, ...] = ()
    collections: tuple[LegacyCollection, ...] = ()
    pending: tuple[str, ...] = ()  # open invitations: no access yet, and none is given
    visibility: LegacyVisibility | None = None


class BaselineLink(Model):
    """A link that was there before us."""

    version: int
    aliases: tuple[str, ...] = ()


class BaselineCollection(Model):
    """A collection that was there before us; links by artifact id."""

    id: str
    type: str
    description: str | None = None
    tags: tuple[str, ...] = ()
    links: dict[str, BaselineLink] = Field(default_factory=dict)


class BaselineRegistry(Model):
    """A registry that was there before us."""

    id: str
    visibility: Visibility
    description: str | None = None
    artifact_types: tuple[str, ...] | Literal["any"] = "any"
    teams: dict[str, Role] = Field(default_factory=dict)
    users: dict[str, Role] = Field(default_factory=dict)
    collections: dict[str, BaselineCollection] = Field(default_factory=dict)


class OrganizationRecord(Model):
    """The organization as the server names it: display name, entity name, id."""

    id: str
    name: str
    entity: str


class Inventory(Model):
    """Everything that scan recorded for one stack."""

    version: Literal[1] = 1
    server: str  # base address of the W&B server
    organization: OrganizationRecord
    numbering: Literal["exact", "compact"] | None = None  # None: no gaps, nothing to decide
    legacy: tuple[LegacyTeam, ...] = ()
    boundaries: dict[str, Boundary] = Field(default_factory=dict)  # by registry
    baseline: dict[str, BaselineRegistry] = Field(default_factory=dict)  # by registry; absent: was not there
    # Under `compact`: registry -> collection -> artifact id -> the number that the legacy side had.
    renumbered: dict[str, dict[str, dict[str, int]]] = Field(default_factory=dict)
    access: AccessRecord | None = None  # None: written before access was recorded, so nothing is proved

    def user_ids(self) -> dict[str, str]:
        """Name in the organization -> id of everybody whom scan saw; a mapped name has its own id or none."""
        record = self.access or AccessRecord()
        # Whether the ids of another source are those of GraphQL is not known.
        listed = record.organization if record.source == "graphql" else ()
        people = [person for team in self.legacy for person in team.people]
        unmapped = {p.username: p.id for p in people if p.username not in record.people and p.id}
        return {**{p.username: p.id for p in listed if p.id}, **unmapped, **record.ids}

    def people_of_teams(self) -> dict[str, frozenset[str]]:
        """Team -> its people when it was scanned, by their names in the organization."""
        record = self.access or AccessRecord()
        found = {team: frozenset(people) for team, people in record.teams.items()}
        for legacy in self.legacy:
            found[legacy.team] = frozenset(record.name_of(person.username) for person in legacy.people)
        return found

    def service_accounts(self) -> frozenset[str]:
        """The names in the organization of the service accounts that scan saw; a listing may lack them."""
        record = self.access or AccessRecord()
        in_teams = (person for team in self.legacy for person in team.people if person.service_account)
        listed = (person.username for person in record.organization if person.service_account)
        return frozenset([*(record.name_of(person.username) for person in in_teams), *listed])


def inventory_path(stack_file: Path) -> Path:
    """The inventory that belongs to a stack file."""
    return stack_file.with_suffix(".inventory.json")


def load_inventory(stack_file: Path) -> Inventory | None:
    """The inventory beside a stack file, or None where there is none (a registry without legacy origin)."""
    again = "the inventory is written by scan: scan again"
    return read_recorded(inventory_path(stack_file), Inventory, again)


def dump_inventory(inventory: Inventory) -> str:
    """The text of an inventory; the same inventory gives the same bytes."""
    return dump_recorded(inventory)


def require_inventory(stack_file: Path, stack: StackState) -> Inventory | None:
    """Like `load_inventory`, but a stack file with legacy origin must have one."""
    inventory = load_inventory(stack_file)
    if inventory is None and stack.legacy:
        path = inventory_path(stack_file)
        message = f"is missing, though {stack_file} has a legacy origin; take it from Git, or scan again"
        raise InvalidFile([Problem(str(path), 0, "", message)])
    return inventory
