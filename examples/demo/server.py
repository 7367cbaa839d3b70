"""The local W&B server as a process of its own, and its set-up calls."""

from __future__ import annotations

import os
import re
import subprocess
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from examples.demo.home import require_loopback
from wandb_registry.errors import UserError

COMMAND = ("wandb-registry", "sandbox", "--port", "0", "--data")

_PATIENCE_SECONDS = 60.0
_ADDRESS = re.compile(r"https?://\S+")


class ServerFailed(UserError):
    """The local server did not start, or refused a set-up call."""


@dataclass(frozen=True)
class Server:
    """A running server; `output` is what it prints."""

    process: subprocess.Popen[bytes]
    url: str
    output: Path

    def set_up(self, subject: str, command: Mapping[str, Any]) -> None:
        """One set-up call: `subject` is user, organization or team."""
        # Not through a proxy of the user's: the server is on this machine.
        with httpx.Client(base_url=self.url, trust_env=False, timeout=30) as client:
            answer = client.post(f"/db/{subject}", json=dict(command))
        if answer.is_error:
            raise ServerFailed(f"POST /db/{subject} answered {answer.status_code}: {answer.text}")

    def stop(self) -> None:
        """End it, and wait for its end."""
        self.process.terminate()
        try:
            self.process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


def start_server(data: Path, environment: Mapping[str, str], output: Path) -> Server:
    """Start it on a free port and wait for its address; it lives on after this process if not stopped."""
    with output.open("wb") as stream:
        process = subprocess.Popen(
            [*COMMAND, str(data)],
            env={**environment, "PYTHONUNBUFFERED": "1"},
            cwd=data.parent,
            stdin=subprocess.DEVNULL,
            stdout=stream,
            stderr=subprocess.STDOUT,
            start_new_session=True,  # one Ctrl-C is for the demo, which then stops it
        )
    server = Server(process, "", output)
    try:
        return Server(process, require_loopback(_address(process, output)), output)
    except BaseException:
        server.stop()
        raise


def _address(process: subprocess.Popen[bytes], output: Path) -> str:
    end = time.monotonic() + _PATIENCE_SECONDS
    while time.monotonic() < end:
        text = output.read_text(encoding="utf-8", errors="replace")
        # A line that is still being written has no end yet.
        if found := _ADDRESS.search(text[: text.rfind("\n") + 1]):
            return found[0]
        if process.poll() is not None:
            raise ServerFailed(f"the local server ended with exit code {process.returncode}: {text.strip()}")
        time.sleep(0.02)
    raise ServerFailed(f"the local server printed no address within {_PATIENCE_SECONDS:.0f} s{os.linesep}")
