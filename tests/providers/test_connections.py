"""Another server, another key, no answer: one line, no deletion, and the state as it was."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.project import Project
from tests.providers.stories import collection, registry
from tests.world import World
from wandb_sandbox.server import Sandbox

pytestmark = pytest.mark.engine


def test_absence_is_not_deletion(project: Project, tmp_path: Path) -> None:
    world = project.world
    bob, olga = world.person("bob"), world.person("olga")
    project.write({"alpha": registry(delete="destroy", collections={"churn": collection()})})
    project.up()
    before = project.state()

    def refused(acting: Project, words: str) -> None:
        ended = acting.fails("up", "--yes")
        lines = {line.partition("error: ")[2] for line in project.diagnostics(ended) if words in line}
        assert len(lines) == 1, ended.output
        assert "delete" not in ended.output

    refused(project.acting(key="unknown-" + "k" * 40), "does not accept the key")
    refused(project.acting(key=bob), "not there, or this key may not see it")
    world.call("user", command="down", username=olga)
    refused(project.acting(key=olga), "does not accept the key")

    with Sandbox(tmp_path / "other") as sandbox:
        World(sandbox.url, world.number).close()  # the same names on another server
        other = project.acting(url=sandbox.url)
        refused(other, f"this state belongs to server {world.url}")
    refused(other, "does not answer")

    assert project.state() == before
    project.unchanged()
