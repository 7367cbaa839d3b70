"""The user's cache: what is built once and shared by every clone on this machine.

<root>/engine-3.259.0.lock, engine-3.259.0.log
<root>/engine-3.259.0/bin/     pulumi and the SDK's two scripts; depends on no clone
<root>/engine-3.259.0/hosts/   a folder for each interpreter, see `hosts`
<root>/go/                     Go's own caches, only where Go has no place for them
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

import platformdirs

from wandb_registry.engine.errors import CacheUnusable
from wandb_registry.engine.versions import ENGINE_VERSION, show_version

EXECUTABLE = "pulumi"
PROGRAM_RUNNER = "pulumi-language-python-exec"
PROVIDER = "pulumi-resource-pulumi-python"
LANGUAGE_HOST = "pulumi-language-python"


def default_root() -> Path:
    """The cache folder of this user, by the platform's rules."""
    return platformdirs.user_cache_path("wandb-registry")


@dataclass(frozen=True)
class Cache:
    """The cache below `root`."""

    root: Path

    @property
    def engine(self) -> Path:
        """The folder of the pinned version."""
        return self.root / f"engine-{show_version(ENGINE_VERSION)}"

    @property
    def bin(self) -> Path:
        """What was built; it appears complete, by a rename, or not at all."""
        return self.engine / "bin"

    @property
    def hosts(self) -> Path:
        """A folder for each interpreter that asked."""
        return self.engine / "hosts"

    @property
    def lock(self) -> Path:
        """Held while building."""
        return self.root / f"{self.engine.name}.lock"

    @property
    def log(self) -> Path:
        """All that Go printed in the last build."""
        return self.root / f"{self.engine.name}.log"

    @property
    def complete(self) -> bool:
        """Whether the pinned engine is built."""
        return all(os.access(self.bin / name, os.X_OK) for name in (EXECUTABLE, PROGRAM_RUNNER, PROVIDER))

    def prepare(self) -> None:
        """Make the folder.

        Raises:
            CacheUnusable: it cannot be made or written.
        """
        advice = "Make it writable, or name another place in XDG_CACHE_HOME"
        if not self.root.is_absolute():
            # Without HOME and without an entry for this user, "~" stays as it is.
            raise CacheUnusable(f"This user has no cache directory ({self.root})", advice=advice)
        try:
            self.engine.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise CacheUnusable(f"Cannot make {self.engine} ({error.strerror})", advice=advice) from error
        if not os.access(self.engine, os.W_OK) or not os.access(self.root, os.W_OK):
            raise CacheUnusable(f"Cannot write {self.engine}", advice=advice)
