"""Steps: what is shown, what is logged, and how a failure ends."""

from __future__ import annotations

import io
import os
import sys
from pathlib import Path

import pytest
from rich.console import Console

from examples.demo.steps import StepFailed, Steps


@pytest.fixture
def steps(tmp_path: Path) -> Steps:
    return Steps(Console(file=io.StringIO(), width=200), tmp_path / "demo.log", total=2)


def shown(steps: Steps) -> str:
    assert isinstance(steps.console.file, io.StringIO)
    return steps.console.file.getvalue()


def test_a_step_with_its_command_and_check_mark(steps: Steps, tmp_path: Path) -> None:
    with steps.step("Look") as step:
        output = steps.run(["sh", "-c", "echo seen; echo $ONE >&2"], {**os.environ, "ONE": "1"}, tmp_path)
        step.done = "all well"
    assert output == "seen\n1\n"
    lines = shown(steps).splitlines()
    assert lines[0] == "[ 1/2] Look"
    assert lines[1] == "      $ sh -c 'echo seen; echo $ONE >&2'"
    assert lines[2].startswith("      ✓ all well (")
    assert "seen\n1\n" in steps.log.read_text()
    assert [(title, outcome) for title, outcome, _ in steps.summary] == [("Look", "all well")]


def test_a_command_that_fails_is_named_with_its_last_lines(steps: Steps, tmp_path: Path) -> None:
    program = "import sys; [print('line', n) for n in range(99)]; sys.exit(3)"
    with pytest.raises(StepFailed, match=r"ended with exit code 3$") as caught, steps.step("Fail"):
        steps.run([sys.executable, "-c", program], os.environ, tmp_path, show=["python", "it"])
    assert "`python it`" in str(caught.value)
    assert caught.value.tail.splitlines()[-1] == "line 98"
    assert "line 0\n" not in caught.value.tail
    assert "✗ failed after" in shown(steps)
    assert steps.summary == []


def test_a_command_that_must_fail(steps: Steps, tmp_path: Path) -> None:
    steps.run(["sh", "-c", "exit 1"], os.environ, tmp_path, expect=1)
    with pytest.raises(StepFailed, match="exit code 0, not 1"):
        steps.run(["true"], os.environ, tmp_path, expect=1)
