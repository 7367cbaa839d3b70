"""Which commit a run comes from, as Git tells."""

from __future__ import annotations

import subprocess
from pathlib import Path

_PATIENCE_SECONDS = 10.0


def describe_commit(directory: Path) -> str:
    """The commit's hash, with `+changes` where tracked files differ from it; else why there is none."""
    commit = _git(directory, "rev-parse", "--verify", "HEAD")
    if commit is None:
        return "no commit"
    changes = _git(directory, "status", "--porcelain", "--untracked-files=no")
    if changes is None:
        return f"{commit}+unknown"
    return f"{commit}+changes" if changes else commit


def _git(directory: Path, *arguments: str) -> str | None:
    try:
        done = subprocess.run(
            ["git", "-C", str(directory), "--no-optional-locks", *arguments],
            capture_output=True,
            text=True,
            timeout=_PATIENCE_SECONDS,
            check=False,
            stdin=subprocess.DEVNULL,
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout.strip() if done.returncode == 0 else None
