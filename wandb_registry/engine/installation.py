"""An engine that is there: where it is, and the environment that it runs in."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from wandb_registry.engine.versions import Version, show_version

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

QUIET: Mapping[str, str] = {
    "PULUMI_SKIP_UPDATE_CHECK": "true",
    "PULUMI_SUPPRESS_NEO_LINK": "true",
    "PULUMI_AUTOMATION_API_SKIP_VERSION_CHECK": "true",
    # Nothing is fetched behind the user's back; our programs need no further plugin.
    "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION": "true",
    "PULUMI_DIY_BACKEND_NO_LEGACY_WARNING": "true",
}
"""Settings under which the engine asks nobody but its backend."""


def file_backend(folder: Path) -> str:
    """The address of a backend in a folder, without the sidecar files beside each state.

    They are not written in one piece: an engine that is killed meanwhile leaves an empty one, and every
    later command on that stack ends with "failed to load checkpoint: EOF" until somebody removes it.
    """
    return f"{folder.resolve().as_uri()}?metadata=skip"


@dataclass(frozen=True)
class Engine:
    """A usable `pulumi` with its Python language host.

    `origin` is `path` for the user's own CLI and `built` for ours. With `directory` first on PATH, plain
    `pulumi` is this engine.
    """

    pulumi: Path
    version: Version
    origin: Literal["path", "built"]

    @property
    def directory(self) -> Path:
        """The folder of the executable."""
        return self.pulumi.parent

    def __str__(self) -> str:
        return f"pulumi {show_version(self.version)} at {self.pulumi}"

    def search_path(self, path: str) -> str:
        """PATH with this engine first; unchanged where `pulumi` is already found first."""
        directory = str(self.directory)
        parts = [part for part in path.split(os.pathsep) if part]
        if parts and parts[0] == directory:
            return path
        return os.pathsep.join([directory, *(part for part in parts if part != directory)])

    def environment(
        self,
        home: Path,
        *,
        backend: str | None = None,
        passphrase: str = "",
        base: Mapping[str, str] | None = None,
    ) -> dict[str, str]:
        """The environment of a run that knows nothing of the user's own Pulumi settings.

        Args:
            home: PULUMI_HOME, made if need be; also holds the state where no backend is named.
            backend: a backend's address, `file:///…` or another that `pulumi login` takes.
            passphrase: encrypts the stack's secrets.
            base: what to start from, else this process's environment; its own PULUMI_* variables are
                dropped, so that a token or a stack of the user's never reaches the run.
        """
        home.mkdir(parents=True, exist_ok=True)
        kept = os.environ if base is None else base
        result = {name: value for name, value in kept.items() if not name.startswith("PULUMI_")}
        result.update(QUIET)
        result["PATH"] = self.search_path(result.get("PATH", os.defpath))
        result["PULUMI_HOME"] = str(home)
        result["PULUMI_BACKEND_URL"] = backend if backend is not None else file_backend(home)
        result["PULUMI_CONFIG_PASSPHRASE"] = passphrase
        # For the user's own CLI, where a project names no virtual environment.
        result["PULUMI_PYTHON_CMD"] = sys.executable
        return result
