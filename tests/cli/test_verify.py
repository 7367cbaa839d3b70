"""The command: exit codes, streams, and no key in either. Runs in a process of its own, as people run it."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.verify.world import KEYS, World
from wandb_sandbox.server import Sandbox

PROGRAM = """
import sys, typer
from wandb_registry.cli.verify import verify
from wandb_registry.errors import UserError
app = typer.Typer()
app.command()(verify)
try:
    app()
except UserError as error:
    print(f"error: {error}", file=sys.stderr)
    sys.exit(error.exit_code)
"""


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with Sandbox(tmp_path_factory.mktemp("cli-verify") / "data") as sandbox:
        world = World(sandbox)
        with world.http:
            world.build()
            yield world


def run(
    folder: Path, url: str, *arguments: str, key: str = KEYS["alice"]
) -> subprocess.CompletedProcess[str]:
    environment = {"HOME": str(folder / "home"), "WANDB_BASE_URL": url, "WANDB_API_KEY": key}
    (folder / "cwd").mkdir(exist_ok=True)
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, *arguments],
        env={**environment, "PYTHONPATH": ":".join(sys.path), "WANDB_X_GRAPHQL_RETRY_MAX": "1"},
        cwd=folder / "cwd",
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert "canary" not in done.stdout + done.stderr
    assert key not in done.stdout + done.stderr
    assert list((folder / "cwd").iterdir()) == []
    return done


def test_table_and_json_of_an_equal_and_a_changed_registry(world: World, tmp_path: Path) -> None:
    path = world.files(tmp_path, {"churn-models": world.registry("churn-models")})
    equal = run(tmp_path, world.url, str(path), "--strict")
    assert (equal.returncode, equal.stderr) == (0, "")
    assert "no difference" in equal.stdout
    assert "2 collections, 5 links" in equal.stdout

    world.describe("churn-models", "churn", "Edited by hand")
    table = run(tmp_path, world.url, str(path))
    assert table.returncode == 1
    assert "churn-models/churn" in table.stdout
    assert "Edited by hand" in table.stdout

    program = run(tmp_path, world.url, str(path), "--json")
    assert (program.returncode, program.stderr) == (1, "")
    document = json.loads(program.stdout)
    assert document["counts"]["difference"] == 1
    assert run(tmp_path, world.url, str(path), "--json").stdout == program.stdout


def test_what_cannot_be_asked_is_one_line_and_three(world: World, tmp_path: Path) -> None:
    path = world.files(tmp_path, {})
    refused = run(tmp_path, world.url, str(path), key="z" * 40)
    silent = run(tmp_path, "http://127.0.0.1:9", str(path), "--json")
    for done in (refused, silent):
        assert (done.returncode, done.stdout) == (3, "")
        assert done.stderr.startswith("error: ")
        assert len(done.stderr.splitlines()) == 1


def test_a_bad_file_is_named_with_its_line(world: World, tmp_path: Path) -> None:
    path = tmp_path / "bad.yaml"
    path.write_text("version: 1\norganization: acme\nregistries: {r: {visibility: open}}\n")
    done = run(tmp_path, world.url, str(path))
    assert done.returncode == 1
    assert f"{path}:3" in done.stderr
    assert "Traceback" not in done.stderr
