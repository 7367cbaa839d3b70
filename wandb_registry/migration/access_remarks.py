"""Findings about access: who would gain, who would lose, and what could not be read.

They come from the matrix that verify computes too, and from the guards that preview runs, so that what
scan says, what preview refuses and what verify finds are one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from wandb_registry.access.after import Way
from wandb_registry.access.differences import Change
from wandb_registry.access.matrix import Matrix, declared_matrix
from wandb_registry.access.rights import words
from wandb_registry.errors import listed
from wandb_registry.guards.failures import Refusal
from wandb_registry.guards.members import Members, check_members
from wandb_registry.guards.registries import check_registry
from wandb_registry.migration.config import MigrationConfig
from wandb_registry.migration.facts import Facts, TeamFacts
from wandb_registry.migration.findings import Code, Finding
from wandb_registry.state.inventory import Inventory
from wandb_registry.state.models import RegistryState, StackState
from wandb_registry.state.origins import Origin, Origins
from wandb_registry.state.people import Difference, Unprovable

_CODES = {
    Difference.ORGANIZATION_ADMINS: Code.ORGANIZATION_ADMINS,
    Difference.ORGANIZATION_SERVICE_ACCOUNTS: Code.ORGANIZATION_SERVICE_ACCOUNTS,
    Difference.TEAM_ADMINS: Code.TEAM_ADMINS,
    Difference.SERVICE_ACCOUNTS: Code.SERVICE_ACCOUNTS,
    Difference.PUBLIC_ACCESS: Code.LEGACY_PUBLIC,
}
_WHAT = {
    Difference.ORGANIZATION_ADMINS: "organization admins are admins of every registry, and gain",
    Difference.ORGANIZATION_SERVICE_ACCOUNTS: "service accounts of the organization lose",
    Difference.TEAM_ADMINS: "team admins become registry admins, and gain",
    Difference.SERVICE_ACCOUNTS: "service accounts can be no less than member, and gain",
    Difference.PUBLIC_ACCESS: "the legacy registry was open to everybody; these people lose",
}
_PROVE = "Scan with an organization admin's key, or look it up and give --people people.csv"


def remarks_on_access(
    facts: Facts, stack: StackState, inventory: Inventory, config: MigrationConfig
) -> Iterator[Finding]:
    """Everything about access that a reviewer decides before the first `pulumi up`."""
    for text in facts.people.contradictions:
        message = f"people.csv contradicts the server: {text}"
        yield Finding(Code.PEOPLE_CONTRADICT, "warning", facts.organization.name, message, "Correct the file")
    for team in facts.teams:
        yield from _namesakes(team, facts, config)
        yield from _team(team, stack)
    matrix = declared_matrix(stack, inventory)
    yield from _would_gain(stack, inventory, matrix)
    yield from _by_class(matrix)
    for one in matrix.unprovable:
        yield Finding(
            Code.ACCESS_UNPROVABLE,
            "warning",
            one.subject,
            f"{one.what}: {one.reason}; verify ends with 3 (unprovable)",
            _advice_for(one),
        )


def _advice_for(one: Unprovable) -> str:
    if one.difference is None or not one.difference.imposed:
        return _PROVE
    return f"{_PROVE}; or accept it whoever it is: {_accept(one.difference)}"


def _accept(difference: Difference, subject: str = "") -> str:
    named = f"subject: {subject}, " if subject else ""
    return f"accept: [{{difference: {difference}, {named}reason: ...}}]"


def _namesakes(team: TeamFacts, facts: Facts, config: MigrationConfig) -> Iterator[Finding]:
    """A name is only taken for a person where the id agrees, or where reviewers mapped it."""
    known, people = facts.people.named(), {person.username: person for person in team.people}
    for name, person in people.items():
        target = config.people.get(name, name)
        there = known.get(target.casefold())
        if there is None:
            if facts.people.complete and not person.service_account:
                yield _gone(team.team, name, target)
            continue
        other = target != name and target in people and target not in config.people
        if other or (target == name and there.id and person.id and there.id != person.id):
            yield Finding(
                Code.NAMESAKE,
                "block",
                team.team,
                f"{name} is mapped to {target}, who is somebody else in the team"
                if other
                else f"{name} of the team is not the {name} of the organization: their ids differ",
                f"Say in migration.yaml who it is: people: {{{name}: NAME IN THE ORGANIZATION}}",
            )


def _gone(team: str, name: str, target: str) -> Finding:
    mapped = "" if target == name else f", to whom {name} is mapped,"
    return Finding(
        Code.GONE_FROM_ORGANIZATION,
        "warning",
        team,
        f"{target}{mapped} is not in the organization",
        "Take the entry out of the stack file (`wandb-registry access STACKS/NAME.yaml --gone` prints the "
        "patch), map the person under `people`, or set the registry's missing_principals: warn",
    )


def _team(team: TeamFacts, stack: StackState) -> Iterator[Finding]:
    if team.visibility == "restricted":
        left = [person.username for person in team.people if not person.invited]
        yield Finding(
            Code.LEGACY_RESTRICTED,
            "warning",
            team.team,
            "its legacy registry is a restricted project"
            + (f", to which these people were not invited: {listed(left)}" if left else ""),
            "Only invited people become members, each by name; the team as a whole does not" if left else "",
        )
    members = [state.members for state in stack.registries.values() if state.members]
    named = {user for one in members for user in one.users}
    for account in team.at_work or ():
        if account not in named:
            yield Finding(
                Code.SERVICE_ACCOUNT_AT_WORK,
                "warning",
                team.team,
                f"service account {account} is not in the team and logged or used its models",
                f"Add it to the registry's members if it shall go on: users: {{{account}: member}}, with an "
                "override of guard `widening`",
            )


def _would_gain(stack: StackState, inventory: Inventory, matrix: Matrix) -> Iterator[Finding]:
    """Whom preview will refuse, with the exact override; then whom only the matrix sees."""
    refused = set()
    origins = Origins(inventory)
    for name, state in stack.registries.items():
        for refusal in _refusals(name, state, origins.of(name, state)):
            refused.add(refusal.subject)
            line = f"{{guard: {refusal.guard}, subject: {refusal.subject}, reason: ..., approved_by: ...}}"
            advice = f"Change the mapping, or add to overrides of the stack file: {line}"
            yield Finding(Code.WOULD_GAIN, "warning", name, refusal.message, advice)
        if state.visibility != "restricted":
            refused.add(name)
    for registry, person, change in _open(matrix, lambda one: one.difference is Difference.WIDENING):
        if f"{registry}/{person}" in refused or (change.way is Way.VISIBILITY and registry in refused):
            continue
        message = f"{person} would gain {words(change.rights)} ({change.reason})"
        advice = f"Take the membership away, or {_accept(Difference.WIDENING, f'{registry}/{person}')}"
        yield Finding(Code.WOULD_GAIN, "warning", registry, message, advice)


def _refusals(name: str, state: RegistryState, origin: Origin) -> Iterator[Refusal]:
    """What preview refuses of the file's members and visibility; of members of before the matrix tells."""
    if state.members is not None:
        new = Members(state.members.users, state.members.teams)
        found = check_members(name, None, new, origin.boundary, keep_creator=state.members.keep_creator)
        yield from (refusal for refusal in found if refusal.guard != "last-admin")
    before = origin.baseline.visibility if origin.baseline else None
    yield from check_registry(name, before, state.visibility, origin.boundary, origin.audience)


def _open(matrix: Matrix, wanted: Callable[[Change], bool]) -> Iterator[tuple[str, str, Change]]:
    seen = set()
    for block, person, change in matrix.changes():
        key = (block.registry, person, change.rights, change.way)
        if change.is_open and wanted(change) and key not in seen:
            seen.add(key)
            yield block.registry, person, change


def _by_class(matrix: Matrix) -> Iterator[Finding]:
    """One finding for each class of difference: named, counted, accepted or not."""
    found: dict[tuple[str, Difference, bool], dict[str, Change]] = {}
    for block, person, change in matrix.changes():
        if change.difference in _CODES:
            subject = block.team if change.difference is Difference.PUBLIC_ACCESS else block.registry
            key = (subject, change.difference, change.is_open)
            found.setdefault(key, {})[person] = change
        elif change.difference is Difference.LOSS:
            yield _loss(block.registry, person, change)
    for (subject, difference, is_open), people in found.items():
        gained = words(next(iter(people.values())).rights)
        message = f"{_WHAT[difference]} {gained}: {listed(people)} ({len(people)})"
        named = subject if difference is Difference.PUBLIC_ACCESS else ""
        advice = f"Decide in migration.yaml: {_accept(difference, named)}" if is_open else ""
        yield Finding(_CODES[difference], "warning" if is_open else "info", subject, message, advice)


def _loss(registry: str, person: str, change: Change) -> Finding:
    message = f"{person} would lose {words(change.rights)} ({change.settled or change.reason})"
    if not change.is_open:
        return Finding(Code.WOULD_LOSE, "info", registry, message)
    advice = f"Give the person a role, or {_accept(Difference.LOSS, f'{registry}/{person}')}"
    return Finding(Code.WOULD_LOSE, "warning", registry, message, advice)
