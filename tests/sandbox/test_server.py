from __future__ import annotations

import socket
from typing import TYPE_CHECKING

import httpx
import pytest

from tests.sandbox.support import World
from wandb_sandbox.errors import SandboxError
from wandb_sandbox.server import Sandbox, is_loopback

if TYPE_CHECKING:
    from pathlib import Path


def test_state_survives_a_restart(tmp_path: Path) -> None:
    with Sandbox(tmp_path) as first, httpx.Client(base_url=first.url) as http:
        before = World(first, http)
        before.registry()
        artifact = before.version()
        before.link(artifact, aliases=("prod",))
        kept = before.versions()
    with Sandbox(tmp_path) as second, httpx.Client(base_url=second.url) as http:
        before.http = http
        assert before.versions() == kept == [(0, artifact, ["latest", "prod"])]


def test_a_folder_in_use_is_refused(tmp_path: Path) -> None:
    with Sandbox(tmp_path), pytest.raises(SandboxError, match="in use by another sandbox"):
        Sandbox(tmp_path).start()
    with Sandbox(tmp_path) as again:
        assert httpx.get(f"{again.url}/healthz").text == "ok"


def test_an_address_in_use_is_refused_and_the_folder_let_go(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(SandboxError, match=f"port {port}"):
            Sandbox(tmp_path, port=port).start()
    with Sandbox(tmp_path):
        pass


def test_a_folder_that_is_a_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("")
    with pytest.raises(SandboxError, match="cannot be used"):
        Sandbox(tmp_path / "data").start()


def test_a_folder_of_another_layout_is_refused(tmp_path: Path) -> None:
    with Sandbox(tmp_path) as first:
        first.state.db.execute("UPDATE meta SET value = '0' WHERE key = 'layout'")
    with pytest.raises(SandboxError, match="another version"):
        Sandbox(tmp_path).start()


def test_setup_and_control_can_be_left_out(tmp_path: Path) -> None:
    with Sandbox(tmp_path, with_setup=False) as closed:
        assert httpx.post(f"{closed.url}/db/user", json={"command": "up", "username": "x"}).status_code == 404
        assert httpx.get(f"{closed.url}/sandbox/requests").status_code == 404


@pytest.mark.parametrize(
    ("host", "expected"),
    [("127.0.0.1", True), ("localhost", True), ("::1", True), ("10.0.0.1", False), ("example.com", False)],
)
def test_loopback(host: str, expected: bool) -> None:
    assert is_loopback(host) is expected
