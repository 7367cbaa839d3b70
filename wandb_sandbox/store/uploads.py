"""Uploads in parts: which parts were announced, and the whole made of them once its digest is right.

A part is there when its file is: parts are checked as they arrive, and need no second record.
"""

from __future__ import annotations

import hashlib
import json
import secrets
from typing import TYPE_CHECKING, NamedTuple

from wandb_sandbox.errors import InvalidError, NotFoundError
from wandb_sandbox.store.database import now
from wandb_sandbox.store.rows import TABLES

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from wandb_sandbox.store.database import Database
    from wandb_sandbox.store.objects import Objects

MAX_PARTS = 10_000


class Upload(NamedTuple):
    id: str
    artifact_id: int
    entity_id: int
    md5: str
    parts: str
    created_at: str

    @property
    def announced(self) -> dict[int, str]:
        """MD5 (hex) by part number."""
        return {int(number): md5 for number, md5 in json.loads(self.parts).items()}


TABLES[Upload] = "uploads"


def begin(db: Database, artifact_id: int, entity_id: int, md5: str, parts: Mapping[int, str]) -> Upload:
    """A new upload of the object `md5` (hex) in parts; InvalidError for numbers that are not 1, 2, 3, ..."""
    if sorted(parts) != list(range(1, len(parts) + 1)) or len(parts) > MAX_PARTS:
        raise InvalidError(f"the parts must be numbered from 1, at most {MAX_PARTS}")
    ident = secrets.token_hex(16)
    db.execute(
        "INSERT INTO uploads (id, artifact_id, entity_id, md5, parts, created_at) VALUES (?, ?, ?, ?, ?, ?)",
        ident,
        artifact_id,
        entity_id,
        md5,
        json.dumps(dict(parts)),
        now(),
    )
    return by_id(db, ident)


def by_id(db: Database, ident: str) -> Upload:
    """By id; NotFoundError if there is none, or no more."""
    found = db.one(Upload, "WHERE id = ?", ident)
    if found is None:
        raise NotFoundError("no such upload is under way")
    return found


def complete(db: Database, objects: Objects, upload: Upload, told: Mapping[int, str]) -> int:
    """Put the parts together; the size. InvalidError, and no object, unless all parts and the whole fit."""
    if dict(told) != upload.announced:
        raise InvalidError("the completed parts are not the ones that were announced")
    paths = [objects.part(upload.id, number) for number in sorted(upload.announced)]
    missing = [number for number, path in enumerate(paths, 1) if not path.is_file()]
    if missing:
        raise InvalidError(f"part {missing[0]} was not uploaded")
    found = _md5_of(paths)
    if found != upload.md5:
        raise InvalidError(f"the parts together have the MD5 {found}, not {upload.md5}")
    size = objects.join(objects.artifact_file(upload.entity_id, upload.md5), paths)
    db.execute("DELETE FROM uploads WHERE id = ?", upload.id)
    return size


def _md5_of(paths: list[Path]) -> str:
    digest = hashlib.md5(usedforsecurity=False)
    for path in paths:
        with path.open("rb") as file:
            while chunk := file.read(1 << 20):
                digest.update(chunk)
    return digest.hexdigest()
