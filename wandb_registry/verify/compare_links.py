"""Links of one collection: stack file and inventory against the target.

The identity of a link is its artifact id. Number, artifact and digest are evidence and always count;
aliases, and links that came or went, may be the daily work of others (`manage: once`).
"""

from __future__ import annotations

from collections.abc import Generator, Iterator
from dataclasses import dataclass, field

from wandb_registry.state.models import CollectionState, LinkState
from wandb_registry.state.names import is_version
from wandb_registry.verify.evidence import Evidence
from wandb_registry.verify.observation import Observation, Verdict
from wandb_registry.verify.target import TargetCollection, TargetLink


@dataclass(frozen=True)
class Declared:
    """One link of the stack file with the identity and the number that it must have."""

    source: str
    state: LinkState
    artifact_id: str | None

    @property
    def number(self) -> int | None:
        """What a reviewer accepted, else what the file declares; None where any number will do."""
        accepted = self.state.accept_version
        return self.state.version if accepted is None else accepted

    def is_of(self, link: TargetLink) -> bool:
        """Whether the target's link shows this source."""
        if self.artifact_id is not None:
            return link.artifact_id == self.artifact_id
        return link.source == self.source

    def __str__(self) -> str:
        return self.source if self.artifact_id is None else f"{self.source} ({self.artifact_id})"


@dataclass(frozen=True)
class Pairing:
    """Which link of the target answers which declared link, and what is left over on either side."""

    pairs: tuple[tuple[Declared, TargetLink], ...] = ()
    missing: tuple[Declared, ...] = ()
    extra: tuple[TargetLink, ...] = ()


@dataclass
class _Leftovers:
    links: list[TargetLink] = field(default_factory=list)

    def take(self, declared: Declared) -> TargetLink | None:
        found = [link for link in self.links if declared.is_of(link)]
        if not found:
            return None
        best = next((link for link in found if link.version == declared.number), found[0])
        self.links.remove(best)
        return best


def pair_links(evidence: Evidence, collection: CollectionState, links: tuple[TargetLink, ...]) -> Pairing:
    """Pair declared and found links by artifact id, or by path where no id is known."""
    left = _Leftovers(sorted(links, key=lambda link: link.version))
    pairs: list[tuple[Declared, TargetLink]] = []
    missing: list[Declared] = []
    for source, state in collection.links.items():
        declared = Declared(source, state, evidence.artifact_id(source, state))
        link = left.take(declared)
        if link is None:
            missing.append(declared)
        else:
            pairs.append((declared, link))
    return Pairing(tuple(pairs), tuple(missing), tuple(left.links))


@dataclass(frozen=True)
class LinkComparison:
    """The links of one collection; `changed` is the verdict on what others may have done since."""

    evidence: Evidence
    registry: str
    collection: str
    changed: Verdict
    incomplete: str = ""  # why a link that was not listed may still be there

    def compare(self, state: CollectionState, found: TargetCollection) -> Iterator[Observation]:
        """Every declared link, then every link that the file does not name."""
        for source, link in state.links.items():
            yield from self._recorded_identity(source, link)
        pairing = pair_links(self.evidence, state, found.links)
        for declared, live in pairing.pairs:
            yield from self._number(declared, live)
            yield from self._digest(live)
            yield from self._aliases(declared, live)
        occupied = yield from self._missing(pairing)
        before = self.evidence.baseline_links(self.registry, self.collection)
        for live in pairing.extra:
            if live.version not in occupied and live.artifact_id not in before:
                yield self._extra(live)

    def _subject(self, number: int | None) -> str:
        place = f"{self.registry}/{self.collection}"
        return place if number is None else f"{place}:v{number}"

    def _recorded_identity(self, source: str, link: LinkState) -> Iterator[Observation]:
        recorded = self.evidence.recorded_id(source)
        if link.id and recorded and link.id != recorded:
            reason = f"the stack file gives {source} another id than the inventory"
            subject = self._subject(link.version)
            yield Observation(Verdict.DIFFERENCE, "artifact", subject, recorded, link.id, reason)

    def _number(self, declared: Declared, live: TargetLink) -> Iterator[Observation]:
        subject = self._subject(live.version)
        artifact_id = live.artifact_id
        legacy = self.evidence.legacy_link(self.registry, self.collection, artifact_id)
        old = self.evidence.renumbered(self.registry, self.collection, artifact_id)
        if declared.number is not None and live.version != declared.number:
            reason = "" if old is None else f"v{old} in the legacy registry"
            expected, found = f"v{declared.number}", f"v{live.version}"
            yield Observation(Verdict.DIFFERENCE, "number", subject, expected, found, reason)
        elif old is not None:
            if old == live.version:
                return
            reason = "renumbered, because versions were deleted in the legacy registry"
            yield Observation(Verdict.NOTE, "renumbered", subject, f"v{old}", f"v{live.version}", reason)
        elif legacy is not None and live.version != legacy.version:
            yield self._other_than_legacy(declared, live, legacy.version)

    def _other_than_legacy(self, declared: Declared, live: TargetLink, legacy: int) -> Observation:
        subject, expected, found = self._subject(live.version), f"v{legacy}", f"v{live.version}"
        if declared.state.accept_version is not None:
            reason = "the legacy registry had another number, and accept_version accepts this one"
            return Observation(Verdict.NOTE, "number", subject, expected, found, reason)
        if declared.state.version is None:
            reason = "the legacy registry had another number, and the file leaves the number open"
            return Observation(Verdict.WARNING, "number", subject, expected, found, reason)
        reason = "the inventory has another number than file and target; accept_version accepts it"
        return Observation(Verdict.DIFFERENCE, "number", subject, expected, found, reason)

    def _digest(self, live: TargetLink) -> Iterator[Observation]:
        recorded = self.evidence.digest(live.artifact_id)
        if recorded is not None and recorded != live.digest:
            subject = self._subject(live.version)
            yield Observation(Verdict.DIFFERENCE, "digest", subject, recorded, live.digest)

    def _aliases(self, declared: Declared, live: TargetLink) -> Iterator[Observation]:
        if declared.state.aliases is None:
            return
        expected = set(declared.state.aliases)
        found = {alias for alias in live.aliases if alias != "latest" and not is_version(alias)}
        if expected != found:
            subject = self._subject(live.version)
            yield Observation(self.changed, "aliases", subject, show(expected), show(found))

    def _missing(self, pairing: Pairing) -> Generator[Observation, None, set[int]]:
        """What is declared and not there; returns the numbers that another artifact holds instead."""
        holders = {link.version: link for link in pairing.extra}
        hidden = any(link.source is None for link in pairing.extra)
        occupied: set[int] = set()
        for declared in pairing.missing:
            subject, expected = self._subject(declared.number), str(declared)
            holder = None if declared.number is None else holders.get(declared.number)
            if declared.artifact_id is None and hidden:
                reason = "some links show no source to this key, and the file gives no id"
                yield Observation(Verdict.UNREADABLE, "link", subject, expected, "not found", reason)
            elif declared.artifact_id is not None and holder is not None:
                occupied.add(holder.version)
                found = holder.source or holder.artifact_id
                yield Observation(Verdict.DIFFERENCE, "artifact", subject, expected, found)
            elif self.incomplete:
                yield Observation(
                    Verdict.UNREADABLE, "link", subject, expected, "not listed", self.incomplete
                )
            else:
                yield Observation(self.changed, "link", subject, expected, "not there")
        return occupied

    def _extra(self, live: TargetLink) -> Observation:
        found = live.source or f"artifact:{live.artifact_id}"
        return Observation(self.changed, "link", self._subject(live.version), "not in the file", found)


def show(values: set[str] | frozenset[str]) -> str:
    """A set as people read it: sorted, with commas; `none` where it is empty."""
    return ", ".join(sorted(values)) or "none"
