"""Scan: read a legacy registry and the target as they are. Nothing is judged here, and nothing written.

Who the organization's people are, and what restricts them, is read in documents of its own.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace

from wandb_registry.errors import UserError
from wandb_registry.migration.digest import without_pointer
from wandb_registry.migration.facts import Facts, LegacyModel, TeamFacts, Version
from wandb_registry.migration.people import OpenScim, PeopleFacts, gather_people
from wandb_registry.migration.people_csv import PeopleFile
from wandb_registry.server.collections import Home
from wandb_registry.server.contents import Contents, SourcedLink, list_contents
from wandb_registry.server.errors import NotVisible
from wandb_registry.server.legacy import (
    Governance,
    Team,
    TeamMember,
    entity_kinds,
    find_team,
    read_governance,
    read_models,
)
from wandb_registry.server.members import list_members
from wandb_registry.server.organizations import Organization, find_organization
from wandb_registry.server.port import Port
from wandb_registry.server.projects import (
    project_roles,
    project_visibilities,
    service_accounts_at_work,
)
from wandb_registry.server.registries import Registry, list_registries
from wandb_registry.server.viewer import get_viewer
from wandb_registry.state.inventory import (
    BaselineCollection,
    BaselineLink,
    BaselineRegistry,
    LegacyVisibility,
    Person,
)
from wandb_registry.state.names import LEGACY_PROJECT
from wandb_registry.state.people import OrganizationPerson

Notify = Callable[[str], None]  # is told what is being read


class SameTeamTwice(UserError):
    """A team was named twice."""


def scan_legacy(
    port: Port,
    organization: str,
    teams: Sequence[str],
    notify: Notify = lambda _: None,
    *,
    open_scim: OpenScim | None = None,
    people_file: PeopleFile | None = None,
) -> Facts:
    """The legacy registries of teams; names may be in any case, the answer holds the server's own."""
    found = find_organization(port, organization)
    notify(f"people of {found.name}")
    people = gather_people(port, found, open_scim, people_file)
    seen: dict[str, TeamFacts] = {}
    for name in teams:
        notify(f"team {name}")
        team = find_team(port, found, name)
        if team.name in seen:
            raise SameTeamTwice(f"team {team.name} is given twice", advice="Name each team once")
        seen[team.name] = _read_team(port, team, people, notify)
    facts = tuple(seen[name] for name in sorted(seen))
    sources = {
        (version.source.entity, version.source.project)
        for team_facts in facts
        for model in team_facts.models or ()
        for version in model.versions
        if version.source
    }
    legacy = {(team_facts.team, LEGACY_PROJECT) for team_facts in facts if team_facts.models is not None}
    visibilities = project_visibilities(port, sources | legacy)
    facts = tuple(_seen_by(port, one, visibilities.get((one.team, LEGACY_PROJECT))) for one in facts)
    facts = _with_service_accounts(port, facts)
    owners = {entity for entity, _ in sources}
    # A scanned team is known to be one of the organization.
    kinds = entity_kinds(port, owners - set(seen))
    projects = {"/".join(path): visibilities.get(path) for path in sorted(sources)}
    who = get_viewer(port).username
    return Facts(port.base_url, found, facts, kinds, people=people, scanned_by=who, projects=projects)


def scan_target(
    port: Port, facts: Facts, registries: Iterable[str], notify: Notify = lambda _: None
) -> Facts:
    """The facts with what the target already holds under these names, compared without case."""
    wanted = {name.casefold(): name for name in registries}
    there = {
        wanted[registry.name.casefold()]: registry
        for registry in list_registries(port, facts.organization)
        if registry.name.casefold() in wanted
    }
    target = {}
    for name in sorted(there):
        notify(f"registry {there[name].name}")
        target[name] = _baseline(port, facts.organization, there[name])
    scanned = {team.team for team in facts.teams}
    members = {team for registry in target.values() for team in registry.teams} - scanned
    others = {team: people for team in sorted(members) if (people := _people_of(port, facts, team))}
    return replace(facts, target=target, other_teams=others)


def _people_of(port: Port, facts: Facts, team: str) -> tuple[str, ...] | None:
    """The people of a team that is not scanned; None where this key cannot tell."""
    try:
        found = find_team(port, facts.organization, team)
    except UserError:
        return facts.people.teams.get(team)
    return tuple(member.username for member in found.members if not member.pending)


def _seen_by(port: Port, team: TeamFacts, visibility: LegacyVisibility | None) -> TeamFacts:
    """The team with the visibility of its legacy project; where restricted, with the roles in that itself.

    Roles in a project that is not restricted are in no listing that is known.
    """
    if visibility != "restricted":
        return replace(team, visibility=visibility)
    roles = project_roles(port, (team.team, LEGACY_PROJECT))
    people = tuple(
        person.model_copy(
            update={
                "project_role": (roles or {}).get(person.username),
                "invited": person.team_role == "admin" or person.username in (roles or {}),
            }
        )
        for person in team.people
    )
    return replace(team, visibility=visibility, people=people, invited_known=roles is not None)


def _read_team(port: Port, team: Team, people: PeopleFacts, notify: Notify) -> TeamFacts:
    if not team.has_legacy and get_viewer(port).username not in {m.username for m in team.members}:
        raise NotVisible(
            f"the legacy registry of team {team.name} cannot be seen with this key",
            advice="Use the key of a member of the team: only then is it certain that there is none",
        )
    governance = read_governance(port, team.name)
    contents = (
        read_models(port, team.name, lambda model: notify(f"team {team.name}: {model}"))
        if team.has_legacy
        else None
    )
    if governance.admins is None and team.name in people.registry_admins:
        governance = replace(governance, admins=people.registry_admins[team.name])
    known = people.named()
    present = [member for member in team.members if not member.pending]
    return TeamFacts(
        team=team.name,
        people=tuple(_person(m, governance, known.get(m.username.casefold())) for m in present),
        pending=tuple(member.username for member in team.members if member.pending),
        admins_known=governance.admins is not None,
        protected_aliases=governance.protected_aliases,
        models=None if contents is None else tuple(_model(c) for c in contents if not c.is_sequence),
        sequences=tuple(c.collection.name for c in contents or () if c.is_sequence),
    )


def _with_service_accounts(port: Port, teams: Sequence[TeamFacts]) -> tuple[TeamFacts, ...]:
    """The teams with the service accounts from outside that logged or used the newest of each model."""
    newest = {
        team.team: {model.versions[-1].artifact_id for model in team.models or () if model.versions}
        for team in teams
    }
    found = service_accounts_at_work(port, set[str]().union(*newest.values()))
    done = []
    for team in teams:
        seen = {who for one in newest[team.team] for who in (found or {}).get(one, ())}
        outside = sorted(seen - {person.username for person in team.people})
        done.append(replace(team, at_work=None if found is None else tuple(outside)))
    return tuple(done)


def _person(member: TeamMember, governance: Governance, known: OrganizationPerson | None) -> Person:
    return Person(
        username=member.username,
        id=member.id,
        team_role=member.role,
        service_account=member.service_account or bool(known and known.service_account),
        registry_admin=member.username in (governance.admins or ()),
        seat=known.seat if known else None,
        organization_role=known.role if known else None,
        organization_wide=bool(known and known.organization_wide),
    )


def _model(contents: Contents) -> LegacyModel:
    collection = contents.collection
    return LegacyModel(
        name=collection.name,
        type=collection.type,
        description=without_pointer(collection.description),
        tags=collection.tags,
        versions=tuple(_version(found) for found in contents.links),
    )


def _version(found: SourcedLink) -> Version:
    return Version(
        number=found.link.version,
        artifact_id=found.link.artifact_id,
        digest=found.link.digest,
        source=found.source,
        aliases=found.link.aliases,
        gone=found.gone,
        latest=found.latest,
    )


def _baseline(port: Port, organization: Organization, registry: Registry) -> BaselineRegistry:
    members = list_members(port, organization, registry.project)
    contents = list_contents(port, Home.of(organization, registry.project))
    return BaselineRegistry(
        id=registry.id,
        visibility=registry.visibility,
        description=registry.description,
        artifact_types="any" if registry.artifact_types is None else registry.artifact_types,
        teams={who.name: m.role for who, m in sorted(members.items()) if who.kind == "team"},
        users={who.name: m.role for who, m in sorted(members.items()) if who.kind == "user"},
        collections={c.collection.name: _baseline_collection(c) for c in contents},
    )


def _baseline_collection(contents: Contents) -> BaselineCollection:
    collection = contents.collection
    return BaselineCollection(
        id=collection.id,
        type=collection.type,
        description=collection.description,
        tags=collection.tags,
        links={
            found.link.artifact_id: BaselineLink(version=found.link.version, aliases=found.link.aliases)
            for found in contents.links
        },
    )
