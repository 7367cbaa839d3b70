"""`make demo`: everything on this machine, in a folder of its own; KEEP=1 leaves the server up."""

from __future__ import annotations

import os
import sys
import tempfile
import time
import traceback
from pathlib import Path

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from examples.demo.home import Home, make_home, write_settings
from examples.demo.organization import new_api_key
from examples.demo.server import COMMAND, Server, start_server
from examples.demo.steps import StepFailed, Steps
from examples.demo.story import STORY, Demo, tell
from wandb_registry.engine.progress import Reporter
from wandb_registry.engine.provide import provide_engine
from wandb_registry.errors import UserError

INTERRUPTED = 130


def main() -> int:
    """Run the demo; the exit code is 0 only if every step was as expected."""
    console = Console(highlight=False)
    root = Path(tempfile.mkdtemp(prefix="wandb-registry-demo-"))
    steps = Steps(console, root / "demo.log", total=len(STORY) + 2)
    keep = os.environ.get("KEEP", "0") not in ("", "0")
    console.print(Text(f"Everything of this demo is in {root}"), soft_wrap=True)
    try:
        _demonstrate(steps, root, keep=keep)
    except KeyboardInterrupt:
        console.print("interrupted")
        return INTERRUPTED
    except UserError as error:
        _tell(steps, str(error), error.tail if isinstance(error, StepFailed) else "")
        return 1
    except Exception as error:  # noqa: BLE001 (the last one to see it; the log has the traceback)
        steps.write(traceback.format_exc())
        _tell(steps, f"internal error {type(error).__name__}; see the log", "")
        return 1
    return 0


def _demonstrate(steps: Steps, root: Path, *, keep: bool) -> None:
    started = time.monotonic()
    with steps.step("Have the Pulumi engine (built once where there is none)") as step:
        steps.note("$ wandb-registry env")
        engine = provide_engine(reporter=Reporter(steps.console))
        step.done = str(engine)
    home, api_key = make_home(root, engine), new_api_key()
    with steps.step("Start a local W&B server") as step:
        steps.note(f"$ {' '.join(COMMAND)} {home.sandbox}")
        # It gets no address and no key: it is what they belong to.
        environment = home.environment("http://127.0.0.1", "")
        server = start_server(home.sandbox, environment, root / "sandbox.log")
        step.done = server.url
    finished = False
    try:
        demo = Demo(steps, home, server, api_key)
        tell(demo)
        finished = True
        _summarize(steps, home, time.monotonic() - started)
    finally:
        # After a failure too: whoever asked to keep it wants to look at it.
        if keep:
            write_settings(home, home.environment(server.url, api_key))
            _explain_kept(steps.console, home, server)
        else:
            server.stop()
            if finished:
                steps.console.print(
                    f"The server is stopped; remove the files with: rm -r {root}", soft_wrap=True
                )


def _summarize(steps: Steps, home: Home, seconds: float) -> None:
    table = Table(box=box.SIMPLE_HEAD, title=f"All steps done in {seconds:.0f} s", title_justify="left")
    table.add_column("step", overflow="fold")
    table.add_column("outcome", overflow="fold")
    table.add_column("seconds", justify="right")
    for title, outcome, took in steps.summary:
        table.add_row(Text(title), Text(outcome), f"{took:.1f}")
    files = Table(box=None, show_header=False, pad_edge=False)
    for what, path in (
        ("stack file", home.stack_file),
        ("inventory", home.inventory),
        ("mapping rules", home.project / "migration.yaml"),
        ("state", home.exported),
        ("log", steps.log),
    ):
        files.add_row(Text(what), Text(str(path), overflow="fold"))
    wide = steps.console if steps.console.is_terminal else Console(width=200, highlight=False)
    wide.print(table)
    wide.print(files)
    steps.write(f"All steps done in {seconds:.0f} s\n")


def _explain_kept(console: Console, home: Home, server: Server) -> None:
    for line in (
        f"The server is still up at {server.url}. To use it in this shell, with plain `pulumi`:",
        f"  . {home.settings}",
        f"  pulumi preview; wandb-registry verify {home.stack_file.relative_to(home.project)}",
        "To stop it and to remove everything:",
        f"  kill {server.process.pid}; rm -r {home.root}",
    ):
        console.print(Text(line), soft_wrap=True)


def _tell(steps: Steps, message: str, tail: str) -> None:
    errors = Console(stderr=True, highlight=False)
    if tail:
        errors.print(Text(tail), soft_wrap=True)
    errors.print(Text(f"error: {message}", "bold red"), soft_wrap=True)
    errors.print(Text(f"The log of everything is {steps.log}"), soft_wrap=True)
    steps.write(f"error: {message}\n")


if __name__ == "__main__":
    sys.exit(main())
