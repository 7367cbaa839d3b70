"""Who in a stack file has left the organization or has another name there, and the change of the file.

The proof is that of `pulumi up`: known from before, and lacking in a complete listing by name and by id.
Nothing is written: the change is a patch, for people to review.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from wandb_registry.errors import UserError
from wandb_registry.migration.people import OpenScim, PeopleFacts, gather_people
from wandb_registry.reconcile.principals import Case, Record, Told, tell
from wandb_registry.server.errors import OtherServer, ServerError
from wandb_registry.server.members import Principal
from wandb_registry.server.organizations import Organization, find_organization
from wandb_registry.server.port import Port
from wandb_registry.state.document import Place, parse_document
from wandb_registry.state.edit import as_patch, remove_entries, rename_key
from wandb_registry.state.inventory import Inventory
from wandb_registry.state.models import StackState
from wandb_registry.state.origins import Origins

People = Mapping[str, str]  # username -> id


class PeopleUnreadable(UserError):
    """Who is in the organization cannot be read completely, so nothing is proved about anybody."""

    exit_code = 3


@dataclass(frozen=True, slots=True)
class Proposal:
    """A change of one stack file as a patch, "" for none; `lines` say for each entry what and why."""

    patch: str
    lines: tuple[str, ...]


def read_people(
    port: Port, stack: StackState, inventory: Inventory | None, open_scim: OpenScim | None
) -> tuple[Organization, People]:
    """Everybody in the organization of a stack file, with ids; PeopleUnreadable where not all are told."""
    try:
        organization = find_organization(port, stack.organization)
        if inventory is not None and inventory.organization.id != organization.id:
            raise OtherServer(f"the inventory is of another organization than {organization}")
        facts = gather_people(port, organization, None, None)
        if not facts.complete and open_scim is not None:
            facts = gather_people(port, organization, open_scim, None)
    except ServerError as error:
        raise PeopleUnreadable(error.message, advice=error.advice) from None
    return organization, _people(facts, organization, inventory)


def propose(
    file: str,
    text: str,
    stack: StackState,
    inventory: Inventory | None,
    organization: Organization,
    people: People,
) -> Proposal:
    """What to change in a stack file, whose text this is; overrides that name somebody are left alone."""
    document, edited = parse_document(text, file), text
    lines: list[str] = []
    removed: list[Place] = []
    for place, told in _told(stack, inventory, people):
        done = "left as it is"
        if told.case is Case.RENAMED and not _is_named(stack, place, told.new_name):
            edited, done = rename_key(edited, place, told.new_name, file), "renamed"
        elif told.case.proved_missing:
            done = "taken out"
            removed.append(place)
        lines.append(str(document.problem(place, f"{_why(told, organization)}: {done}")))
    return Proposal(as_patch(file, text, remove_entries(edited, removed, file)), tuple(lines))


def _people(facts: PeopleFacts, organization: Organization, inventory: Inventory | None) -> People:
    """Username -> id, where everybody is told with an id of the kind that scan recorded."""
    if facts.people is None or not facts.complete:
        raise PeopleUnreadable(
            f"who is in {organization} cannot be read completely with this key on this server",
            advice="Use the key of an organization admin",
        )
    people = {person.username: person.id for person in facts.people}
    recorded = {} if inventory is None else inventory.user_ids()
    known = [name for name in recorded if people.get(name)]
    if not all(people.values()) or (known and all(people[name] != recorded[name] for name in known)):
        raise PeopleUnreadable(
            f"the people of {organization} are not told with the ids that scan recorded, so somebody with "
            "another name cannot be told from somebody who left",
            advice="Scan again, or look it up",
        )
    return people


def _told(stack: StackState, inventory: Inventory | None, people: People) -> Iterator[tuple[Place, Told]]:
    """Each user of the stack file who is not simply there, by place."""
    origins = None if inventory is None else Origins(inventory)
    for name, state in stack.registries.items():
        users = state.members.users if state.members else {}
        record = Record()
        if origins is not None and users:
            origin = origins.of(name, state)
            record = Record(
                ids={Principal("user", user): found for user, found in origin.user_ids.items()},
                service_accounts=frozenset(Principal("user", user) for user in origin.service_accounts),
            )
        for user in users:
            told = tell(Principal("user", user), people, record)
            if told.case is not Case.FOUND:
                yield ("registries", name, "members", "users", user), told


def _is_named(stack: StackState, place: Place, name: str) -> bool:
    """Whether the registry of a place names that user already."""
    members = stack.registries[str(place[1])].members
    return members is not None and name.casefold() in {user.casefold() for user in members.users}


def _why(told: Told, organization: Organization) -> str:
    match told.case:
        case Case.GONE:
            return f"is gone from {organization}"
        case Case.RENAMED:
            return f"is called {told.new_name} in {organization} now"
        case Case.ANOTHER:
            return "is another person than scan saw under this name (scan again)"
        case _:
            return (
                f"is not told of {organization}, and nothing proves that somebody left (is the name right?)"
            )
