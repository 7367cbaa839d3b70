"""Batch loads for one request: rows that were wanted by a page are fetched together when one is read."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Generic, TypeVar

from wandb_sandbox.store import rows
from wandb_sandbox.store.database import Database, columns, marks

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

V = TypeVar("V")
_BATCH = 5000


class Loader(Generic[V]):
    """Values by key; `fetch` answers pairs for a list of keys."""

    def __init__(self, fetch: Callable[[Sequence[int]], Iterable[tuple[int, V]]], absent: V) -> None:
        self._fetch = fetch
        self._absent = absent
        self._known: dict[int, V] = {}
        self._wanted: set[int] = set()

    def want(self, keys: Iterable[int]) -> None:
        """Announce keys that may be read soon."""
        self._wanted.update(keys)

    def get(self, key: int) -> V:
        """The value of the key; fetches all wanted ones if it is not known yet."""
        if key not in self._known:
            self._wanted.add(key)
            wanted = [one for one in self._wanted if one not in self._known]
            self._wanted.clear()
            for start in range(0, len(wanted), _BATCH):
                part = wanted[start : start + _BATCH]
                self._known.update(dict.fromkeys(part, self._absent))
                self._known.update(self._fetch(part))
        return self._known[key]


class Loaders:
    """The loaders of one request, and which rows make others wanted."""

    def __init__(self, db: Database) -> None:
        self._db = db
        self.organizations: Loader[rows.Organization | None] = self._by_id(rows.Organization)
        self.entities: Loader[rows.Entity | None] = self._by_id(rows.Entity)
        self.users: Loader[rows.User | None] = self._by_id(rows.User)
        self.types: Loader[rows.ArtifactType | None] = self._by_id(rows.ArtifactType)
        self.runs: Loader[rows.Run | None] = self._by_id(rows.Run)
        self.projects: Loader[rows.Project | None] = self._by_id(rows.Project, self.saw_projects)
        self.collections: Loader[rows.Collection | None] = self._by_id(rows.Collection, self.saw_collections)
        self.artifacts: Loader[rows.Artifact | None] = self._by_id(rows.Artifact, self.saw_artifacts)
        self.memberships: Loader[rows.Membership | None] = self._by_id(rows.Membership, self.saw_memberships)
        self.membership_aliases: Loader[tuple[rows.Alias, ...]] = Loader(self._aliases, ())
        self.artifact_memberships: Loader[tuple[rows.Membership, ...]] = Loader(self._memberships_of, ())
        self.artifact_tags: Loader[tuple[rows.Tag, ...]] = Loader(self._tags("artifact"), ())
        self.collection_tags: Loader[tuple[rows.Tag, ...]] = Loader(self._tags("collection"), ())
        self.project_types: Loader[tuple[rows.ArtifactType, ...]] = Loader(self._types_of, ())

    def _by_id(self, row: type[Any], saw: Callable[[list[Any]], None] | None = None) -> Loader[Any]:
        def fetch(keys: Sequence[int]) -> Iterable[tuple[int, Any]]:
            found = self._db.all(row, f"WHERE id IN ({marks(keys)})", *keys)
            if saw:
                saw(found)
            return ((one.id, one) for one in found)

        return Loader(fetch, None)

    def saw_projects(self, found: Iterable[rows.Project]) -> None:
        """Want what is usually read from projects."""
        for one in found:
            self.entities.want((one.entity_id,))
            self.project_types.want((one.id,))

    def saw_collections(self, found: Iterable[rows.Collection]) -> None:
        """Want what is usually read from collections."""
        for one in found:
            self.projects.want((one.project_id,))
            self.types.want((one.type_id,))
            self.collection_tags.want((one.id,))

    def saw_artifacts(self, found: Iterable[rows.Artifact]) -> None:
        """Want what is usually read from artifacts."""
        for one in found:
            self.collections.want((one.sequence_id,))
            self.types.want((one.type_id,))
            self.artifact_tags.want((one.id,))
            self.artifact_memberships.want((one.id,))

    def saw_memberships(self, found: Iterable[rows.Membership]) -> None:
        """Want what is usually read from memberships."""
        for one in found:
            self.artifacts.want((one.artifact_id,))
            self.collections.want((one.collection_id,))
            self.membership_aliases.want((one.id,))

    def _grouped(self, pairs: Iterable[tuple[int, V]]) -> Iterable[tuple[int, tuple[V, ...]]]:
        grouped: dict[int, list[V]] = {}
        for key, value in pairs:
            grouped.setdefault(key, []).append(value)
        return ((key, tuple(values)) for key, values in grouped.items())

    def _aliases(self, keys: Sequence[int]) -> Iterable[tuple[int, tuple[rows.Alias, ...]]]:
        found = self._db.all(rows.Alias, f"WHERE membership_id IN ({marks(keys)}) ORDER BY id", *keys)
        return self._grouped((one.membership_id, one) for one in found)

    def _memberships_of(self, keys: Sequence[int]) -> Iterable[tuple[int, tuple[rows.Membership, ...]]]:
        found = self._db.all(rows.Membership, f"WHERE artifact_id IN ({marks(keys)}) ORDER BY id", *keys)
        self.saw_memberships(found)
        return self._grouped((one.artifact_id, one) for one in found)

    def _types_of(self, keys: Sequence[int]) -> Iterable[tuple[int, tuple[rows.ArtifactType, ...]]]:
        found = self._db.all(rows.ArtifactType, f"WHERE project_id IN ({marks(keys)}) ORDER BY id", *keys)
        return self._grouped((one.project_id, one) for one in found)

    def _tags(self, of: str) -> Callable[[Sequence[int]], Iterable[tuple[int, tuple[rows.Tag, ...]]]]:
        sql = (
            f"SELECT a.{of}_id, {columns(rows.Tag, 't')} FROM {of}_tags a "  # noqa: S608
            f"JOIN {rows.TABLES[rows.Tag]} t ON t.id = a.tag_id WHERE a.{of}_id IN "
        )

        def fetch(keys: Sequence[int]) -> Iterable[tuple[int, tuple[rows.Tag, ...]]]:
            found = self._db.tuples(f"{sql} ({marks(keys)}) ORDER BY t.id", *keys)
            return self._grouped((one[0], rows.Tag._make(one[1:])) for one in found)

        return fetch
