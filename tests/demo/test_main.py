"""How the demo ends: server stopped or kept, with an exit code and one line for an error."""

from __future__ import annotations

import os
import re
import signal
import tempfile
from pathlib import Path

import httpx
import pytest

from examples.demo import __main__ as program
from examples.demo.steps import StepFailed
from examples.demo.story import Demo
from tests.engine.programs import fake_pulumi
from tests.engine.waiting import ended, wait_for
from wandb_registry.engine.installation import Engine


@pytest.fixture
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the demo lies; its engine is none, and its steps do nothing."""
    folder = tmp_path / "tmp"
    folder.mkdir()
    engine = Engine(fake_pulumi(tmp_path / "bin"), (3, 259, 0), "path")
    monkeypatch.setattr(program, "provide_engine", lambda **_: engine)
    monkeypatch.setattr(program, "tell", lambda _: None)
    monkeypatch.setattr(tempfile, "mkdtemp", lambda prefix: str(folder))
    monkeypatch.delenv("KEEP", raising=False)
    return folder


def address(folder: Path) -> str:
    return (folder / "sandbox.log").read_text().split()[0]


def test_the_server_is_stopped_in_the_end(temporary: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert program.main() == 0
    assert f"rm -r {temporary}" in capsys.readouterr().out
    with pytest.raises(httpx.ConnectError):
        httpx.get(address(temporary), trust_env=False)


def test_keep_leaves_it_up_and_says_how_to_use_and_to_stop_it(
    temporary: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("KEEP", "1")
    assert program.main() == 0
    out = capsys.readouterr().out
    found = re.search(rf"kill (\d+); rm -r {re.escape(str(temporary))}", out)
    assert found
    pid = int(found[1])
    try:
        assert httpx.get(f"{address(temporary)}/sandbox/requests", trust_env=False).is_success
        assert f". {temporary / 'env.sh'}" in out
        settings = (temporary / "env.sh").read_text()
        assert f"WANDB_BASE_URL={address(temporary)}" in settings
        key = re.search(r"WANDB_API_KEY=(\w{40})", settings)
        assert key
        assert key[1] not in out
    finally:
        os.kill(pid, signal.SIGTERM)
        wait_for(lambda: ended(pid), "the server's end")


def test_a_failure_is_one_line_after_the_end_of_its_output(
    temporary: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail(_: Demo) -> None:
        raise StepFailed("`pulumi up` ended with exit code 255", "first\nlast")

    monkeypatch.setattr(program, "tell", fail)
    assert program.main() == 1
    assert capsys.readouterr().err.splitlines() == [
        "first",
        "last",
        "error: `pulumi up` ended with exit code 255",
        f"The log of everything is {temporary / 'demo.log'}",
    ]
    with pytest.raises(httpx.ConnectError):
        httpx.get(address(temporary), trust_env=False)


def test_a_fault_of_the_demo_shows_no_traceback(
    temporary: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(program, "tell", lambda _: 1 / 0)
    assert program.main() == 1
    err = capsys.readouterr().err
    assert err.startswith("error: internal error ZeroDivisionError; see the log\n")
    assert "Traceback" not in err
    assert "Traceback" in (temporary / "demo.log").read_text()


def test_ctrl_c_stops_the_server_too(temporary: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(_: Demo) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(program, "tell", interrupt)
    assert program.main() == program.INTERRUPTED
    with pytest.raises(httpx.ConnectError):
        httpx.get(address(temporary), trust_env=False)
