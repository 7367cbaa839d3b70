"""Files on disk: objects by entity and MD5, manifests by id, run files by run; nothing outside the folder."""

from __future__ import annotations

import base64
import binascii
import hashlib
import os
import re
import shutil
from typing import TYPE_CHECKING

from wandb_sandbox.errors import InvalidError, NotFoundError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

_HEX = re.compile(r"^[0-9a-f]{32}$")
_MAX_NAME = 1024
_STRONG_HEX = re.compile(r"^[0-9a-f]{8,128}$")


def hex_of(md5: str) -> str:
    """The hex form of a base64 MD5 (or of another digest); InvalidError for anything else."""
    try:
        raw = base64.b64decode(md5, validate=True)
    except (binascii.Error, ValueError):
        raise InvalidError(f"{md5!r} is not a base64 digest") from None
    if not 8 <= len(raw) <= 64:
        raise InvalidError(f"{md5!r} is not a digest")
    return raw.hex()


def base64_of(hexdigest: str) -> str:
    """The base64 form of a hex digest."""
    return base64.b64encode(bytes.fromhex(hexdigest)).decode()


def check_file_name(name: str) -> None:
    """InvalidError for a name that leaves its folder once somebody downloads it."""
    parts = name.replace("\\", "/").split("/")
    if not name or name.startswith("/") or ".." in parts or "\0" in name or len(name) > _MAX_NAME:
        raise InvalidError(f"{name!r} is not a file name inside a folder")


class Objects:
    """The folder of files. Paths are made of numbers and digests alone, so no name can escape it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)

    def artifact_file(self, entity_id: int, hexdigest: str) -> Path:
        """Where the object with this digest of an entity is kept."""
        if not _STRONG_HEX.match(hexdigest):
            raise NotFoundError("no such file")
        return self.folder / "artifacts" / str(entity_id) / hexdigest[:2] / hexdigest

    def manifest(self, manifest_id: int) -> Path:
        """Where a manifest is kept."""
        return self.folder / "manifests" / str(manifest_id // 1000) / f"{manifest_id}.json"

    def run_file(self, run_id: int, name: str) -> Path:
        """Where a run's file is kept; InvalidError for a name that leaves its folder."""
        check_file_name(name)
        return self.folder / "runs" / str(run_id) / hashlib.sha256(name.encode()).hexdigest()[:32]

    def part(self, upload_id: str, number: int) -> Path:
        """Where a part of an upload is kept until all are there."""
        if not _HEX.match(upload_id):
            raise NotFoundError("no such upload")
        return self.folder / "uploads" / upload_id / str(number)

    def join(self, path: Path, parts: list[Path]) -> int:
        """Put parts together into place at once, and forget them; the size in bytes."""
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary = path.with_name(f".{path.name}.{os.urandom(4).hex()}")
        try:
            with temporary.open("wb") as file:
                for part in parts:
                    with part.open("rb") as source:
                        shutil.copyfileobj(source, file, 1 << 20)
                size = file.tell()
            temporary.replace(path)
        finally:
            temporary.unlink(missing_ok=True)
        for part in parts:
            part.unlink(missing_ok=True)
        return size

    async def write(
        self, path: Path, chunks: AsyncIterator[bytes], *, md5: str | None = None
    ) -> tuple[int, str]:
        """Write a stream into place at once: its size and MD5 (hex); InvalidError if it is not `md5`."""
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary = path.with_name(f".{path.name}.{os.urandom(4).hex()}")
        digest, size = hashlib.md5(usedforsecurity=False), 0
        try:
            with temporary.open("wb") as file:
                async for chunk in chunks:
                    digest.update(chunk)
                    size += len(chunk)
                    file.write(chunk)
            found = digest.hexdigest()
            if md5 is not None and _HEX.match(md5) and found != md5:
                raise InvalidError(f"the upload has the MD5 {found}, not {md5}")
            temporary.replace(path)
        finally:
            temporary.unlink(missing_ok=True)
        return size, found

    def put(self, path: Path, content: bytes) -> None:
        """Write bytes into place at once."""
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary = path.with_name(f".{path.name}.{os.urandom(4).hex()}")
        temporary.write_bytes(content)
        temporary.replace(path)
