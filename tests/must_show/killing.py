"""Killing a process at a known point: after a write took effect, before its answer is sent."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

from tests.engine.waiting import ended, wait_for
from wandb_registry.engine.session import Running
from wandb_sandbox.faults.log import RequestLog


class KillingLog(RequestLog):
    """A request log that acts after the n-th write; the server notes a request before it answers."""

    def __init__(self) -> None:
        super().__init__()
        self.writes: list[str] = []
        self.done = False
        self._at = 0
        self._act: Callable[[], None] = lambda: None

    def arm(self, at: int, act: Callable[[], None]) -> None:
        """Start counting anew, and call `act` after write number `at`, the first being 1."""
        self.writes, self.done, self._at, self._act = [], False, at, act

    def disarm(self) -> None:
        """Only count from now on."""
        self._at = 0

    def add(self, operation: str, kind: str, *rest: Any) -> None:
        super().add(operation, kind, *rest)
        if kind != "mutation":
            return
        self.writes.append(operation)
        if len(self.writes) == self._at:
            self.done = True
            self._act()


def kill_provider(running: Running) -> None:
    """`kill -9` of the processes that serve the dynamic resources of a run."""
    providers = providers_of(running)
    for provider in providers:
        os.kill(provider, signal.SIGKILL)
    wait_for(lambda: all(map(ended, providers)), "the providers' end")


def kill_engine(running: Running) -> None:
    """`kill -9` of the engine; its providers, left alone, must end by themselves."""
    providers = providers_of(running)
    running.process.kill()
    wait_for(lambda: all(map(ended, providers)), "the end of the providers without their engine")


def providers_of(running: Running) -> list[int]:
    """The process ids of the providers, children of the engine."""
    found = []
    for status in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):  # it ended meanwhile
            parent = int(status.read_text().rpartition(")")[2].split()[1])
            command = status.with_name("cmdline").read_bytes()
            if parent == running.process.pid and b"dynamic" in command:
                found.append(int(status.parent.name))
    assert found, "no provider is running"
    return found
