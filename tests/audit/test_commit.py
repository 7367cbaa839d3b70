"""Which commit a run comes from."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from wandb_registry.audit.commit import describe_commit


def git(folder: Path, *arguments: str) -> str:
    identity = ("-c", "user.name=Test", "-c", "user.email=test@example.org", "-c", "commit.gpgsign=false")
    command = ["git", "-C", str(folder), *identity, *arguments]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()


def test_the_commit_is_named_and_whether_files_differ_from_it(tmp_path: Path) -> None:
    assert describe_commit(tmp_path) == "no commit"
    git(tmp_path, "init", "--quiet")
    assert describe_commit(tmp_path) == "no commit"
    (tmp_path / "file").write_text("1")
    git(tmp_path, "add", "file")
    git(tmp_path, "commit", "--quiet", "-m", "first")
    commit = git(tmp_path, "rev-parse", "HEAD")
    assert describe_commit(tmp_path) == commit
    (tmp_path / "file").write_text("2")
    assert describe_commit(tmp_path) == f"{commit}+changes"


def test_without_git_there_is_no_commit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert describe_commit(tmp_path) == "no commit"
