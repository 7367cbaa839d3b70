"""The versions that the engine room builds and accepts."""

from __future__ import annotations

import re

Version = tuple[int, int, int]

ENGINE_VERSION: Version = (3, 259, 0)
"""The engine that is built where none is found; the key of the cache."""

OLDEST_ENGINE: Version = (3, 259, 0)
"""The oldest engine that is accepted on PATH: the oldest that the tests have run on."""

FIRST_UNKNOWN_ENGINE: Version = (4, 0, 0)
"""A new major version may break its plugins' protocol."""

GO_MINIMUM: Version = (1, 25, 11)
"""What the engine's own go.mod asks for."""


def parse_version(text: str) -> Version | None:
    """The first `X.Y` or `X.Y.Z` in `text` as three numbers, or None where there is none.

    A pre-release counts as its release: `v3.260.0-alpha.1` is (3, 260, 0).
    """
    found = re.search(r"(\d+)\.(\d+)(?:\.(\d+))?", text)
    if found is None:
        return None
    major, minor, patch = found.groups(default="0")
    return int(major), int(minor), int(patch)


def show_version(version: Version) -> str:
    """`X.Y.Z`."""
    return ".".join(map(str, version))
