"""Who the desired members are on the server: found, or why not.

Gone is only what is proved: somebody known from before, whom a complete listing of the organization's
people lacks by name and by id. A name that nobody ever saw is most likely a typing error.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum

from wandb_registry.server.members import (
    Member,
    Principal,
    find_team,
    id_of,
    organization_people,
    search_user,
)
from wandb_registry.server.organizations import Organization
from wandb_registry.server.port import Port
from wandb_registry.state.document import show_place

Live = Mapping[Principal, Member]


class Case(StrEnum):
    """What is known about a desired member."""

    FOUND = "found"
    GONE = "gone"
    RENAMED = "renamed"
    ANOTHER = "another person"
    UNKNOWN = "unknown"

    @property
    def proved_missing(self) -> bool:
        """Whether nobody has this name any more, so that the file is what has to change."""
        return self in (Case.GONE, Case.RENAMED)


@dataclass(frozen=True, slots=True)
class Told:
    """A principal, and what the server tells: its id where found, its new name where renamed."""

    principal: Principal
    case: Case
    id: str = ""
    new_name: str = ""

    def line(self, organization: Organization, registry: str) -> str:
        """What is wrong, and what to do in the stack file."""
        place = show_place(
            ("registries", registry, "members", f"{self.principal.kind}s", self.principal.name)
        )
        match self.case:
            case Case.GONE:
                return f"{self.principal} is gone from {organization}: take {place} out of the stack file"
            case Case.RENAMED:
                return (
                    f"{self.principal} is called {self.new_name} in {organization} now: "
                    f"rename {place} in the stack file"
                )
            case Case.ANOTHER:
                return (
                    f"{self.principal} is another person than scan saw, or we added, under this name: scan "
                    f"again, or take {place} out, run `pulumi up`, and put it back"
                )
            case _:
                return (
                    f"{self.principal} is not known to {organization}, or this key may not see it: "
                    "correct the name, or use a key that may"
                )


@dataclass(frozen=True, slots=True)
class Record:
    """Whom we know from before: ids by scan, ids of those who were members, whom we applied, services."""

    ids: Mapping[Principal, str] = field(default_factory=dict)
    known: Mapping[Principal, str] = field(default_factory=dict)
    applied: frozenset[Principal] = frozenset()
    service_accounts: frozenset[Principal] = frozenset()

    def id_of(self, principal: Principal) -> str | None:
        """The id that somebody had; None where nobody told."""
        return self.ids.get(principal) or self.known.get(principal)


def look_up(
    port: Port, organization: Organization, principals: Iterable[Principal], record: Record
) -> list[Told]:
    """Each principal as the server knows it: by one listing for all users, else by a search for each."""
    wanted = sorted(principals)
    users = any(principal.kind == "user" for principal in wanted)
    people = organization_people(port, organization) if users else None
    return [_look_up(port, principal, people, record) for principal in wanted]


def still_missing(
    port: Port, organization: Organization, principals: Collection[Principal], record: Record
) -> list[Told]:
    """Those of whom it is proved that nobody has their name; nobody where the listing is not told."""
    people = organization_people(port, organization) if principals else None
    if people is None:
        return []
    told = [tell(principal, people, record) for principal in sorted(principals) if principal.kind == "user"]
    return [one for one in told if one.case.proved_missing]


def tell(principal: Principal, people: Mapping[str, str], record: Record) -> Told:
    """A user by a complete listing of the organization's people, username -> id."""
    recorded = record.id_of(principal)
    found = id_of(principal.name, people.items())
    if found is not None:
        return _there(principal, found, record)
    new_name = next((name for name, member_id in people.items() if member_id == recorded), None)
    if new_name is not None:
        return Told(principal, Case.RENAMED, new_name=new_name)
    if principal in record.service_accounts and recorded is not None:
        return Told(principal, Case.FOUND, recorded)
    is_there = any(name.casefold() == principal.name.casefold() for name in people)
    seen = recorded is not None or principal in record.applied
    provable = seen and not is_there and principal not in record.service_accounts
    return Told(principal, Case.GONE if provable else Case.UNKNOWN)


def _look_up(port: Port, principal: Principal, people: Mapping[str, str] | None, record: Record) -> Told:
    if people is not None and principal.kind == "user":
        return tell(principal, people, record)
    if principal.kind == "team":
        found = find_team(port, principal.name)
    else:
        # Few keys may search, so the id that scan recorded is taken as it is. One that we only remember is
        # not: who was a member once may have left since, and nobody would tell.
        found = record.ids.get(principal) or search_user(port, principal.name)
    return Told(principal, Case.UNKNOWN) if found is None else _there(principal, found, record)


def _there(principal: Principal, found: str, record: Record) -> Told:
    recorded = record.id_of(principal)
    return Told(principal, Case.FOUND if recorded in (None, found) else Case.ANOTHER, found)


class Spelling:
    """One way to write each principal: as the file does, else as the server does.

    W&B compares names without case. Names that the file itself tells apart stay apart.
    """

    def __init__(self, desired: Collection[Principal], others: Iterable[Principal]) -> None:
        self._desired = frozenset(desired)
        self._names = {_folded(principal): principal for principal in [*others, *desired]}

    def of(self, principal: Principal) -> Principal:
        """The principal as it is written here."""
        return principal if principal in self._desired else self._names.get(_folded(principal), principal)

    def members(self, found: Live) -> dict[Principal, Member]:
        """Members under these names."""
        renamed = {self.of(principal): member for principal, member in found.items()}
        return {principal: replace(member, principal=principal) for principal, member in renamed.items()}


def _folded(principal: Principal) -> tuple[str, str]:
    return principal.kind, principal.name.casefold()
