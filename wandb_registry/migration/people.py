"""The organization's people from whatever tells them: GraphQL, else SCIM, completed by people.csv.

What a server says wins over the file; where they contradict each other, that is said. A column of the
file is taken as complete: whom it does not name as service account or admin is none.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from wandb_registry.migration.people_csv import PeopleFile
from wandb_registry.server.errors import PermissionDenied
from wandb_registry.server.organizations import Organization
from wandb_registry.server.people import list_organization
from wandb_registry.server.port import Port
from wandb_registry.server.scim import Scim
from wandb_registry.state.people import OrganizationPerson, PeopleSource

OpenScim = Callable[[], Scim]


@dataclass(frozen=True, slots=True)
class PeopleFacts:
    """Who is in the organization.

    `people` is None where nobody told. `roles_known`: everybody's organization role is told, so admins
    are. `service_accounts_known`: every organization-wide service account is told.
    """

    source: PeopleSource | None = None
    people: tuple[OrganizationPerson, ...] | None = None
    complete: bool = False
    roles_known: bool = False
    service_accounts_known: bool = False
    registry_admins: Mapping[str, frozenset[str]] = field(default_factory=dict)
    contradictions: tuple[str, ...] = ()
    teams: Mapping[str, tuple[str, ...]] = field(default_factory=dict)  # by SCIM, for those GraphQL hides

    def named(self) -> dict[str, OrganizationPerson]:
        """The people by username in lower case, as W&B compares names."""
        return {person.username.casefold(): person for person in self.people or ()}


def gather_people(
    port: Port, organization: Organization, open_scim: OpenScim | None, people_file: PeopleFile | None
) -> PeopleFacts:
    """The people from the best source there is, with what the file adds."""
    found = _from_server(port, organization, open_scim)
    return found if people_file is None else complete_with(found, people_file)


def complete_with(found: PeopleFacts, people_file: PeopleFile) -> PeopleFacts:
    """What a server told, with what a person looked up where it did not."""
    roles = found.roles_known or "organization_role" in people_file.told
    services = found.service_accounts_known or "service_account" in people_file.told
    contradictions: list[str] = []
    if found.people is None:
        merged = people_file.people
    else:
        merged, contradictions = _merged(found, people_file.people)
    return PeopleFacts(
        source=found.source or "csv",
        people=merged,
        complete=found.complete,
        roles_known=roles,
        service_accounts_known=services,
        registry_admins=people_file.registry_admins,
        contradictions=tuple(contradictions),
        teams=found.teams,
    )


def _from_server(port: Port, organization: Organization, open_scim: OpenScim | None) -> PeopleFacts:
    listing = list_organization(port, organization)
    if listing is None:
        return PeopleFacts() if open_scim is None else _from_scim(open_scim)
    people, teams = listing.people, {}
    if open_scim is not None and all(person.seat is None for person in people):
        more = _from_scim(open_scim)
        people, teams = _with_seats(people, more.named()), dict(more.teams)
    return PeopleFacts(
        source="graphql",
        people=people,
        complete=True,
        roles_known=all(person.role is not None for person in people),
        service_accounts_known=listing.tells_service_accounts,
        teams=teams,
    )


def _with_seats(
    people: tuple[OrganizationPerson, ...], told: Mapping[str, OrganizationPerson]
) -> tuple[OrganizationPerson, ...]:
    """The people with the seats that SCIM tells of those whom GraphQL listed."""
    seats = {name: person.seat for name, person in told.items()}
    return tuple(one.model_copy(update={"seat": seats.get(one.username.casefold())}) for one in people)


def _from_scim(open_scim: OpenScim) -> PeopleFacts:
    scim = open_scim()
    try:
        users, teams = scim.users(), scim.teams()
    except PermissionDenied:
        return PeopleFacts()
    finally:
        scim.close()
    people = tuple(
        OrganizationPerson(username=user.username, id=user.id, role=user.role, seat=user.seat)
        for user in users
    )
    roles = all(person.role is not None for person in people)
    return PeopleFacts(source="scim", people=people, complete=True, roles_known=roles, teams=teams)


def _merged(
    found: PeopleFacts, given: Iterable[OrganizationPerson]
) -> tuple[tuple[OrganizationPerson, ...], list[str]]:
    people = found.named()
    contradictions: list[str] = []
    for told in given:
        key = told.username.casefold()
        known = people.get(key)
        if known is not None:
            people[key] = _completed(known, told, contradictions)
        elif told.service_account or not found.complete:
            people[key] = told  # SCIM lists no service accounts
        else:
            contradictions.append(f"{told.username} is not in the organization, says the server")
    return tuple(sorted(people.values(), key=lambda person: person.username)), contradictions


def _completed(
    known: OrganizationPerson, told: OrganizationPerson, contradictions: list[str]
) -> OrganizationPerson:
    update: dict[str, object] = {}
    for field_name in ("id", "role", "seat"):
        mine, theirs = getattr(known, field_name), getattr(told, field_name)
        if mine in (None, ""):
            update[field_name] = theirs
        elif theirs not in (None, "", mine):
            contradictions.append(f"{known.username}: {field_name} is {mine}, says the server, not {theirs}")
    update["service_account"] = known.service_account or told.service_account
    update["organization_wide"] = known.organization_wide or told.organization_wide
    return known.model_copy(update=update)
