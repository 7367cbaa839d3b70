"""What scan recorded about the registries of a stack file: whence their contents, and who could see them.

The inventory knows registries by the names that they had at the scan, and keeps the boundary by registry.
Access follows the content: whoever may see a registry sees every version in it, whichever team it came
from. So the boundary that counts is the registry's own and that of each team whose versions stand in it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from wandb_registry.state.inventory import INVITED_ONLY, BaselineRegistry, Boundary, Inventory
from wandb_registry.state.models import LinkState, RegistryState
from wandb_registry.state.names import LEGACY_PROJECT, problem_with_alias
from wandb_registry.state.people import AccessRecord, Difference
from wandb_registry.state.roles import Role, highest
from wandb_registry.state.sources import Source


@dataclass(frozen=True, slots=True)
class Origin:
    """What is known about one registry; everything is empty where it has no legacy origin.

    `audience`: who would gain if it were visible to the organization; None where nobody told who is in it.
    `protected`: the aliases that only some could move on the legacy side. `closed`: source -> the restricted
    project that it comes from, which nobody decided to open. `opened`: the restricted projects that reviewers
    decided to link from. `strange_teams`: member teams that the boundary does not name -> their people, as
    far as scan read them. `kept_users`, `kept_teams`: members of before whom the file does not name, who stay
    and whom nobody accepted.
    """

    baseline: BaselineRegistry | None = None
    boundary: Boundary = field(default_factory=dict)
    audience: tuple[str, ...] | None = None
    protected: tuple[str, ...] = ()
    closed: Mapping[str, str] = field(default_factory=dict)
    opened: tuple[str, ...] = ()
    user_ids: Mapping[str, str] = field(default_factory=dict)
    service_accounts: tuple[str, ...] = ()
    strange_teams: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    kept_users: Mapping[str, Role] = field(default_factory=dict)
    kept_teams: Mapping[str, Role] = field(default_factory=dict)
    fills_gaps: bool = False


class Origins:
    """One inventory, asked about registries as a stack file has them today."""

    def __init__(self, inventory: Inventory) -> None:
        self._inventory = inventory
        self._access = inventory.access or AccessRecord()
        self._by_path: dict[str, set[str]] = {}
        self._paths: dict[str, str] = {}
        self._models: dict[str, dict[str, str]] = {}  # artifact id -> team -> model
        for legacy in inventory.legacy:
            for collection in legacy.collections:
                for link in collection.links:
                    self._models.setdefault(link.artifact_id, {}).setdefault(legacy.team, collection.name)
                    # A legacy link leads to its version too.
                    linked = f"{legacy.team}/{LEGACY_PROJECT}/{collection.name}:v{link.version}"
                    for path in filter(None, (link.source, linked)):
                        self._by_path.setdefault(path, set()).add(link.artifact_id)
                    if link.source is not None:
                        self._paths[link.artifact_id] = link.source
        self._people = inventory.people_of_teams()
        self._ids = {name.casefold(): member_id for name, member_id in inventory.user_ids().items()}
        self._services = {name.casefold() for name in inventory.service_accounts()}
        recorded = [named for boundary in inventory.boundaries.values() for named in boundary.items()]
        self._boundaries = {label.removesuffix(INVITED_ONLY): (label, people) for label, people in recorded}

    def of(self, name: str, state: RegistryState) -> Origin:
        """Everything about one registry of the stack file."""
        names = [name, *([state.renamed_from] if state.renamed_from else ())]
        links = [link for collection in state.collections.values() for link in collection.links.items()]
        boundary = self.boundary(names, filter(None, (self.artifact_id(*link) for link in links)))
        restricted = self._access.restricted_sources
        projects = self._projects(links)
        closed = {source: project for source, project in projects if restricted[project] != "link"}
        baseline = next(
            (self._inventory.baseline[one] for one in names if one in self._inventory.baseline), None
        )
        kept_users, kept_teams = self._kept(name, state, baseline, boundary)
        users = state.members.users if state.members else {}
        return Origin(
            baseline=baseline,
            boundary=boundary,
            audience=self._audience(boundary),
            protected=self._protected(boundary),
            closed=closed,
            opened=tuple(project for project, decision in restricted.items() if decision == "link"),
            user_ids={user: self._ids[user.casefold()] for user in users if user.casefold() in self._ids},
            service_accounts=tuple(user for user in users if user.casefold() in self._services),
            strange_teams=self._strange_teams(state.members.teams if state.members else {}, boundary),
            kept_users=kept_users,
            kept_teams=kept_teams,
            fills_gaps=self._inventory.numbering == "exact",
        )

    def artifact_id(self, source: str, link: LinkState) -> str | None:
        """The identity of a declared link; None where only its path is known, and scan saw none behind it."""
        parsed = Source.parse(source)
        return link.id or parsed.artifact_id or self.recorded_id(source)

    def recorded_id(self, path: str) -> str | None:
        """The artifact id that scan saw behind a path; None where it saw none, or several."""
        known = self._by_path.get(path, set())
        return next(iter(known)) if len(known) == 1 else None

    def boundary(self, names: Iterable[str], versions: Iterable[str]) -> Boundary:
        """The boundary of a registry that has or had these names and holds these versions, by id or path."""
        recorded = next((b for n in names if (b := self._inventory.boundaries.get(n)) is not None), {})
        found = dict(recorded)
        own = {label.removesuffix(INVITED_ONLY) for label in recorded}
        for version in versions:
            artifact_id = self.recorded_id(version) if "/" in version else version
            for team, _ in self.strangers(artifact_id or "", own):
                if team in self._boundaries:
                    label, people = self._boundaries[team]
                    found[label] = people
        return found

    def strangers(self, artifact_id: str, own: Collection[str]) -> list[tuple[str, str]]:
        """The teams, each with its model, from whose legacy registries a version came; none where one of
        them is among `own`."""
        models = self._models.get(artifact_id, {})
        return [] if models.keys() & set(own) else sorted(models.items())

    def _projects(self, links: Iterable[tuple[str, LinkState]]) -> Iterator[tuple[str, str]]:
        """Each link from a project that was restricted at the scan, by its path or by what scan saw."""
        restricted = self._access.restricted_sources
        for source, link in links if restricted else ():
            recorded = self._paths.get(self.artifact_id(source, link) or "", "")
            for path in (recorded, source):
                project = path.rpartition("/")[0]
                if project in restricted:
                    yield source, project
                    break

    def _kept(
        self, registry: str, state: RegistryState, baseline: BaselineRegistry | None, boundary: Boundary
    ) -> tuple[dict[str, Role], dict[str, Role]]:
        """Users and teams of before whom the file does not name; a strange team as the people in it."""
        if baseline is None or not boundary:
            return {}, {}
        named = state.members
        teams = {name: role for name, role in baseline.teams.items() if not named or name not in named.teams}
        users = {name: role for name, role in baseline.users.items() if not named or name not in named.users}
        for team, people in self._strange_teams(teams, boundary).items():
            role = teams.pop(team)
            users = {person: highest([role, users.get(person, role)]) for person in people} | {
                name: role for name, role in users.items() if name not in people
            }
        accepted = self._access.acceptance
        left = {
            name: role
            for name, role in users.items()
            if accepted(Difference.WIDENING, name, f"{registry}/{name}") is None
        }
        return left, teams

    def _strange_teams(self, teams: Iterable[str], boundary: Boundary) -> dict[str, tuple[str, ...]]:
        strange = [team for team in teams if team not in boundary and team in self._people]
        return {team: tuple(sorted(self._people[team])) for team in strange}

    def _protected(self, boundary: Boundary) -> tuple[str, ...]:
        """The aliases that were protected by a team of this boundary, and that can be declared."""
        teams = {label.removesuffix(INVITED_ONLY) for label in boundary}
        legacy = [one for one in self._inventory.legacy if one.team in teams]
        aliases = {alias for one in legacy for alias in one.protected_aliases}
        return tuple(sorted(alias for alias in aliases if problem_with_alias(alias) is None))

    def _audience(self, boundary: Boundary) -> tuple[str, ...] | None:
        if not self._access.everybody:
            return None
        known = [{person.casefold() for person in people} for people in boundary.values()]
        return tuple(
            person.username
            for person in self._access.organization
            if person.seat != "none"
            and not person.is_admin
            and not all(person.username.casefold() in people for people in known)
        )
