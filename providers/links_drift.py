"""Links as they are beside links as they were asked for: what changed, and how it is shown."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from providers.links_inputs import LinksInputs
from wandb_registry.server.links import Link
from wandb_registry.state.entries import LinkEntry
from wandb_registry.state.names import version_index


def changed_keys(old: LinksInputs, new: LinksInputs) -> frozenset[str]:
    """The keys whose line asks for something else than before."""
    before = old.entries
    return frozenset(
        key
        for key, entry in new.entries.items()
        if key not in before or not entry.means_the_same(before[key])
    )


def missing_links(
    old: LinksInputs, applied: Mapping[str, str], versions: Mapping[str, str], live: Mapping[str, Link]
) -> dict[int, str]:
    """Recorded number -> artifact id of the links that were there and are not listed."""
    missing: dict[int, str] = {}
    for key, entry in old.entries.items():
        artifact_id = applied.get(key, key)
        recorded = versions.get(entry.source)
        number = version_index(recorded) if recorded else entry.wanted_version
        if number is not None and artifact_id not in live:
            missing[number] = artifact_id
    return missing


def live_lines(old: LinksInputs, applied: Mapping[str, str], live: Mapping[str, Link]) -> dict[str, str]:
    """The lines as they would have to read to describe what is there; missing links have none."""
    lines: dict[str, str] = {}
    for key, entry in old.entries.items():
        link = live.get(applied.get(key, key))
        if link is None:
            continue
        same_number = entry.wanted_version in (None, link.version)
        seen = LinkEntry(
            order=entry.order,
            source=entry.source,
            version=entry.version if same_number else link.version,
            aliases=None if entry.aliases is None else link.aliases,
            accept_version=entry.accept_version if same_number else None,
        )
        lines[key] = str(seen)
    return lines


def changes_since(old: LinksInputs, applied: Mapping[str, str], live: Mapping[str, Link]) -> Iterator[str]:
    for key, entry in old.entries.items():
        link = live.get(applied.get(key, key))
        if link is None:
            yield f"{entry.source} is no longer linked"
        elif entry.wanted_version not in (None, link.version):
            yield f"{entry.source} is now v{link.version}"
        elif entry.aliases is not None and set(link.aliases) != set(entry.aliases):
            yield f"{entry.source} now has aliases [{', '.join(link.aliases)}]"
    known = {applied.get(key, key) for key in old.entries}.union(old.baseline)
    for artifact_id, link in sorted(live.items(), key=lambda item: item[1].version):
        if artifact_id not in known:
            yield f"v{link.version} ({artifact_id}) is linked, and the file does not name it"


def versions_of(old: LinksInputs, applied: Mapping[str, str], live: Mapping[str, Link]) -> dict[str, str]:
    links = {entry.source: live.get(applied.get(key, key)) for key, entry in old.entries.items()}
    return {source: f"v{link.version}" for source, link in links.items() if link}
