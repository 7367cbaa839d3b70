"""The client's failures, each as one line: against a loopback server and against none."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pydantic
import pytest
import wandb

from wandb_registry.verify.client import answers, connect, one_line, reason
from wandb_registry.verify.errors import KeyRefused, NoKey

KEY = "k" * 40


@contextmanager
def refusing_server(status: int, message: str) -> Iterator[str]:
    """A server that answers every request with one status."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            body = json.dumps({"errors": [{"message": message}]}).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()


@pytest.fixture(autouse=True)
def _own_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    monkeypatch.setenv("WANDB_SILENT", "true")
    monkeypatch.setenv("WANDB_X_GRAPHQL_RETRY_MAX", "1")
    monkeypatch.setenv("WANDB_CACHE_DIR", str(tmp_path))


@pytest.mark.parametrize("status", [401, 403])
def test_a_refused_key_is_named_without_being_shown(monkeypatch: pytest.MonkeyPatch, status: int) -> None:
    with refusing_server(status, "invalid api key") as url:
        monkeypatch.setenv("WANDB_BASE_URL", url)
        monkeypatch.setenv("WANDB_API_KEY", KEY)
        with pytest.raises(KeyRefused, match="invalid api key") as caught:
            connect()
    assert caught.value.exit_code == 3
    assert url in str(caught.value)
    assert KEY not in str(caught.value)
    assert "\n" not in str(caught.value)


def test_no_key_is_not_asked_for(tmp_path: Path) -> None:
    program = (
        "from wandb_registry.verify.client import connect\n"
        "from wandb_registry.verify.errors import NoKey\n"
        "try:\n    connect()\nexcept NoKey as error:\n    print(error)\n"
    )
    # A process of its own: the client keeps the key of an earlier login as long as it lives.
    done = subprocess.run(
        [sys.executable, "-c", program],
        env={"HOME": str(tmp_path), "PATH": "/usr/bin:/bin", "WANDB_BASE_URL": "http://127.0.0.1:9"},
        cwd=tmp_path,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    assert "No API key" in done.stdout, done.stderr


def test_a_malformed_key_is_named_without_being_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WANDB_API_KEY", "shortsecret")
    monkeypatch.setenv("WANDB_BASE_URL", "http://127.0.0.1:9")
    with pytest.raises(NoKey, match="40") as caught:
        connect()
    assert "shortsecret" not in str(caught.value)


def test_an_address_that_does_not_answer(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        address = f"http://127.0.0.1:{taken.getsockname()[1]}"  # bound, and nobody listens
        program = (
            "from wandb_registry.verify.client import connect\n"
            "from wandb_registry.verify.errors import NoAnswer\n"
            "try:\n    connect()\nexcept NoAnswer as error:\n    print(error)\n"
        )
        # A process of its own: the client reads its retry settings once a process.
        done = subprocess.run(
            [sys.executable, "-c", program],
            env={
                "HOME": str(tmp_path),
                "WANDB_API_KEY": KEY,
                "WANDB_BASE_URL": address,
                "WANDB_X_GRAPHQL_RETRY_MAX": "1",
            },
            cwd=tmp_path,
            capture_output=True,
            text=True,
            timeout=60,
            check=True,
        )
    assert address in done.stdout
    assert "connection refused" in done.stdout
    assert len(done.stdout.splitlines()) == 1
    assert KEY not in done.stdout + done.stderr
    assert [path.name for path in tmp_path.iterdir() if not path.name.startswith(".")] == []


def test_an_answer_of_wrong_shape_is_told_without_quoting_it() -> None:
    class Member(pydantic.BaseModel):
        role: str

    def load() -> None:
        try:
            Member.model_validate({"role": {"apiKey": "canary"}})
        except pydantic.ValidationError as inner:
            raise ValueError("Failed to load registry") from inner

    with pytest.raises(ValueError, match="Failed") as caught:
        load()
    assert answers(caught.value)
    assert "role" in reason(caught.value)
    assert "canary" not in reason(caught.value)


def test_a_client_error_is_told_by_its_cause() -> None:
    error = wandb.errors.CommError("over\n\n  two lines")
    assert reason(error) == "over two lines"
    assert len(one_line("x" * 1000)) < 400
