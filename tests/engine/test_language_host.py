from __future__ import annotations

import signal
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

HOST = [sys.executable, "-P", "-m", "wandb_registry.engine.language_host", "/no/runner", "127.0.0.1:1"]


@pytest.fixture
def host() -> Iterator[subprocess.Popen[bytes]]:
    with subprocess.Popen(
        HOST, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        yield process
        process.kill()


def first_line(process: subprocess.Popen[bytes]) -> bytes:
    assert process.stdout is not None
    return process.stdout.readline()


def test_the_first_line_is_the_port(host: subprocess.Popen[bytes]) -> None:
    assert 0 < int(first_line(host)) < 65536


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_interrupted_it_leaves_quietly(host: subprocess.Popen[bytes], number: signal.Signals) -> None:
    first_line(host)
    host.send_signal(number)
    assert host.communicate(timeout=30) == (b"", b"")
    assert host.returncode == 0


def test_it_does_not_outlive_the_engine(host: subprocess.Popen[bytes]) -> None:
    first_line(host)
    # `communicate` closes our end of its stdin, as the death of the engine does.
    assert host.communicate(timeout=30) == (b"", b"")
    assert host.returncode == 0


def test_its_import_is_light() -> None:
    code = "import sys, wandb_registry.engine.language_host; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert not {"wandb", "pulumi", "grpc", "rich", "httpx"} & set(loaded.split())


def test_serving_needs_no_wandb() -> None:
    code = "import sys, wandb_registry.engine.language_service; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert not {"wandb", "rich", "httpx", "pydantic"} & set(loaded.split())
