"""Linking in order, with every index compared: how versions keep their numbers.

A missing number is made by linking the next version, without aliases, and unlinking it again; that is
done only where it is proved that this server never gives an index twice (design: version numbers).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from wandb_registry.reconcile.errors import VersionDiffers
from wandb_registry.server.collections import Collection, Home
from wandb_registry.server.errors import ServerError
from wandb_registry.server.links import Link, link_all, unlink_all
from wandb_registry.server.port import Port
from wandb_registry.state.entries import LinkEntry

Pending = tuple[str, LinkEntry]  # artifact id, what it must become


def link_in_order(
    port: Port,
    home: Home,
    collection: Collection,
    pending: Sequence[Pending],
    live: Mapping[str, Link],
    *,
    fill_gaps: bool,
    careful: bool,
    size: int,
    failures: list[str],
) -> frozenset[str]:
    """Link what is missing and answer the artifact ids that are linked as they must be.

    A wrong number stops the collection, because all later ones would be wrong too. `careful` sends the
    first link alone: in a collection with a past nobody can know where its numbers stand.
    """
    made: set[str] = set()
    expected = max((link.version for link in live.values()), default=-1) + 1
    queue = pending
    while queue:
        if fill_gaps and _needs_filling(queue[0], expected, live):
            index = _fill(port, home, collection, queue[0], live)
            batch, results = queue[:1], [index]
        else:
            batch = _next_batch(queue, expected, 1 if careful else size, fill_gaps=fill_gaps)
            results = link_all(port, home, collection.name, [i for i, _ in batch], size=len(batch))
        if not _account(batch, results, made, failures):
            break
        expected = max((r for r in results if isinstance(r, int)), default=expected - 1) + 1
        careful = False
        queue = queue[len(batch) :]
    return frozenset(made)


def _needs_filling(pending: Pending, expected: int, live: Mapping[str, Link]) -> bool:
    artifact_id, entry = pending
    wanted = entry.wanted_version
    return wanted is not None and (wanted > expected or artifact_id in live)


def _next_batch(queue: Sequence[Pending], expected: int, size: int, *, fill_gaps: bool) -> Sequence[Pending]:
    """As many as can be linked in one request: up to the next gap where gaps are filled."""
    batch = [queue[0]]
    number = expected
    for pending in queue[1:size]:
        number += 1
        wanted = pending[1].wanted_version
        if fill_gaps and wanted is not None and wanted > number:
            break
        batch.append(pending)
    return batch


def _fill(
    port: Port, home: Home, collection: Collection, pending: Pending, live: Mapping[str, Link]
) -> int | ServerError:
    """Link one version until it gets its number, unlinking each lower one; answers the last index."""
    artifact_id, entry = pending
    if artifact_id in live:  # left by a killed run, in the middle of this
        unlink_all(port, collection.id, [artifact_id])
    previous = -1
    while True:
        index = link_all(port, home, collection.name, [artifact_id])[0]
        if isinstance(index, ServerError) or entry.wanted_version is None or index >= entry.wanted_version:
            return index
        if index <= previous:
            return index  # this server gives an index again, so the gap can never be filled
        previous = index
        unlink_all(port, collection.id, [artifact_id])


def _account(
    batch: Sequence[Pending], results: Sequence[int | ServerError], made: set[str], failures: list[str]
) -> bool:
    """Note what was made and what failed; answers whether the next link may follow."""
    go_on = True
    for (artifact_id, entry), result in zip(batch, results, strict=True):
        if isinstance(result, ServerError):
            failures.append(f"{entry.source}: {result.message}")
            # Later numbers hang on this one; where no number matters, the others go on.
            go_on = go_on and entry.wanted_version is None
        elif entry.wanted_version is not None and result != entry.wanted_version:
            go_on = False
            failures.append(
                str(
                    VersionDiffers(
                        f"{entry.source} got v{result} from the server, and must be v{entry.wanted_version}",
                        advice=f"It is linked without aliases; accept it with accept_version: v{result}",
                    )
                )
            )
        else:
            made.add(artifact_id)
    return go_on
