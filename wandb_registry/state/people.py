"""Who is in an organization, as far as scan could read it, and what reviewers accepted about access.

Part of the inventory. Ids stand beside names: names are what files and people use, ids tell namesakes apart.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Literal

from pydantic import Field

from wandb_registry.state.models import Model
from wandb_registry.state.roles import Role

Seat = Literal["full", "viewer", "none"]
PeopleSource = Literal["graphql", "scim", "csv"]


class Difference(StrEnum):
    """Why somebody's access differs between the legacy side and the registry."""

    # Imposed by the platform: accepted once for everybody, with a reason.
    ORGANIZATION_ADMINS = "organization_admins"
    ORGANIZATION_SERVICE_ACCOUNTS = "organization_service_accounts"
    TEAM_ADMINS = "team_admins"
    SERVICE_ACCOUNTS = "service_accounts"
    # Accepted by name only.
    CREATOR = "creator"
    REGISTRY_ADMINS = "registry_admins"
    PUBLIC_ACCESS = "public_access"
    WIDENING = "widening"
    LOSS = "loss"

    @property
    def imposed(self) -> bool:
        """Whether W&B leaves no choice, so that one acceptance covers everybody."""
        return self in _IMPOSED


_IMPOSED = frozenset(
    {
        Difference.ORGANIZATION_ADMINS,
        Difference.ORGANIZATION_SERVICE_ACCOUNTS,
        Difference.TEAM_ADMINS,
        Difference.SERVICE_ACCOUNTS,
    }
)


class AcceptedDifference(Model):
    """A difference that reviewers accepted; `subject` "" covers everybody of an imposed one."""

    difference: Difference
    subject: str = ""
    reason: str

    def covers(self, difference: Difference, *subjects: str) -> bool:
        """Whether it settles a difference that is known under one of these subjects, without case."""
        if difference is not self.difference:
            return False
        return not self.subject or self.subject.casefold() in {subject.casefold() for subject in subjects}


class OrganizationPerson(Model):
    """Somebody in the organization. `role`: admin, member, viewer, or a custom role; None: not told."""

    username: str
    id: str = ""
    role: str | None = None
    seat: Seat | None = None
    service_account: bool = False
    organization_wide: bool = False  # a service account of the organization, not of one team

    @property
    def is_admin(self) -> bool:
        """An organization admin, who is admin of every registry."""
        return (self.role or "").casefold() == "admin"


class Unprovable(Model):
    """Something about access that could not be read: nothing is claimed about it.

    `difference` is what it could have shown; an acceptance of that for everybody makes it irrelevant.
    """

    what: str
    subject: str
    reason: str
    difference: Difference | None = None


class AccessRecord(Model):
    """What scan knows about access beyond the teams themselves."""

    scanned_by: str = ""  # whose key scanned: where that key creates a registry, no stranger became its admin
    source: PeopleSource | None = None  # where the organization's people come from; None: not told
    organization: tuple[OrganizationPerson, ...] = ()
    everybody: bool = False  # whether nobody is missing there
    # Restricted projects (entity/project) from which versions come, and what reviewers decided about each.
    restricted_sources: dict[str, Literal["link", "leave_out", "undecided"]] = Field(default_factory=dict)
    # Teams that were members of a registry before us -> their people.
    teams: dict[str, tuple[str, ...]] = Field(default_factory=dict)
    unprovable: tuple[Unprovable, ...] = ()
    accepted: tuple[AcceptedDifference, ...] = ()
    people: dict[str, str] = Field(default_factory=dict)  # name in the team -> name in the organization
    ids: dict[str, str] = Field(default_factory=dict)  # of those names in the organization
    roles: dict[str, Role] = Field(default_factory=dict)  # the role map of migration.yaml
    registry_admins: Literal["member", "admin"] = "member"

    def name_of(self, username: str) -> str:
        """The name in the organization of somebody known by a name in a team."""
        return self.people.get(username, username)

    def acceptance(self, difference: Difference, *subjects: str) -> AcceptedDifference | None:
        """The acceptance that settles a difference, or None."""
        return next((one for one in self.accepted if one.covers(difference, *subjects)), None)
