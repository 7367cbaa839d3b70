"""Manifests and the files of artifact versions: what was announced, what arrived, what a version holds."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from wandb_sandbox import ids
from wandb_sandbox.errors import InvalidError, NotFoundError
from wandb_sandbox.store import rows
from wandb_sandbox.store.database import Database, now
from wandb_sandbox.store.objects import Objects, check_file_name, hex_of

if TYPE_CHECKING:
    from wandb_sandbox.store.rows import Artifact, ArtifactFile, Manifest

MANIFEST_NAME = "wandb_manifest.json"
FULL, PATCH = "FULL", "PATCH"


def manifest_by_id(db: Database, ident: int) -> Manifest:
    """By id; NotFoundError if there is none."""
    found = db.one(rows.Manifest, "WHERE id = ?", ident)
    if found is None:
        raise NotFoundError("manifest not found")
    return found


def manifest_of(db: Database, artifact_id: int) -> Manifest | None:
    """The newest manifest of a version."""
    return db.one(rows.Manifest, "WHERE artifact_id = ? ORDER BY id DESC LIMIT 1", artifact_id)


def upsert_manifest(
    db: Database, artifact_id: int, *, name: str, digest: str, kind: str, base_artifact_id: int | None
) -> Manifest:
    """The manifest of that name of a version, whether announced or final; of a patch, always a new one."""
    held = None
    if kind != PATCH:
        held = db.one(rows.Manifest, "WHERE artifact_id = ? AND name = ?", artifact_id, name)
    if held is not None:
        return update_manifest(db, held, digest=digest, kind=kind, base_artifact_id=base_artifact_id)
    ident = db.execute(
        "INSERT INTO manifests (artifact_id, name, digest, kind, base_artifact_id, created_at) "
        "VALUES (?, ?, ?, ?, ?, ?)",
        artifact_id,
        name,
        digest,
        kind,
        base_artifact_id,
        now(),
    )
    return manifest_by_id(db, ident)


def update_manifest(
    db: Database, held: Manifest, *, digest: str, kind: str, base_artifact_id: int | None
) -> Manifest:
    """Set what is known only when the manifest is final."""
    sql = "UPDATE manifests SET digest = ?, kind = ?, base_artifact_id = ? WHERE id = ?"
    db.execute(sql, digest, kind, base_artifact_id, held.id)
    return manifest_by_id(db, held.id)


def expected_md5(db: Database, manifest: Manifest) -> str | None:
    """The MD5 (hex) that an upload of the manifest must have; None where that is not known."""
    algorithm = db.value("SELECT digest_algorithm FROM artifacts WHERE id = ?", manifest.artifact_id)
    if not manifest.digest or algorithm != "MANIFEST_MD5":
        return None
    try:
        return hex_of(manifest.digest)
    except InvalidError:
        return manifest.digest.lower()


def announce(db: Database, entity_id: int, md5: str) -> bool:
    """Note that an object will be uploaded; whether it is there already."""
    db.execute("INSERT OR IGNORE INTO objects VALUES (?, ?, NULL)", entity_id, md5)
    return db.value("SELECT size FROM objects WHERE entity_id = ? AND md5 = ?", entity_id, md5) is not None


def arrived(db: Database, entity_id: int, md5: str, size: int) -> None:
    """Note that an object is there."""
    db.execute("UPDATE objects SET size = ? WHERE entity_id = ? AND md5 = ?", size, entity_id, md5)


def is_announced(db: Database, entity_id: int, md5: str) -> bool:
    """Whether an upload of the object was asked for."""
    return db.value("SELECT 1 FROM objects WHERE entity_id = ? AND md5 = ?", entity_id, md5) is not None


def take_manifest(db: Database, objects: Objects, artifact: Artifact) -> tuple[int, int]:
    """Read the uploaded manifests of a version into its files; its size in bytes and number of files.

    An incremental manifest is merged with that of its base, and patches with each other in their order;
    the merged one is what the version has from then on.
    """
    listed = db.all(rows.Manifest, "WHERE artifact_id = ? ORDER BY id", artifact.id)
    if not listed:
        return 0, 0
    last, contents = listed[-1], _merged(db, objects, listed)
    entries = [_entry(artifact.id, name, entry) for name, entry in contents.items()]
    if last.kind != FULL:
        document = _read(objects.manifest(last.id).read_bytes())
        if last.kind == PATCH:
            last = upsert_manifest(
                db, artifact.id, name=MANIFEST_NAME, digest="", kind=FULL, base_artifact_id=None
            )
        objects.put(objects.manifest(last.id), json.dumps({**document, "contents": contents}).encode())
    db.execute("DELETE FROM artifact_files WHERE artifact_id = ?", artifact.id)
    db.many("INSERT INTO artifact_files VALUES (?, ?, ?, ?, ?, ?)", entries)
    return sum(entry.size for entry in entries), len(entries)


def manifest_content(db: Database, objects: Objects, manifest: Manifest) -> bytes:
    """What was uploaded; of a committed version without one, written from its files; else InvalidError."""
    path = objects.manifest(manifest.id)
    if path.is_file():
        return path.read_bytes()
    listed = db.all(rows.ArtifactFile, "WHERE artifact_id = ? ORDER BY path", manifest.artifact_id)
    if not listed:
        raise InvalidError("the manifest was not uploaded")
    birth = ids.encode("Artifact", manifest.artifact_id)
    contents = {
        one.path: {
            "digest": one.digest,
            "size": one.size,
            "birthArtifactID": one.birth_artifact_id or birth,
            **({"ref": one.ref} if one.ref else {}),
        }
        for one in listed
    }
    document = {
        "version": 1,
        "storagePolicy": "wandb-storage-policy-v1",
        "storagePolicyConfig": {"storageLayout": "V2"},
        "contents": contents,
    }
    return json.dumps(document).encode()


def _merged(db: Database, objects: Objects, listed: list[Manifest]) -> dict[str, Any]:
    contents: dict[str, Any] = {}
    for manifest in listed:
        if manifest.kind == FULL:
            contents = {}
        elif manifest.base_artifact_id is not None:
            base = manifest_of(db, manifest.base_artifact_id)
            if base is None:
                raise InvalidError("the base of the incremental manifest has no manifest")
            contents.update(_read(manifest_content(db, objects, base))["contents"])
        contents.update(_read(manifest_content(db, objects, manifest))["contents"])
    return contents


def _read(content: bytes) -> dict[str, Any]:
    try:
        document = json.loads(content)
        if not isinstance(document["contents"], dict):
            raise TypeError
    except (ValueError, KeyError, TypeError):
        raise InvalidError("the manifest is not a JSON object with contents") from None
    return document  # type: ignore[no-any-return]


def _entry(artifact_id: int, name: str, entry: Any) -> ArtifactFile:
    check_file_name(name)
    try:
        digest, size = str(entry["digest"]), int(entry.get("size") or 0)
        birth = entry.get("birthArtifactID")
        return rows.ArtifactFile(artifact_id, name, digest, size, entry.get("ref"), birth)
    except (KeyError, TypeError, ValueError, AttributeError):
        raise InvalidError(f"the manifest entry {name!r} is not complete") from None


def hex_digest(entry: ArtifactFile) -> str:
    """The hex digest under which the object of a file is kept."""
    return hex_of(entry.digest)
