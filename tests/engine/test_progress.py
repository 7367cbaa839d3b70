from __future__ import annotations

import io

import pytest
from rich.console import Console

from wandb_registry.engine import progress
from wandb_registry.engine.progress import Reporter


def test_without_a_terminal_there_are_lines_but_not_many(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = iter(range(0, 1000, 5))
    monkeypatch.setattr(progress.time, "monotonic", lambda: float(next(clock)))
    file = io.StringIO()
    with Reporter(Console(file=file)).step("Building") as step:
        for count in range(8):
            step.detail(f"{count} packages")
    lines = file.getvalue().splitlines()
    assert lines[0] == "Building ..."
    assert lines[1:3] == ["  20 s: 3 packages", "  40 s: 7 packages"]
    assert lines[3].startswith("Building: done, ")
    assert len(lines) == 4


def test_a_failure_is_shown_as_one() -> None:
    file = io.StringIO()
    with pytest.raises(OSError, match="disk full"), Reporter(Console(file=file)).step("Building"):
        raise OSError("disk full")
    assert "Building: failed, " in file.getvalue()


def test_on_a_terminal_the_elapsed_time_is_shown_and_ends_with_a_plain_line() -> None:
    file = io.StringIO()
    console = Console(file=file, force_terminal=True, width=100, _environ={"TERM": "xterm"})
    with Reporter(console).step("Building") as step:
        step.detail("12 packages")
    assert "Building: 12 packages" in file.getvalue()
    assert "Building: done, " in file.getvalue().splitlines()[-1]


def test_a_dumb_terminal_gets_lines_as_a_file_does() -> None:
    file = io.StringIO()
    console = Console(file=file, force_terminal=True, width=100, _environ={"TERM": "dumb"})
    with Reporter(console).step("Building"):
        assert file.getvalue() == "Building ...\n"


def test_what_go_prints_is_not_read_as_markup() -> None:
    file = io.StringIO()
    Reporter(Console(file=file, soft_wrap=True)).note("Not used: /opt/[old]/pulumi is version 3.1.0")
    assert file.getvalue() == "Not used: /opt/[old]/pulumi is version 3.1.0\n"
