"""The store after the process was killed in the middle of writes."""

from __future__ import annotations

import sqlite3
import threading
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from tests.sandbox.support import World
from tests.sandbox.test_command import started

if TYPE_CHECKING:
    from pathlib import Path

WRITERS = 3
ORPHANS = (
    "SELECT count(*) FROM aliases a LEFT JOIN memberships m ON m.id = a.membership_id WHERE m.id IS NULL",
    "SELECT count(*) FROM memberships m LEFT JOIN collections c ON c.id = m.collection_id WHERE c.id IS NULL",
    "SELECT count(*) FROM memberships m LEFT JOIN artifacts a ON a.id = m.artifact_id WHERE a.id IS NULL",
    "SELECT count(*) FROM collections c LEFT JOIN projects p ON p.id = c.project_id WHERE p.id IS NULL",
    "SELECT count(*) FROM memberships m JOIN collections c ON c.id = m.collection_id "
    "WHERE m.version_index >= c.next_index",
    "SELECT count(*) FROM (SELECT collection_id FROM memberships GROUP BY collection_id) m "
    "WHERE NOT EXISTS (SELECT 1 FROM aliases a WHERE a.collection_id = m.collection_id AND alias = 'latest')",
)
"""Each counts what a half-done write would have left."""


def write(world: World, number: int, answered: list[str], enough: threading.Event, after: int) -> None:
    """Log and link until the connection ends; what was answered is noted."""
    try:
        for i in range(10_000):
            artifact = world.version(f"w{number}-{i}", f"s{number}")
            answer = world.link(artifact, f"c{number}", (f"a{i}",))
            assert answer.data["linkArtifact"]["versionIndex"] == i
            answered.append(artifact)
            if i >= after:
                enough.set()
    except httpx.TransportError:
        enough.set()


@pytest.mark.parametrize("after", [0, 3])
def test_killed_in_the_middle_of_writes(tmp_path: Path, after: int) -> None:
    answered: list[list[str]] = [[] for _ in range(WRITERS)]
    enough = threading.Event()
    with started("--data", tmp_path) as (process, address), httpx.Client(base_url=address) as http:
        world = World(None, http)  # type: ignore[arg-type]
        world.registry()
        world.version()
        threads = [
            threading.Thread(target=write, args=(world, i, answered[i], enough, after))
            for i in range(WRITERS)
        ]
        for thread in threads:
            thread.start()
        assert enough.wait(60)
        process.kill()
        for thread in threads:
            thread.join(60)
    _check_store(tmp_path)
    with started("--data", tmp_path) as (_, address), httpx.Client(base_url=address) as http:
        world.http = http
        for number, kept in enumerate(answered):
            found: Any = world.versions(f"c{number}") if kept else []
            # What was answered is there; a last write may have been done and not answered.
            assert [one[1] for one in found[: len(kept)]] == kept
            assert len(found) - len(kept) in (0, 1)
        assert world.link(world.version("again")).status == 200


def _check_store(folder: Path) -> None:
    connection = sqlite3.connect(folder / "state.db")
    try:
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        assert [connection.execute(sql).fetchone()[0] for sql in ORPHANS] == [0] * len(ORPHANS)
    finally:
        connection.close()
