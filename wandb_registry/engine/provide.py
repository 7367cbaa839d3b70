"""Having an engine: the user's own where it is usable, else the built one, else building it."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

from wandb_registry.engine.build import build_engine
from wandb_registry.engine.cache import EXECUTABLE, Cache, default_root
from wandb_registry.engine.errors import INSTALL_ADVICE, EngineMissing
from wandb_registry.engine.hosts import host_folder
from wandb_registry.engine.installation import Engine
from wandb_registry.engine.locate import Search, search_path
from wandb_registry.engine.progress import Reporter
from wandb_registry.engine.versions import ENGINE_VERSION


def provide_engine(
    *,
    cache: Cache | None = None,
    path: str | None = None,
    reporter: Reporter | None = None,
    build: bool = True,
) -> Engine:
    """The engine of this machine for this interpreter; where there is none it is built now, in minutes.

    Args:
        cache: where a built engine lives, else the user's cache directory.
        path: folders to search as in PATH, else PATH itself.
        reporter: shows progress, else on stderr.
        build: whether to build one, else a missing engine is an error.

    Raises:
        EngineError: there is none and it cannot be built; the message says what to install.
    """
    cache = cache if cache is not None else Cache(default_root())
    path = path if path is not None else os.environ.get("PATH", os.defpath)
    search = search_path(path, ignore=cache.root)
    if search.engine is not None:
        return search.engine
    if not cache.complete:
        if not build:
            raise EngineMissing(f"No usable Pulumi engine: {_seen(search)}", advice=INSTALL_ADVICE)
        reporter = reporter if reporter is not None else Reporter()
        go = _go(path, search)
        for reason in search.rejected:
            reporter.note(f"Not used: {reason}")
        build_engine(cache, go, reporter)
    folder = host_folder(cache, Path(sys.executable))
    return Engine(pulumi=folder / EXECUTABLE, version=ENGINE_VERSION, origin="built")


def _go(path: str, search: Search) -> Path:
    found = shutil.which("go", path=path)
    if found is None or sys.platform == "win32":
        why = "go, which would build it, is not there" if found is None else "it cannot be built on Windows"
        raise EngineMissing(f"No usable Pulumi engine: {_seen(search)}; {why}", advice=INSTALL_ADVICE)
    return Path(found)


def _seen(search: Search) -> str:
    return "; ".join(search.rejected) or "pulumi is not on PATH"
