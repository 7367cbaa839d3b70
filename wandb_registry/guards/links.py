"""Guards over the links of one collection."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from wandb_registry.errors import listed
from wandb_registry.guards.failures import Refusal, too_many_removed
from wandb_registry.state.entries import LinkEntry

RESTRICTED_SOURCE = "restricted-source"

# Every missing number costs a link and an unlink; more than this is a decision.
_MOST_MISSING_NUMBERS = 100


def check_links(
    collection: str,
    old: Mapping[str, LinkEntry] | None,
    new: Mapping[str, LinkEntry],
    *,
    fill_gaps: bool,
    closed: Mapping[str, str] | None = None,
) -> Iterator[Refusal]:
    """`collection` is `registry/collection`; entries by artifact id. `closed`: the restricted project of each
    link that nobody decided to open."""
    added = {key: entry for key, entry in new.items() if key not in (old or {})}
    yield from _restricted_sources(collection, added, closed or {})
    if old is not None:
        removed = [entry.source for key, entry in old.items() if key not in new]
        if too_many_removed(len(removed), len(old)):
            message = f"{len(removed)} of {len(old)} links of {collection} would be removed"
            yield Refusal("removal-share", f"{collection}/links", message)
    missing = missing_numbers(new)
    if missing and not fill_gaps:
        first = ", ".join(f"v{number}" for number in missing[:5])
        yield Refusal(
            "numbering-unproven",
            collection,
            f"{collection} has {len(missing)} missing numbers ({first}), and it is not proved that this "
            "server never reuses one; scan with numbering: compact, or with exact where doctor proved it",
            final=True,
        )
    elif len(missing) > _MOST_MISSING_NUMBERS:
        message = f"{len(missing)} missing numbers of {collection} would be made by linking and unlinking"
        yield Refusal("version-gaps", collection, message)


def _restricted_sources(
    collection: str, entries: Mapping[str, LinkEntry], closed: Mapping[str, str]
) -> Iterator[Refusal]:
    """A link from a restricted project shows its version to everybody in the registry."""
    registry = collection.partition("/")[0]
    for project in sorted({closed[key] for key in entries if key in closed}):
        sources = [entry.source for key, entry in entries.items() if closed.get(key) == project]
        what = f"{listed(sources, 5)} of the restricted project {project}"
        message = f"{what} would be shown to everybody in {registry}"
        yield Refusal(RESTRICTED_SOURCE, f"{registry}/{project}", message)


def missing_numbers(entries: Mapping[str, LinkEntry]) -> list[int]:
    """The numbers below the highest wanted one that no entry wants."""
    wanted = {entry.wanted_version for entry in entries.values() if entry.wanted_version is not None}
    return [number for number in range(max(wanted, default=-1)) if number not in wanted]
