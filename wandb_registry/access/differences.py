"""Differences: what somebody gains or loses, why, and what settles it.

Settled is what reviewers decided: an acceptance of migration.yaml (in the inventory), an override of the
stack file, or a rule of the role map. Everything else is open, and fails verify.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from wandb_registry.access.after import Has, Members, Way
from wandb_registry.access.before import Had
from wandb_registry.access.rights import EVERYTHING, NONE, OF_ROLE, Grant, Right
from wandb_registry.state.inventory import Person
from wandb_registry.state.models import Override
from wandb_registry.state.people import AccessRecord, Difference

# Guards whose overrides in a stack file settle a difference too.
_GUARDS = {
    Difference.WIDENING: frozenset({"widening", "merge-widening"}),
    Difference.LOSS: frozenset({"loss", "download-loss"}),
}
SERVICE = "service"


@dataclass(frozen=True, slots=True)
class Change:
    """Rights that somebody gains or loses.

    `difference` is None for somebody who joined or left a team since the scan (`since`), which nobody has
    to accept. `settled`: what decided it; "" where nothing did.
    """

    gained: bool
    rights: Right
    difference: Difference | None
    reason: str
    settled: str = ""
    since: bool = False
    way: Way | None = None  # of something gained

    @property
    def is_open(self) -> bool:
        """Whether nobody decided it."""
        return not self.settled and not self.since


@dataclass(frozen=True, slots=True)
class Decisions:
    """What reviewers decided about one stack."""

    record: AccessRecord
    overrides: tuple[Override, ...] = ()

    def settle(self, change: Change, place: Place, person: str) -> Change:
        """The change with what settles it, if anything does."""
        if not change.is_open or change.difference is None:
            return change
        settled = self._acceptance(change.difference, place, person) or self._override(change, place, person)
        return replace(change, settled=settled) if settled else change

    def _acceptance(self, difference: Difference, place: Place, person: str) -> str:
        subject = place.team if difference is Difference.PUBLIC_ACCESS else person
        accepted = self.record.acceptance(difference, subject, f"{place.registry}/{subject}")
        return "" if accepted is None else f"accepted: {accepted.reason}"

    def _override(self, change: Change, place: Place, person: str) -> str:
        guards = _GUARDS.get(change.difference, frozenset()) if change.difference else frozenset()
        for override in self.overrides if guards else ():
            subject = override.subject.casefold()
            named = subject == f"{place.registry}/{person}".casefold()
            # The override for a registry as a whole is about its visibility, not about its members.
            whole = change.way is Way.VISIBILITY and subject == place.registry.casefold()
            if override.guard in guards and (named or whole):
                return f"override by {override.approved_by}: {override.reason}"
        return ""


@dataclass(frozen=True, slots=True)
class Place:
    """The models of one legacy team that stand in one registry.

    `protects`: an alias of them is protected. `people`: those of the team when it was scanned, in lower
    case. `members`: of the registry. `copied`: the models stand in a registry of their own too. `since`:
    somebody linked them here by hand.
    """

    team: str
    registry: str
    protects: bool
    people: frozenset[str]
    members: Members
    copied: bool = False
    since: bool = False

    @property
    def shown(self) -> Right:
        """The columns that mean anything: without a protected alias nothing is kept for some."""
        return EVERYTHING if self.protects else EVERYTHING & ~Right.PROTECT


def changes(had: Had | None, has: Has | None, place: Place, decisions: Decisions) -> tuple[Change, ...]:
    """Everything that differs for one person between the legacy side and the registry."""
    before = had.grant.rights & place.shown if had else NONE
    found: list[Change] = []
    if has is not None:
        found += _gained(had, has, before, place, decisions.record)
    if had is not None and not (place.copied or place.since):
        after = has.through(*Way).rights if has else NONE
        found += _lost(had, before & ~after, place, decisions.record)
    name = has.name if has else had.name if had else ""
    return tuple(decisions.settle(change, place, name) for change in found)


def _gained(had: Had | None, has: Has, before: Right, place: Place, record: AccessRecord) -> Iterator[Change]:
    """What each way adds, the deliberate ones first: only the rest is the platform's doing."""
    seen = before
    for way in (Way.MEMBER, Way.TEAM, Way.VISIBILITY, Way.CREATOR, Way.ORGANIZATION_ADMIN):
        grant = has.through(way)
        gain = grant.rights & place.shown & ~seen
        seen |= gain
        if not gain:
            continue
        if place.since:
            reason = f"{grant.reason}: models of team {place.team} were linked here by hand"
            yield Change(True, gain, None, reason, since=True, way=way)
        elif way is Way.ORGANIZATION_ADMIN:
            yield Change(True, gain, Difference.ORGANIZATION_ADMINS, grant.reason, way=way)
        elif way is Way.CREATOR:
            known = has.name.casefold() == record.scanned_by.casefold()
            settled = "keep_creator of the stack file" if known else ""
            yield Change(True, gain, Difference.CREATOR, grant.reason, settled=settled, way=way)
        elif way is Way.TEAM and _joined(has, place):
            yield Change(True, gain, None, f"joined team {place.team} since the scan", since=True, way=way)
        else:
            yield _deliberate(had, gain, grant, way, record)


def _joined(has: Has, place: Place) -> bool:
    return (
        place.members.live and place.team.casefold() in has.teams and has.name.casefold() not in place.people
    )


def _deliberate(had: Had | None, gain: Right, grant: Grant, way: Way, record: AccessRecord) -> Change:
    """What members were given on purpose: as far as no role of W&B gives less, it is imposed."""
    person = had.person if had else None
    if had and Right.MANAGE in had.grant.rights and gain == Right.PROTECT:
        reason = f"{grant.reason}: no role manages members without protected aliases"
        return Change(True, gain, Difference.TEAM_ADMINS, reason, way=way)
    if person and person.service_account and gain == Right.WRITE:
        reason = f"{grant.reason}: W&B lets a service account be no less than member"
        return Change(True, gain, Difference.SERVICE_ACCOUNTS, reason, way=way)
    mapped = person and person.registry_admin and record.registry_admins == "admin" and way is Way.MEMBER
    settled = "registry_admins: admin of migration.yaml" if mapped else ""
    return Change(True, gain, Difference.WIDENING, grant.reason, settled=settled, way=way)


def _lost(had: Had, lost: Right, place: Place, record: AccessRecord) -> Iterator[Change]:
    person, reason = had.person, had.grant.reason
    # Whoever could still come through the team, whose people nobody told, is not said to have lost it.
    if not lost or place.team.casefold() in {team.casefold() for team in place.members.unknown_teams}:
        return
    if person is None:
        wide = had.organization_wide
        outside = Difference.ORGANIZATION_SERVICE_ACCOUNTS if wide else Difference.PUBLIC_ACCESS
        yield Change(False, lost, outside, reason)
    elif _left(had, place):
        yield Change(False, lost, None, f"left team {place.team} since the scan", since=True)
    else:
        if person.registry_admin and Right.PROTECT in lost:
            yield Change(False, Right.PROTECT, Difference.REGISTRY_ADMINS, "Model Registry admin")
            lost &= ~Right.PROTECT
        if public := lost & had.outside & ~Right.PROTECT:
            yield Change(False, public, Difference.PUBLIC_ACCESS, reason)
            lost &= ~public
        if lost:
            yield Change(False, lost, Difference.LOSS, reason, settled=_mapped_lower(person, lost, record))


def _left(had: Had, place: Place) -> bool:
    if not place.members.live:
        return False
    people = place.members.people_of(place.team)
    return people is not None and had.name.casefold() not in people


def _mapped_lower(person: Person, lost: Right, record: AccessRecord) -> str:
    """Where the role map asks for less than somebody had, the loss is what reviewers wanted."""
    kind = SERVICE if person.service_account else person.team_role
    mapped = record.roles.get(kind)
    if mapped is None or lost & OF_ROLE[mapped]:
        return ""
    return f"roles of migration.yaml: {kind}: {mapped}"
