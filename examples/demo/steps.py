"""Steps and their commands: shown as they come, and logged whole."""

from __future__ import annotations

import shlex
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from rich.console import Console
from rich.text import Text

from wandb_registry.errors import UserError

_TAIL_LINES = 25


class StepFailed(UserError):
    """A command of the demo, or what it did, was not as expected; `tail` is the end of its output."""

    def __init__(self, message: str, output: str = "") -> None:
        lines = [line for line in output.splitlines() if line.strip()]
        self.tail = "\n".join(lines[-_TAIL_LINES:])
        super().__init__(message)


@dataclass
class Step:
    """A step under way; `done` is what its last line says."""

    title: str
    done: str = ""


@dataclass
class Steps:
    """Prints each step with its commands, the time it took and a check mark, and logs everything."""

    console: Console
    log: Path
    total: int
    summary: list[tuple[str, str, float]] = field(default_factory=list)
    """Title, outcome and seconds of each step that was done."""

    @contextmanager
    def step(self, title: str) -> Iterator[Step]:
        """Show a step until its block ends."""
        heading = f"[{len(self.summary) + 1:2}/{self.total}] {title}"
        self._say(heading, "bold")
        step, started = Step(title), time.monotonic()
        try:
            yield step
        except BaseException:
            self._say(f"      ✗ failed after {time.monotonic() - started:.1f} s", "bold red")
            raise
        seconds = time.monotonic() - started
        self.summary.append((title, step.done, seconds))
        self._say(f"      ✓ {step.done or 'done'} ({seconds:.1f} s)", "green")

    def note(self, line: str) -> None:
        """A line within a step: a command that is no process of its own."""
        self._say(f"      {line}", "cyan")

    def run(
        self,
        command: Sequence[str],
        environment: Mapping[str, str],
        folder: Path,
        *,
        expect: int = 0,
        show: Sequence[str] | None = None,
    ) -> str:
        """Run a command to its end and answer what it printed.

        Args:
            command: as a person would type it; looked up on the PATH of `environment`.
            environment: all that it gets.
            folder: where it runs.
            expect: its exit code; StepFailed for any other.
            show: how it is shown, where the command is longer than one would type.
        """
        shown = shlex.join(show or command)
        self.note(f"$ {shown}")
        output = self._collect(command, environment, folder, shown)
        if output.code != expect:
            wanted = "" if expect == 0 else f", not {expect}"
            raise StepFailed(f"`{shown}` ended with exit code {output.code}{wanted}", output.text)
        return output.text

    def write(self, text: str) -> None:
        """Into the log alone."""
        with self.log.open("a", encoding="utf-8") as stream:
            stream.write(text)

    def _collect(
        self, command: Sequence[str], environment: Mapping[str, str], folder: Path, shown: str
    ) -> _Output:
        process = subprocess.Popen(
            list(command),
            env=dict(environment),
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
            errors="replace",
        )
        lines: list[str] = []
        # On a terminal the newest line shows that something is going on; elsewhere it is in the log.
        with self.console.status(shown) as status, process:
            assert process.stdout is not None  # noqa: S101 (for the type checker)
            for line in process.stdout:
                lines.append(line)
                self.write(line)
                status.update(Text(line.strip()[:100] or shown))
        return _Output("".join(lines), process.returncode)

    def _say(self, line: str, style: str) -> None:
        self.console.print(Text(line, style), soft_wrap=True)
        self.write(line + "\n")


@dataclass(frozen=True)
class _Output:
    text: str
    code: int
