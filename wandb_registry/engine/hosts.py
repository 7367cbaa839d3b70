"""The folder that goes on PATH: the built engine with the plugins of one interpreter.

The plugins start with the interpreter of the clone that asks, so each interpreter has a folder. The engine
warns of plugins that do not lie beside its own executable, so that is linked into each.
"""

from __future__ import annotations

import hashlib
import os
import shlex
import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from wandb_registry.engine.cache import EXECUTABLE, LANGUAGE_HOST, PROGRAM_RUNNER, PROVIDER

if TYPE_CHECKING:
    from wandb_registry.engine.cache import Cache

_HOST_SCRIPT = """\
#!/bin/sh
# -P: a file of the program directory must not shadow a module of the host.
exec {python} -P -m wandb_registry.engine.language_host {runner} "$@"
"""

# In place of the SDK's script, which needs an activated virtual environment where the project names none,
# leaves a shell between engine and provider, and lets a provider outlive an engine that was killed: the
# engine holds the other end of the provider's stdin, so the end of that file is the engine's end.
_PROVIDER_SCRIPT = """\
#!/bin/sh
python={python}
virtualenv=${{PULUMI_RUNTIME_VIRTUALENV:-}}
if [ -n "$virtualenv" ]; then
    case $virtualenv in /*) ;; *) virtualenv=$PWD/$virtualenv ;; esac
    python=${{virtualenv%/}}/bin/python
    if [ ! -x "$python" ]; then
        echo "The virtual environment that the project names has no interpreter: $python" >&2
        exit 1
    fi
    VIRTUAL_ENV=${{virtualenv%/}}
    export VIRTUAL_ENV
    unset PYTHONHOME
fi
PATH=${{python%/*}}:$PATH
export PATH
exec "$python" -u -c '
import os, runpy, threading

def end_with_engine():
    while os.read(0, 1):
        pass
    os._exit(1)

threading.Thread(target=end_with_engine, daemon=True).start()
runpy.run_module("pulumi.dynamic", run_name="__main__", alter_sys=True)
' "$@"
"""


def host_folder(cache: Cache, interpreter: Path) -> Path:
    """The folder for this interpreter, made and brought up to date; safe when several ask at once.

    Args:
        cache: with a complete `bin`.
        interpreter: as `sys.executable` gives it, links unresolved: that is what tells virtual environments.
    """
    digest = hashlib.sha256(os.fsencode(interpreter)).hexdigest()[:16]
    folder = cache.hosts / digest
    folder.mkdir(parents=True, exist_ok=True)
    python = shlex.quote(str(interpreter))
    runner = shlex.quote(str(cache.bin / PROGRAM_RUNNER))
    _write(folder / LANGUAGE_HOST, _HOST_SCRIPT.format(python=python, runner=runner))
    _write(folder / PROVIDER, _PROVIDER_SCRIPT.format(python=python))
    _link(cache.bin / EXECUTABLE, folder / EXECUTABLE)
    return folder


def _write(path: Path, text: str) -> None:
    if path.exists() and path.read_text(encoding="utf-8") == text and os.access(path, os.X_OK):
        return
    descriptor, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}-")
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)
    Path(temporary).chmod(0o755)
    Path(temporary).replace(path)


def _link(source: Path, path: Path) -> None:
    """A hard link: the engine resolves symbolic ones before it looks beside itself. A copy where refused."""
    if path.exists() and _same(source, path):
        return
    temporary = Path(tempfile.mkdtemp(dir=path.parent, prefix=f".{path.name}-"))
    try:
        try:
            os.link(source, temporary / path.name)
        except OSError:
            shutil.copy2(source, temporary / path.name)
        (temporary / path.name).replace(path)
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


def _same(source: Path, path: Path) -> bool:
    ours, theirs = source.stat(), path.stat()
    linked = ours.st_ino == theirs.st_ino and ours.st_dev == theirs.st_dev
    return linked or (ours.st_size == theirs.st_size and ours.st_mtime == theirs.st_mtime)
