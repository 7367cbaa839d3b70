"""Running `pulumi` in a program's directory, as a person would type it: the CLI, not the Automation API."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import threading
from dataclasses import dataclass, field
from typing import IO, TYPE_CHECKING, Any

from wandb_registry.engine.errors import PulumiFailed, PulumiTimedOut
from wandb_registry.engine.installation import Engine

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

__all__ = ["Completed", "Engine", "Running", "Workspace"]

_TAIL_LINES = 15
_DEFAULT_LIMIT_SECONDS = 900.0


@dataclass(frozen=True)
class Completed:
    """A `pulumi` command that ended: its arguments, exit code (negative: by a signal) and what it printed."""

    arguments: tuple[str, ...]
    exit_code: int
    stdout: str
    stderr: str

    @property
    def output(self) -> str:
        """Stdout, then stderr."""
        return self.stdout + self.stderr

    def check(self) -> Completed:
        """Itself where the exit code is 0.

        Raises:
            PulumiFailed: with the end of the output, which is Pulumi's own account for the user.
        """
        if self.exit_code == 0:
            return self
        tail = "\n".join(line for line in self.output.splitlines() if line.strip()) or "(no output)"
        tail = "\n".join(tail.splitlines()[-_TAIL_LINES:])
        command = " ".join(("pulumi", *self.arguments))
        raise PulumiFailed(
            f"`{command}` ended with exit code {self.exit_code}; its last lines:\n{tail}\n",
            exit_code_of_pulumi=self.exit_code,
            output=self.output,
        )


@dataclass
class Running:
    """A `pulumi` command under way, in a process group of its own, its output being collected."""

    arguments: tuple[str, ...]
    process: subprocess.Popen[bytes]
    echo: Callable[[str], None] | None = None
    _collected: dict[str, list[str]] = field(default_factory=lambda: {"stdout": [], "stderr": []})
    _pumps: list[threading.Thread] = field(default_factory=list)

    def __post_init__(self) -> None:
        for name, stream in (("stdout", self.process.stdout), ("stderr", self.process.stderr)):
            if stream is not None:
                pump = threading.Thread(target=self._pump, args=(name, stream), daemon=True)
                pump.start()
                self._pumps.append(pump)

    def _pump(self, name: str, stream: IO[bytes]) -> None:
        with stream:
            for line in stream:
                text = line.decode(errors="replace")
                self._collected[name].append(text)
                if self.echo is not None:
                    self.echo(text.rstrip("\n"))

    @property
    def output(self) -> str:
        """What it printed up to now: stdout, then stderr."""
        return "".join([*self._collected["stdout"], *self._collected["stderr"]])

    def interrupt(self) -> None:
        """What one Ctrl-C does: the engine ends what is under way, and saves its state."""
        self._signal(signal.SIGINT)

    def kill(self) -> None:
        """`kill -9` of the engine alone: its plugins are in groups of their own and see it die."""
        self._signal(signal.SIGKILL)

    def _signal(self, number: signal.Signals) -> None:
        if self.process.poll() is None:
            os.killpg(self.process.pid, number)

    def wait(self, limit: float = _DEFAULT_LIMIT_SECONDS) -> Completed:
        """Wait for its end.

        Raises:
            PulumiTimedOut: after `limit` seconds; it is killed.
        """
        try:
            exit_code = self.process.wait(limit)
        except subprocess.TimeoutExpired as error:
            self.kill()
            self.process.wait()
            command = " ".join(("pulumi", *self.arguments))
            raise PulumiTimedOut(f"`{command}` took longer than {limit:.0f} s and was ended") from error
        for pump in self._pumps:
            # An orphaned plugin of a killed engine may hold the other end a little longer.
            pump.join(timeout=5.0)
        stdout, stderr = ("".join(self._collected[name]) for name in ("stdout", "stderr"))
        return Completed(self.arguments, exit_code, stdout, stderr)


@dataclass(frozen=True)
class Workspace:
    """A Pulumi project's directory with the environment that its commands run in.

    `echo` gets each line that a command prints, as it comes (None: silent). Extra arguments of the methods
    are flags of the `pulumi` command. All of them raise PulumiFailed and PulumiTimedOut.
    """

    engine: Engine
    directory: Path
    environment: Mapping[str, str]
    echo: Callable[[str], None] | None = None

    def start(self, *arguments: str, silent: bool = False) -> Running:
        """Start a command and return at once: for one that is to be interrupted or killed.

        `silent` keeps its output from `echo`.
        """
        process = subprocess.Popen(
            [str(self.engine.pulumi), *arguments, "--non-interactive", "--color", "never"],
            cwd=self.directory,
            env=dict(self.environment),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            process_group=0,
        )
        return Running(arguments, process, None if silent else self.echo)

    def run(
        self,
        *arguments: str,
        check: bool = True,
        silent: bool = False,
        limit: float = _DEFAULT_LIMIT_SECONDS,
    ) -> Completed:
        """Run a command to its end; with `check` an exit code other than 0 raises PulumiFailed."""
        running = self.start(*arguments, silent=silent)
        try:
            completed = running.wait(limit)
        except KeyboardInterrupt:
            # Its process group is not the terminal's, so it is told here, and may end what is under way.
            running.interrupt()
            running.process.wait()
            raise
        return completed.check() if check else completed

    def init(self, stack: str) -> None:
        """Make a stack and select it."""
        self.run("stack", "init", stack)

    def select(self, stack: str) -> None:
        """Select a stack, made if need be."""
        self.run("stack", "select", "--create", stack)

    def preview(self, *flags: str, check: bool = True) -> Completed:
        """`pulumi preview`."""
        return self.run("preview", *flags, check=check)

    def preview_json(self, *flags: str) -> dict[str, Any]:
        """The steps of `pulumi preview --json`; a failed preview raises rather than giving some of them."""
        completed = self.run("preview", "--json", *flags, silent=True)
        digest = json.loads(completed.stdout)
        assert isinstance(digest, dict)  # noqa: S101 (for the type checker)
        return digest

    def up(self, *flags: str, check: bool = True) -> Completed:
        """`pulumi up --yes --skip-preview`."""
        return self.run("up", "--yes", "--skip-preview", *flags, check=check)

    def refresh(self, *flags: str, check: bool = True) -> Completed:
        """`pulumi refresh --yes --skip-preview`."""
        return self.run("refresh", "--yes", "--skip-preview", *flags, check=check)

    def destroy(self, *flags: str, check: bool = True) -> Completed:
        """`pulumi destroy --yes --skip-preview`."""
        return self.run("destroy", "--yes", "--skip-preview", *flags, check=check)

    def cancel(self) -> None:
        """Remove the lock that a killed run left on the selected stack."""
        self.run("cancel", "--yes")

    def export(self) -> dict[str, Any]:
        """The stack's state: `version` and `deployment`."""
        state = json.loads(self.run("stack", "export", silent=True).stdout)
        assert isinstance(state, dict)  # noqa: S101 (for the type checker)
        return state
