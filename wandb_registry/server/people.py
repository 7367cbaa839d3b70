"""The people of an organization, with their roles and seats, as far as GraphQL tells.

No known client asks this, so the fields are found out by introspection and asked in a document of their
own: one field that a server does not know fails the whole document.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from wandb_registry.server.capabilities import fields_of
from wandb_registry.server.errors import Invalid, PermissionDenied
from wandb_registry.server.organizations import Organization
from wandb_registry.server.port import Port
from wandb_registry.state.people import OrganizationPerson, Seat

_TYPE = "OrganizationMember"
# Names that servers use, or may use, for what is wanted; never apiKey.
_NEEDED = ("username", "role")
_USEFUL = ("id", "admin", "accountType", "modelsSeat", "seat", "pending", "organizationWide")

_SEATS: dict[str, Seat] = {
    "full": "full",
    "viewer": "viewer",
    "view_only": "viewer",
    "view-only": "viewer",
    "none": "none",
}


@dataclass(frozen=True, slots=True)
class OrganizationListing:
    """Everybody in an organization, by username; whether it tells service accounts from persons."""

    people: tuple[OrganizationPerson, ...]
    tells_service_accounts: bool


def list_organization(port: Port, organization: Organization) -> OrganizationListing | None:
    """Everybody in the organization; None where this server or key does not tell."""
    try:
        fields = fields_of(port, _TYPE)
        if not set(_NEEDED) <= fields:
            return None
        asked = " ".join([*_NEEDED, *(field for field in _USEFUL if field in fields)])
        document = (
            "query OrganizationRoles($name: String!)"
            f" {{ organization(name: $name) {{ members {{ {asked} }} }} }}"
        )
        answer = port.execute(document, {"name": organization.name}).get("organization")
    except (PermissionDenied, Invalid):
        return None
    members = answer.get("members") if isinstance(answer, dict) else None
    if not isinstance(members, list) or not members:
        return None
    people = [_person(member) for member in members if not member.get("pending")]
    people.sort(key=lambda person: person.username)
    return OrganizationListing(tuple(people), bool({"accountType", "organizationWide"} & fields))


def seat_of(value: Any) -> Seat | None:
    """A seat as servers spell it; None where it is not told or not known here."""
    return _SEATS.get(str(value or "").casefold())


def _person(member: dict[str, Any]) -> OrganizationPerson:
    account = str(member.get("accountType") or "").casefold()
    role = member.get("role") or ("admin" if member.get("admin") else None)
    service = "service" in account
    seat = seat_of(member.get("modelsSeat") or member.get("seat"))
    return OrganizationPerson(
        username=str(member["username"]),
        id=str(member.get("id") or ""),
        role=None if role is None else str(role),
        seat="viewer" if account == "viewer" else seat,
        service_account=service,
        organization_wide=bool(member.get("organizationWide")) or (service and "org" in account),
    )
