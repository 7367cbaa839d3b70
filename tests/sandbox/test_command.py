"""`wandb-registry sandbox` as a person starts it."""

from __future__ import annotations

import signal
import subprocess
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

import httpx
import pytest

from tests.sandbox.support import World

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


def command(*arguments: object) -> list[str]:
    return [sys.executable, "-m", "wandb_registry.cli.main", "sandbox", *map(str, arguments)]


@contextmanager
def started(*arguments: object) -> Iterator[tuple[subprocess.Popen[str], str]]:
    pipe = subprocess.PIPE
    process = subprocess.Popen(command(*arguments), stdout=pipe, stderr=pipe, text=True)
    try:
        assert process.stdout is not None
        yield process, process.stdout.readline().strip()
    finally:
        if process.poll() is None:
            process.kill()
        process.communicate()


def test_it_prints_its_address_and_ends_when_told(tmp_path: Path) -> None:
    for number in (signal.SIGTERM, signal.SIGINT):
        with started("--data", tmp_path) as (process, address):
            assert httpx.get(f"{address}/healthz").text == "ok"
            process.send_signal(number)
            out, error = process.communicate(timeout=20)
            assert (process.returncode, out, error) == (0, "", "")


def test_what_was_answered_survives_a_kill(tmp_path: Path) -> None:
    with started("--data", tmp_path) as (process, address), httpx.Client(base_url=address) as http:
        world = World(None, http)  # type: ignore[arg-type]
        world.registry()
        artifact = world.version()
        world.link(artifact, aliases=("prod",)).data  # noqa: B018
        process.kill()
        process.wait(timeout=20)
    with started("--data", tmp_path) as (_, address), httpx.Client(base_url=address) as http:
        world.http = http
        assert world.versions() == [(0, artifact, ["latest", "prod"])]


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        (["--host", "0.0.0.0"], "can be reached from other machines"),  # noqa: S104
        (["--port", "70000"], "65535"),
        (["--profile", "server-9"], "there is no profile 'server-9'"),
    ],
)
def test_what_is_refused(tmp_path: Path, arguments: list[str], text: str) -> None:
    done = subprocess.run(command("--data", tmp_path, *arguments), capture_output=True, text=True, timeout=30)
    assert done.returncode != 0
    assert text in done.stderr
    assert "Traceback" not in done.stderr


def test_a_folder_in_use_is_one_line(tmp_path: Path) -> None:
    with started("--data", tmp_path) as (_, address):
        assert address
        done = subprocess.run(command("--data", tmp_path), capture_output=True, text=True, timeout=30)
    assert done.returncode == 1
    assert done.stderr.count("\n") == 1
    assert "in use by another sandbox" in done.stderr


def test_a_profile_of_an_older_server(tmp_path: Path) -> None:
    with started("--data", tmp_path, "--profile", "server-0.74") as (_, address):
        found = httpx.get(f"{address}/sandbox/switches").json()
    assert (found["default_role"], found["restricted_viewers"]) == ("viewer", False)
    assert found["features"]["ARTIFACT_REGISTRY_SEARCH"]
    assert not found["features"]["QUERY_AUTOMATIONS_ON_ENTITY"]
