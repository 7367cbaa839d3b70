"""`wandb-registry guard` and `up`: what is rejected before anything is asked."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.plan_guard.previews import Story, links, registry
from wandb_registry.cli.main import main
from wandb_registry.server import credentials
from wandb_registry.server.errors import Unauthorized


@pytest.fixture(autouse=True)
def _in_an_empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def files(preview: dict[str, Any], state: dict[str, Any]) -> list[str]:
    Path("preview.json").write_text(json.dumps(preview))
    Path("state.json").write_text(json.dumps(state))
    return ["guard", "--preview", "preview.json", "--state", "state.json"]


def test_from_two_files_no_engine_is_needed(capsys: pytest.CaptureFixture[str]) -> None:
    story = Story([registry()])
    assert main(files(story.preview, story.export)) == 0
    assert "stack team: no change; nothing stands against it" in capsys.readouterr().out


def test_a_failed_preview_ends_with_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    failed = Story([]).delete(registry()).preview
    failed["diagnostics"] = [{"message": "error: widening", "severity": "error"}]
    assert main(files(failed, Story([]).export)) == 1
    (line,) = capsys.readouterr().err.splitlines()
    assert "preview.json failed, so it is not the whole plan: widening" in line


def test_a_file_that_is_not_there_ends_with_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["guard", "--preview", "none.json", "--state", "none.json"]) == 1
    assert "none.json cannot be read" in capsys.readouterr().err


def test_without_a_project_both_commands_say_so(capsys: pytest.CaptureFixture[str]) -> None:
    for command in (["guard"], ["up", "--yes"], ["guard", "--preview", "preview.json"]):
        assert main(command) == 1
        assert "is no Pulumi project" in capsys.readouterr().err


def test_a_refusal_names_the_override_that_would_lift_it(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_key() -> None:
        raise Unauthorized("no API key")

    monkeypatch.setattr(credentials, "resolve_connection", no_key)
    ids = [f"a{n}" for n in range(6)]
    story = Story([registry(), links(*ids)]).delete(links(*ids))
    assert main([*files(story.preview, story.export), "--json"]) == 1
    verdict = json.loads(capsys.readouterr().out)
    assert {refusal["guard"] for refusal in verdict["refusals"]} >= {"stack-removal-share"}
    assert verdict["unproven"] == ["no API key"]


def test_where_nobody_can_be_asked_nothing_is_begun(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["up", "team"]) == 1
    assert "Say --yes" in capsys.readouterr().err
