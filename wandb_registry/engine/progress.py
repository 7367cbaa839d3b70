"""What the user sees while the engine is fetched and built: minutes of work, never silence."""

from __future__ import annotations

import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

if TYPE_CHECKING:
    from collections.abc import Iterator

# Where the output is no terminal (CI), a line as often as this.
_LINE_EVERY_SECONDS = 20.0


class Step:
    """One piece of work under way."""

    def __init__(self, console: Console, title: str) -> None:
        self._console = console
        self._title = title
        self._started = self._last_line = time.monotonic()
        self._progress: Progress | None = None
        if console.is_terminal and not console.is_dumb_terminal:  # a dumb one shows no animation at all
            columns = (SpinnerColumn(), TextColumn("{task.description}", markup=False), TimeElapsedColumn())
            self._progress = Progress(*columns, console=console, transient=True)
            self._task = self._progress.add_task(title, total=None)
            self._progress.start()
        else:
            console.print(f"{title} ...", highlight=False, markup=False)

    def detail(self, text: str) -> None:
        """Show how far it is; call it often, it prints sparingly."""
        if self._progress is not None:
            self._progress.update(self._task, description=f"{self._title}: {text}")
            return
        now = time.monotonic()
        if now - self._last_line >= _LINE_EVERY_SECONDS:
            self._last_line = now
            self._console.print(f"  {now - self._started:.0f} s: {text}", highlight=False, markup=False)

    def close(self, outcome: str) -> None:
        """End it with a last line."""
        if self._progress is not None:
            self._progress.stop()
        self._console.print(
            f"{self._title}: {outcome}, {time.monotonic() - self._started:.0f} s", highlight=False
        )


class Reporter:
    """Writes to stderr, so that stdout stays free for what a shell evaluates."""

    def __init__(self, console: Console | None = None) -> None:
        self._console = console if console is not None else Console(stderr=True, soft_wrap=True)

    def note(self, text: str) -> None:
        """One line."""
        self._console.print(text, highlight=False, markup=False)

    @contextmanager
    def step(self, title: str) -> Iterator[Step]:
        """Show `title` with the time elapsed until the block ends."""
        step = Step(self._console, title)
        outcome = "failed"
        try:
            yield step
            outcome = "done"
        finally:
            step.close(outcome)
