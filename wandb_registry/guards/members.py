"""Guards over the memberships of one registry: who would gain, who would lose."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from wandb_registry.errors import listed
from wandb_registry.guards.failures import Refusal, too_many_removed
from wandb_registry.state.inventory import Boundary
from wandb_registry.state.roles import Role

Roles = Mapping[str, Role]

WIDENING = "widening"


@dataclass(frozen=True)
class Members:
    """Desired members by name."""

    users: Roles = field(default_factory=dict)
    teams: Roles = field(default_factory=dict)

    @property
    def labels(self) -> dict[str, Role]:
        """All of them as `user alice`, `team fraud`."""
        return {
            **{f"user {name}": role for name, role in self.users.items()},
            **{f"team {name}": role for name, role in self.teams.items()},
        }

    def person(self, name: str, teams_of: Mapping[str, frozenset[str]]) -> Role | None:
        """The highest role that a person would have, by name or through a team."""
        roles = [self.users[name]] if name in self.users else []
        roles += [self.teams[team] for team in teams_of.get(name, frozenset()) if team in self.teams]
        return max(roles, key=lambda role: role.rank, default=None)


def check_members(
    registry: str,
    old: Members | None,
    new: Members,
    boundary: Boundary,
    *,
    keep_creator: bool,
    strange_teams: Mapping[str, Sequence[str]] | None = None,
) -> Iterator[Refusal]:
    """Every rule over memberships that old and new inputs can tell; `old` None at the first time.

    `strange_teams`: the people of teams that the boundary does not name, as far as they are known.
    """
    teams_of = _teams_of(boundary)
    yield from _widening(registry, new, boundary, teams_of, strange_teams or {})
    yield from _download_loss(registry, old, new, boundary, teams_of)
    yield from _last_admin(registry, old, new, keep_creator)
    if old is not None:
        removed = sorted(set(old.labels) - set(new.labels))
        if too_many_removed(len(removed), len(old.labels)):
            yield Refusal(
                "removal-share",
                f"{registry}/members",
                f"{len(removed)} of {len(old.labels)} members of {registry} would be removed: "
                + ", ".join(removed),
            )


def check_kept(registry: str, kept: Members, boundary: Boundary) -> Iterator[Refusal]:
    """Members of before, who are never removed: they would see what the file puts into their registry."""
    yield from _widening(registry, kept, boundary, _teams_of(boundary), {})


def check_service_accounts(registry: str, users: Roles, service_accounts: Iterable[str]) -> Iterator[Refusal]:
    """W&B lets a service account be no less than member, and refuses the role when it is too late."""
    for name in sorted(service_accounts):
        role = users.get(name)
        if role is not None and not role.covers(Role.MEMBER):
            message = (
                f"service account {name} would be {role} of {registry}, and W&B makes it member at least"
            )
            yield Refusal("service-account-role", f"{registry}/{name}", message, final=True)


def team_of_subject(subject: str) -> str | None:
    """The team that a refusal is about; None for one about a person or a registry."""
    who = subject.partition("/")[2]
    return who.removeprefix("team ") if who.startswith("team ") else None


def _teams_of(boundary: Boundary) -> dict[str, frozenset[str]]:
    result: dict[str, set[str]] = {}
    for team, people in boundary.items():
        for person in people:
            result.setdefault(person, set()).add(team)
    return {person: frozenset(teams) for person, teams in result.items()}


def _widening(
    registry: str,
    new: Members,
    boundary: Boundary,
    teams_of: Mapping[str, frozenset[str]],
    strange_teams: Mapping[str, Sequence[str]],
) -> Iterator[Refusal]:
    """Each person above what every one of the registry's legacy teams justified for them."""
    if not boundary:
        return  # no legacy origin, nothing recorded, no rule
    for team in sorted(new.teams):
        if team not in boundary:
            people = f" ({listed(strange_teams[team])})" if strange_teams.get(team) else ""
            message = f"team {team}{people} would see {registry}, whose models were not shared with it"
            yield Refusal(WIDENING, f"{registry}/team {team}", message)
    for person in sorted({*new.users, *teams_of}):
        role = new.person(person, teams_of)
        if role is None:
            continue
        justified = [people.get(person) for people in boundary.values()]
        known = [r for r in justified if r is not None]
        if not known or not any(r.covers(role) for r in known):
            had = max(known, key=lambda r: r.rank).value if known else "no access"
            message = f"{person} would be {role} of {registry}, and had {had} on the legacy side"
            yield Refusal(WIDENING, f"{registry}/{person}", message)
        elif not all(r is not None and r.covers(role) for r in justified):
            others = ", ".join(
                sorted(t for t, p in boundary.items() if not (r := p.get(person)) or not r.covers(role))
            )
            message = f"by merging teams into {registry}, {person} would be {role} of models of team {others}"
            yield Refusal("merge-widening", f"{registry}/{person}", message)


def _download_loss(
    registry: str,
    old: Members | None,
    new: Members,
    boundary: Boundary,
    teams_of: Mapping[str, frozenset[str]],
) -> Iterator[Refusal]:
    """People who could download and would only be allowed to look."""
    for person in sorted({*new.users, *teams_of}):
        role = new.person(person, teams_of)
        if role is None or role.downloads:
            continue
        before = [people[person] for people in boundary.values() if person in people]
        previous = old.person(person, teams_of) if old else None
        if any(r.downloads for r in [*before, *([previous] if previous else [])]):
            message = f"{person} could download from {registry} and would be a restricted viewer, who cannot"
            yield Refusal("download-loss", f"{registry}/{person}", message)
    for team in sorted(new.teams):
        before_role = old.teams.get(team) if old else None
        if before_role and before_role.downloads and not new.teams[team].downloads and team not in boundary:
            message = f"team {team} could download from {registry} and would be a restricted viewer"
            yield Refusal("download-loss", f"{registry}/team {team}", message)


def _last_admin(registry: str, old: Members | None, new: Members, keep_creator: bool) -> Iterator[Refusal]:
    if Role.ADMIN in new.labels.values():
        return
    had_admin = old is not None and Role.ADMIN in old.labels.values()
    if had_admin or not keep_creator:
        yield Refusal("last-admin", registry, f"{registry} would be left without an admin")
