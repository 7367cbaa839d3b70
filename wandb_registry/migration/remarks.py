"""Findings about teams, about versions that several models share, and about what the target holds."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from wandb_registry.errors import listed
from wandb_registry.migration.boundary import justified_role, mapped_role, unmapped_roles
from wandb_registry.migration.config import MigrationConfig
from wandb_registry.migration.facts import TeamFacts
from wandb_registry.migration.findings import Code, Finding
from wandb_registry.migration.placement import Placed
from wandb_registry.state.inventory import BaselineCollection, BaselineRegistry, Person
from wandb_registry.state.models import CollectionState, RegistryState


def remarks_on_team(team: TeamFacts, config: MigrationConfig) -> Iterator[Finding]:
    """What a reviewer has to know about a team's people and its registry as a whole."""
    if team.models is None:
        yield Finding(
            Code.NO_LEGACY_REGISTRY,
            "warning",
            team.team,
            "has no legacy registry, so no registry is written for it",
        )
        return
    for sequence in team.sequences:
        yield Finding(
            Code.NOT_A_MODEL,
            "info",
            f"{team.team}/{sequence}",
            "is an artifact logged straight into project model-registry, no registered model; it stays there",
        )
    yield from _people(team, config)
    yield from _registry_admins(team, config)
    yield from _protected_aliases(team)


def remarks_on_teams_together(registry: str, teams: Sequence[str]) -> Iterator[Finding]:
    """Teams that share a registry see each other's models."""
    if len(teams) > 1:
        yield Finding(
            Code.MERGED_TEAMS,
            "warning",
            registry,
            f"holds the models of {listed(teams)}: each sees those of the others from now on",
            "Each person who gains access needs an override of guard `widening`; preview names them",
        )


def remarks_on_shared_versions(placed: Iterable[Placed]) -> Iterator[Finding]:
    """Versions that stand in several models: fine, each collection links them."""
    holders: dict[str, list[str]] = {}
    for one in placed:
        if one.registry is None:
            continue
        for version in one.model.versions:
            if not version.gone:
                holders.setdefault(version.artifact_id, []).append(f"{one.subject}:v{version.number}")
    for links in holders.values():
        if len(links) > 1:
            message = f"is the same version as {listed(links[1:])}; each is linked"
            yield Finding(Code.SHARED_VERSION, "info", links[0], message)


def remarks_on_target(
    name: str, asked: RegistryState, there: BaselineRegistry | None, baseline: BaselineRegistry | None
) -> Iterator[Finding]:
    """What a registry already holds, and where that stands in the way."""
    if baseline is not None:
        people = len(baseline.users) + len(baseline.teams)
        yield Finding(
            Code.ALREADY_ON_TARGET,
            "warning",
            name,
            f"is already there with {len(baseline.collections)} collections and {people} members; "
            "they are recorded and never removed",
            "Choose another name in migration.yaml if this is somebody else's registry",
        )
    if asked.visibility != "restricted":
        yield Finding(
            Code.VISIBILITY_KEPT,
            "warning",
            name,
            "is visible to the whole organization and stays so, so everybody in it sees the models",
            "Choose another registry in migration.yaml, or add overrides of guard `widening`",
        )
    if there is not None:
        for collection, wanted in asked.collections.items():
            held = there.collections.get(collection)
            if held is not None:
                yield from _taken(f"{name}/{collection}", wanted, held)


def _taken(subject: str, asked: CollectionState, held: BaselineCollection) -> Iterator[Finding]:
    if held.type != asked.type:
        yield Finding(
            Code.TYPE_TAKEN,
            "block",
            subject,
            f"is already there and takes {held.type}, not {asked.type}; the type of a collection is fixed",
            "Give the model another name in migration.yaml under renames.models",
        )
    numbers = {link.version: artifact_id for artifact_id, link in held.links.items()}
    wrong = [
        f"v{link.version}"
        for link in asked.links.values()
        if link.id is not None
        and link.version is not None
        and (
            numbers.get(link.version, link.id) != link.id
            or (link.id in held.links and held.links[link.id].version != link.version)
        )
    ]
    if wrong:
        yield Finding(
            Code.NUMBERS_TAKEN,
            "warning",
            subject,
            f"is already there and gives {listed(wrong)} to other versions",
            "Give the model another name in migration.yaml, or accept other numbers with accept_version",
        )


def _people(team: TeamFacts, config: MigrationConfig) -> Iterator[Finding]:
    if team.pending:
        yield Finding(
            Code.PENDING_MEMBERS,
            "info",
            team.team,
            f"has open invitations: {listed(team.pending)}; they get access through the team once they join",
        )
    view_only = [p.username for p in team.people if p.team_role == "view-only" and not p.service_account]
    if view_only:
        yield Finding(
            Code.VIEW_ONLY_PEOPLE,
            "info",
            team.team,
            f"has view-only people: {listed(view_only)}; the team becomes viewer, everybody who may more "
            "gets an entry",
            "People who join the team later get viewer: give them an entry if they need more",
        )
    for role, people in sorted(unmapped_roles(team.people, config).items()):
        yield Finding(
            Code.CUSTOM_ROLE,
            "block",
            team.team,
            f"has people with the custom role {role}: {listed(people)}; what it allows cannot be read",
            f"Say in migration.yaml what they get: roles: {{{role}: viewer}}",
        )
    above = [person.username for person in team.people if _above(person, config)]
    if above:
        yield Finding(
            Code.ROLE_ABOVE_LEGACY,
            "warning",
            team.team,
            f"the role map gives these people more than they had: {listed(above)}",
            "Each needs an entry of guard `widening` in overrides",
        )


def _above(person: Person, config: MigrationConfig) -> bool:
    had, gets = justified_role(person, config), mapped_role(person, config)
    return had is not None and gets is not None and not had.covers(gets)


def _registry_admins(team: TeamFacts, config: MigrationConfig) -> Iterator[Finding]:
    if not team.admins_known:
        yield Finding(
            Code.REGISTRY_ADMINS_UNREADABLE,
            "warning",
            team.team,
            "its Model Registry admins cannot be read with this key on this server",
            "Look them up in the team's settings; without them their access is unprovable",
        )
    admins = [person.username for person in team.people if person.registry_admin]
    if not admins:
        return
    if config.registry_admins == "admin":
        message = f"its Model Registry admins become registry admins: {listed(admins)}"
        yield Finding(Code.REGISTRY_ADMINS, "info", team.team, f"{message}; they may invite others")
        return
    yield Finding(
        Code.REGISTRY_ADMINS,
        "warning",
        team.team,
        f"its Model Registry admins keep their team role and lose the protected aliases: {listed(admins)}",
        "Say in migration.yaml `registry_admins: admin` if they shall keep them (and may invite others), or "
        "accept each loss by name: accept: [{difference: registry_admins, subject: NAME, reason: ...}]",
    )


def _protected_aliases(team: TeamFacts) -> Iterator[Finding]:
    if team.protected_aliases is None:
        yield Finding(
            Code.PROTECTED_ALIASES_UNREADABLE,
            "warning",
            team.team,
            "its protected aliases cannot be read with this key on this server",
            "Look them up in the team's settings and write them into the stack file",
        )
    elif team.protected_aliases:
        yield Finding(
            Code.PROTECTED_ALIASES,
            "warning",
            team.team,
            f"has protected aliases: {listed(team.protected_aliases)}",
            "Protect them in the registry's settings by hand after `pulumi up`; verify lists them as manual",
        )
