"""The demo itself, once, on the real engine: `python -m examples.demo`."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from examples.demo.home import CHECKOUT
from wandb_registry.engine.installation import Engine


def checkout(folder: Path) -> Path:
    """A small checkout of its own: other tests write beside them in the real one."""
    folder.mkdir()
    for name in (".gitignore", "Pulumi.yaml", "__main__.py"):
        shutil.copy(CHECKOUT / name, folder)
    shutil.copytree(CHECKOUT / "examples", folder / "examples", ignore=shutil.ignore_patterns("__pycache__"))
    git(folder, "init", "--quiet")
    git(folder, "add", "--all")
    return folder


def git(folder: Path, *arguments: str) -> str:
    return subprocess.run(["git", *arguments], cwd=folder, capture_output=True, text=True, check=True).stdout


def run_demo(repository: Path, temporary: Path, **variables: str) -> subprocess.CompletedProcess[str]:
    temporary.mkdir()
    environment = {
        **os.environ,
        "TMPDIR": str(temporary),
        # A user's own settings, which the demo must not touch.
        "WANDB_BASE_URL": "http://192.0.2.1",
        "WANDB_API_KEY": "u" * 40,
        "PULUMI_ACCESS_TOKEN": "the user's",
        "KEEP": "0",
        **variables,
    }
    return subprocess.run(
        [sys.executable, "-m", "examples.demo"],
        cwd=repository,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.engine
def test_the_demo_shows_what_it_promises(engine: Engine, tmp_path: Path) -> None:
    repository = checkout(tmp_path / "checkout")
    before = git(repository, "status", "--porcelain")
    done = run_demo(repository, tmp_path / "tmp")
    assert done.returncode == 0, done.stdout + done.stderr
    assert git(repository, "status", "--porcelain") == before
    assert "u" * 40 not in done.stdout

    (root,) = (tmp_path / "tmp").iterdir()
    log = (root / "demo.log").read_text()
    steps = re.split(r"^\[ ?\d+/\d+\] ", log, flags=re.MULTILINE)[1:]
    outputs = dict(step.split("\n", 1) for step in steps)
    assert log.count("✓") == len(steps)

    assert re.search(r"\+ \d+ created", outputs["Apply"])
    assert "--expect-no-changes\n" in outputs["Preview again, and expect no change"]
    assert "no difference." in outputs["Verify with the public client, strictly"]
    assert "16 links have the same bytes" in outputs["Download every link by its old and its new path"]
    drift = outputs["Preview: the drift shows"]
    assert '~ description : "changed by hand" => "Who is about to leave"' in drift
    assert '- erin    : "restricted_viewer"' in drift
    assert "changed since" in drift
    healed = outputs["Apply: the drift is healed"]
    assert "~ 2 updated" in healed
    assert re.search(r"Resources:\n +\d+ unchanged", healed.partition("--expect-no-changes")[2])
    assert "no difference." in outputs["Verify again"]

    for name in ("state.json", "project/stacks/demo.yaml", "project/stacks/demo.inventory.json"):
        assert str(root / name) in done.stdout
        assert (root / name).stat().st_size
    assert not (root / "env.sh").exists()
    address = (root / "sandbox.log").read_text().split()[0]
    with pytest.raises(httpx.ConnectError):
        httpx.get(address, trust_env=False)


def test_a_step_that_fails_ends_the_demo_with_one_line(tmp_path: Path) -> None:
    """A machine with neither an engine nor Go."""
    home = tmp_path / "home"
    done = run_demo(
        CHECKOUT, tmp_path / "tmp", PATH="/nowhere", HOME=str(home), XDG_CACHE_HOME=str(home / ".cache")
    )
    assert done.returncode == 1
    assert "✗ failed" in done.stdout
    errors = done.stderr.splitlines()
    assert len(errors) == 2
    assert errors[0].startswith("error: No usable Pulumi engine")
    assert errors[1].startswith("The log of everything is ")
    assert errors[0] in Path(errors[1].rpartition(" ")[2]).read_text()
