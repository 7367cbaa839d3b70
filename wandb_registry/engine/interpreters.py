"""Which interpreter runs a program, and the processes that were started with it."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

# A child that ignores SIGTERM this long is killed; the engine itself gives us 5 s.
_GRACE_SECONDS = 2.0


class VirtualEnvironmentMissing(Exception):
    """Pulumi.yaml names a virtual environment that has no interpreter."""


def interpreter_of(info: Any) -> Path:
    """The interpreter of a program.

    Args:
        info: `pulumirpc.ProgramInfo`; `options.virtualenv` is absolute or relative to the project's root.

    Returns:
        The named virtual environment's interpreter, else that of this process.

    Raises:
        VirtualEnvironmentMissing: it names one that is not there.
    """
    name = dict(info.options).get("virtualenv", "")
    if not name:
        return Path(sys.executable)
    root = Path(info.root_directory, name)
    interpreter = root / "bin" / "python"
    if not interpreter.exists():
        raise VirtualEnvironmentMissing(
            f"The virtual environment {name!r} that the project names (runtime.options.virtualenv) "
            f"has no interpreter: {interpreter}. Create it, in this repository with: make install"
        )
    return interpreter


def activate(environment: Mapping[str, str], interpreter: Path) -> dict[str, str]:
    """The environment as an activated virtual environment has it: its folder first on PATH."""
    result = dict(environment)
    folder = interpreter.parent
    result["PATH"] = os.pathsep.join([str(folder), result.get("PATH", os.defpath)])
    result.pop("PYTHONHOME", None)
    if (folder.parent / "pyvenv.cfg").is_file():
        result["VIRTUAL_ENV"] = str(folder.parent)
    return result


class Children:
    """The processes that this host has started and not yet seen end."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._running: set[subprocess.Popen[bytes]] = set()
        self._closed = False

    def start(
        self, command: list[str], directory: str, environment: Mapping[str, str], *, piped: bool = False
    ) -> subprocess.Popen[bytes]:
        """Start one, with our own stdout and stderr unless `piped`.

        It gets a process group of its own: the engine interrupts our whole group at the end, and Python
        would answer with a traceback in the user's terminal.
        """
        stream = subprocess.PIPE if piped else None
        with self._lock:
            if self._closed:
                raise ProcessLookupError("the language host is stopping")
            child = subprocess.Popen(
                command,
                cwd=directory or None,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=stream,
                stderr=stream,
                process_group=0,
            )
            self._running.add(child)
        return child

    def forget(self, child: subprocess.Popen[bytes]) -> None:
        """Note that this one has ended."""
        with self._lock:
            self._running.discard(child)

    def end(self, child: subprocess.Popen[bytes]) -> None:
        """End this one if it still runs: SIGTERM, then SIGKILL."""
        if child.poll() is not None:
            return
        child.terminate()
        try:
            child.wait(_GRACE_SECONDS)
        except subprocess.TimeoutExpired:
            child.kill()

    def end_all(self) -> None:
        """End all, and let no further one start."""
        with self._lock:
            self._closed = True
            running = list(self._running)
        for child in running:
            child.terminate()
        for child in running:
            self.end(child)
