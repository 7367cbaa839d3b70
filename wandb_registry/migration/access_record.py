"""The record of access that goes into the inventory: people, decisions, and what could not be read."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from wandb_registry.migration.config import MigrationConfig
from wandb_registry.migration.facts import Facts, TeamFacts
from wandb_registry.state.people import AcceptedDifference, AccessRecord, Difference, Unprovable


def access_record(facts: Facts, config: MigrationConfig, *, open_to_all: bool) -> AccessRecord:
    """What is known about access beyond the teams; `open_to_all`: a registry is visible to everybody."""
    everybody = open_to_all or any(team.visibility in ("public", "open") for team in facts.teams)
    people = facts.people.people or ()
    used = {
        name: config.people[name]
        for team in facts.teams
        for name in sorted(person.username for person in team.people)
        if name in config.people
    }
    known = facts.people.named()
    return AccessRecord(
        scanned_by=facts.scanned_by,
        source=facts.people.source,
        organization=people,
        everybody=facts.people.complete,
        restricted_sources={
            project: config.restricted_sources.get(project, "undecided")
            for project, visibility in facts.projects.items()
            if visibility == "restricted"
        },
        teams=dict(facts.other_teams),
        unprovable=tuple(_unprovable(facts, everybody)),
        accepted=tuple(
            AcceptedDifference(difference=one.difference, subject=one.subject, reason=one.reason)
            for one in config.accept
        ),
        people=dict(sorted(used.items())),
        ids={
            name: known[name.casefold()].id
            for name in sorted(used.values())
            if name.casefold() in known and known[name.casefold()].id
        },
        roles=dict(sorted(config.roles.items())),
        registry_admins=config.registry_admins,
    )


def _unprovable(facts: Facts, everybody: bool) -> Iterator[Unprovable]:
    organization, people = facts.organization.name, facts.people
    if all(team.models is None for team in facts.teams):
        return
    if not people.roles_known:
        yield Unprovable(
            what="organization roles",
            subject=organization,
            reason="who administers the organization cannot be read with this key on this server",
            difference=Difference.ORGANIZATION_ADMINS,
        )
    if not people.service_accounts_known:
        yield Unprovable(
            what="service accounts of the organization",
            subject=organization,
            reason="which service accounts reach all teams cannot be read with this key on this server",
            difference=Difference.ORGANIZATION_SERVICE_ACCOUNTS,
        )
    if everybody and not people.complete:
        yield Unprovable(
            what="people of the organization",
            subject=organization,
            reason="who else is in the organization cannot be read with this key on this server",
        )
    yield from _of_teams(facts.teams)


def _of_teams(teams: Iterable[TeamFacts]) -> Iterator[Unprovable]:
    for team in teams:
        if team.models is None:
            continue
        # Where nothing is protected, nobody can lose it.
        if not team.admins_known and team.protected_aliases != ():
            yield Unprovable(
                what="Model Registry admins",
                subject=team.team,
                reason="they cannot be read with this key on this server",
                difference=Difference.REGISTRY_ADMINS,
            )
        if team.visibility is None:
            yield Unprovable(
                what="visibility of the legacy project",
                subject=team.team,
                reason="it cannot be read with this key on this server",
                difference=Difference.PUBLIC_ACCESS,
            )
        if not team.invited_known:
            yield Unprovable(
                what="people invited to the legacy project",
                subject=team.team,
                reason="it is restricted, and to whom cannot be read with this key",
            )
