"""The files of seeded versions: a few contents, combined so that no two versions of a sequence are equal."""

from __future__ import annotations

import base64
import hashlib
from functools import cache
from typing import NamedTuple

CONTENTS = 64
MAX_VERSIONS = CONTENTS * CONTENTS
"""How many different versions can be combined of two files."""
NAMES = ("config.json", "weights.bin")


class File(NamedTuple):
    """Name, content, and MD5 in both spellings."""

    name: str
    content: bytes
    md5: str
    hexdigest: str


@cache
def file(position: int, number: int) -> File:
    """Content `number` of the first or the second file."""
    name = NAMES[position]
    content = f"{name} {number}\n".encode() * (number + 1)
    digest = hashlib.md5(content, usedforsecurity=False)
    return File(name, content, base64.b64encode(digest.digest()).decode(), digest.hexdigest())


def files(version: int) -> tuple[File, File]:
    """The files of version `version` of any sequence."""
    return file(0, version // CONTENTS), file(1, version % CONTENTS)


@cache
def manifest_digest(version: int) -> str:
    """The digest of the version as the client computes it: over names and digests of its files."""
    digest = hashlib.md5(b"wandb-artifact-manifest-v1\n", usedforsecurity=False)
    for one in files(version):
        digest.update(f"{one.name}:{one.md5}\n".encode())
    return digest.hexdigest()
