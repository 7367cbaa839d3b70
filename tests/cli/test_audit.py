"""`wandb-registry audit verify` and `audit show`."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from wandb_registry.audit.trail import Run, Trail, head_path
from wandb_registry.cli.main import main


@pytest.fixture
def trail(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("WANDB_REGISTRY_AUDIT_DIR", str(tmp_path))
    made = Trail(tmp_path, Run("team", "alice", "abc", "http://wandb.test", "1"))
    write = {
        "event": "write",
        "resource": "urn:x",
        "operation": "updateProjectMember",
        "object": "member user bob of registry models",
        "before": {"role": "viewer"},
        "after": {"role": "admin"},
    }
    numbers = made.append([write], durable=True)
    made.append([{"event": "answer", "of": numbers[0], "outcome": "done", "answer": {}}], durable=False)
    made.close()
    return made.path


def test_a_whole_trail_is_found_where_it_is_kept(trail: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["audit", "verify"]) == 0
    assert "whole, 3 entries, head" in capsys.readouterr().out


def test_an_edited_trail_ends_with_1_and_one_that_is_not_proved_with_3(
    trail: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    head = head_path(trail).read_text()
    head_path(trail).unlink()
    assert main(["audit", "verify", str(trail)]) == 3
    assert "unproven" in capsys.readouterr().out
    head_path(trail).write_text(head)
    trail.write_text(trail.read_text().replace("bob", "eve"))
    assert main(["audit", "verify", "--json", str(trail)]) == 1
    (result,) = json.loads(capsys.readouterr().out)
    assert result["flaws"][0]["severity"] == "broken"


def test_the_writes_are_listed_with_what_came_of_them(
    trail: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["audit", "show", str(trail)]) == 0
    shown = capsys.readouterr().out
    for word in ("alice", "updateProjectMember", "role: viewer", "role: admin", "done"):
        assert word in shown
    assert main(["audit", "show", "--json", str(trail)]) == 0
    (write,) = json.loads(capsys.readouterr().out)
    assert (write["before"], write["outcome"], write["commit"]) == ({"role": "viewer"}, "done", "abc")


def test_where_there_is_none_one_line_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("WANDB_REGISTRY_AUDIT_DIR", str(tmp_path / "none"))
    assert main(["audit", "verify"]) == 1
    assert "is not there" in capsys.readouterr().err
