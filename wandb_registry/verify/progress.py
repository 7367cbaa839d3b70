"""Progress on stderr while the target is read; nothing where stderr is no terminal."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, SpinnerColumn, TextColumn
from rich.progress import Progress as Bar

from wandb_registry.verify.live import Progress


@contextmanager
def shown_progress() -> Iterator[Progress]:
    """A bar that goes away when the reading is done."""
    console = Console(stderr=True)
    columns = (SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    with Bar(*columns, console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task("reading the target", total=None)

        def show(what: str, done: int, total: int | None) -> None:
            bar.update(task, description=what.replace("[", "\\["), completed=done, total=total)

        yield show
