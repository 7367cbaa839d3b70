"""The demo's server: started on a free port of this machine, stopped for good."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import httpx
import pytest

from examples.demo.home import NotLoopback
from examples.demo.server import ServerFailed, start_server
from tests.engine.programs import program


def environment(folder: Path) -> dict[str, str]:
    return {**os.environ, "PATH": f"{folder}{os.pathsep}{os.environ['PATH']}"}


def test_another_machines_address_is_refused(tmp_path: Path) -> None:
    program(tmp_path / "bin", "wandb-registry", "echo http://192.0.2.1:80; exec sleep 60")
    with pytest.raises(NotLoopback):
        start_server(tmp_path / "data", environment(tmp_path / "bin"), tmp_path / "log")


def test_a_server_that_does_not_start_is_told_with_its_words(tmp_path: Path) -> None:
    program(tmp_path / "bin", "wandb-registry", "echo error: the folder is taken >&2; exit 3")
    with pytest.raises(ServerFailed, match="exit code 3: error: the folder is taken"):
        start_server(tmp_path / "data", environment(tmp_path / "bin"), tmp_path / "log")


def test_the_real_one_answers_and_stops(tmp_path: Path) -> None:
    server = start_server(tmp_path / "data", environment(Path(sys.prefix) / "bin"), tmp_path / "log")
    try:
        server.set_up("user", {"command": "up", "username": "alice"})
        with pytest.raises(ServerFailed, match="POST /db/user answered 4"):
            server.set_up("user", {"command": "no such"})
    finally:
        server.stop()
    assert server.process.poll() is not None
    with pytest.raises(httpx.ConnectError):
        httpx.get(server.url, trust_env=False)
