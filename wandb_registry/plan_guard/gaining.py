"""Who would gain by a team's membership: `check` may not ask the server, the guard may."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from wandb_registry.errors import UserError, listed
from wandb_registry.guards.failures import Refusal
from wandb_registry.guards.members import WIDENING, team_of_subject
from wandb_registry.server.legacy import find_team
from wandb_registry.server.organizations import Organization
from wandb_registry.server.port import Port


def with_people(port: Port, organization: Organization, refusals: Iterable[Refusal]) -> Iterator[Refusal]:
    """The refusals, those of a team with the people in it; one request a team."""
    people: dict[str, str] = {}
    for refusal in refusals:
        team = team_of_subject(refusal.subject) if refusal.guard == WIDENING else None
        if team is None:
            yield refusal
            continue
        if team not in people:
            people[team] = _people(port, organization, team)
        yield replace(refusal, message=f"{refusal.message}: {people[team]}")


def _people(port: Port, organization: Organization, team: str) -> str:
    try:
        members = find_team(port, organization, team).members
    except UserError:
        return "who is in it cannot be read with this key"
    present = [member.username for member in members if not member.pending]
    return f"{len(present)} people are in it, {listed(present)}" if present else "nobody is in it"
