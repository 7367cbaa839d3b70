"""Runs by the real client: their life, their files and streams, resumed with their history."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import wandb
from wandb.errors import CommError

if TYPE_CHECKING:
    from tests.sandbox.conformance.conftest import Studio


@pytest.fixture(scope="module")
def first(studio: Studio) -> str:
    """Id of the shared run."""
    (found,) = studio.api().runs(studio.path("").rstrip("/"), filters={"display_name": "first"})
    return str(found.id)


SHARED: dict[str, Any] = {
    "name": "first",
    "state": "finished",
    "tags": ["base"],
    "notes": "about",
    "config": {"lr": 0.1},
    "lastHistoryStep": 2,
}


@pytest.mark.parametrize("name", SHARED)
def test_what_a_run_says(studio: Studio, first: str, name: str) -> None:
    assert getattr(studio.api().run(studio.path(first)), name) == SHARED[name]


def test_history_and_summary(studio: Studio, first: str) -> None:
    run = studio.api().run(studio.path(first))
    assert [row["acc"] for row in run.scan_history()] == [0, 1, 2]
    assert [row["loss"] for row in run.history(keys=["loss"], pandas=False)] == [1, 1 / 2, 1 / 3]
    assert run.summary["acc"] == 2


def test_files_of_a_run(studio: Studio, first: str, tmp_path: Path) -> None:
    run = studio.api().run(studio.path(first))
    names = {one.name for one in run.files()}
    assert {"config.yaml", "wandb-metadata.json", "wandb-summary.json", "requirements.txt"} <= names
    with run.file("config.yaml").download(str(tmp_path)) as file:
        assert "lr" in file.read()
    assert run.metadata is not None


def test_a_file_goes_up_comes_down_and_away(studio: Studio, tmp_path: Path) -> None:
    (tmp_path / "extra.txt").write_text("extra")
    with studio.run() as made:
        pass
    run = studio.api().run(studio.path(made.id))
    run.upload_file(str(tmp_path / "extra.txt"), root=str(tmp_path))
    with run.file("extra.txt").download(str(tmp_path / "down")) as file:
        assert file.read() == "extra"
    run.file("extra.txt").delete()
    assert "extra.txt" not in {one.name for one in studio.api().run(studio.path(made.id)).files()}


@pytest.mark.parametrize(("code", "state"), [(0, "finished"), (1, "failed"), (255, "failed")])
def test_the_exit_code_is_the_state(studio: Studio, code: int, state: str) -> None:
    run = studio.run()
    run.finish(exit_code=code)
    assert studio.api().run(studio.path(run.id)).state == state


@pytest.mark.parametrize("resume", ["must", "allow", True])
def test_a_resumed_run_goes_on_where_it_was(studio: Studio, resume: Any) -> None:
    with studio.run(config={"a": 1}) as run:
        run.log({"x": 1})
        run.log({"x": 2})
    with studio.run(id=run.id, resume=resume, config={"b": 2}) as again:
        assert again.resumed
        assert again.starting_step == 2
        assert (again.config["a"], again.summary["x"]) == (1, 2)
        again.log({"x": 3})
    found = studio.api().run(studio.path(run.id))
    assert [(row["_step"], row["x"]) for row in found.scan_history()] == [(0, 1), (1, 2), (2, 3)]
    assert found.config == {"a": 1, "b": 2}


def test_resuming_twice_keeps_all_of_it(studio: Studio) -> None:
    with studio.run() as run:
        run.log({"x": 0})
    for i in (1, 2):
        with studio.run(id=run.id, resume="must") as again:
            again.log({"x": i})
    assert [row["x"] for row in studio.api().run(studio.path(run.id)).scan_history()] == [0, 1, 2]


def test_resume_that_cannot_be(studio: Studio) -> None:
    with pytest.raises(wandb.errors.UsageError):
        studio.run(id="never-was", resume="must")
    with studio.run() as run:
        pass
    with pytest.raises(wandb.errors.UsageError):
        studio.run(id=run.id, resume="never")


FILTERS: list[tuple[dict[str, Any], bool]] = [
    ({"display_name": "first"}, True),
    ({"display_name": {"$regex": "^fir"}}, True),
    ({"config.lr": 0.1}, True),
    ({"config.lr": {"$gt": 1}}, False),
    ({"state": {"$in": ["finished"]}}, True),
    ({"state": "crashed"}, False),
    ({"summary_metrics.acc": {"$gte": 2}}, True),
    ({"tags": "base"}, True),
    ({"$or": [{"display_name": "none"}, {"display_name": "first"}]}, True),
    ({"$and": [{"display_name": "first"}, {"state": "failed"}]}, False),
]


@pytest.mark.parametrize(("filters", "found"), FILTERS)
def test_runs_by_filter(studio: Studio, first: str, filters: dict[str, Any], found: bool) -> None:
    listed = studio.api().runs(studio.path("").rstrip("/"), filters=filters)
    assert (first in {one.id for one in listed}) is found


def test_runs_in_pages_and_order(studio: Studio, first: str) -> None:
    with studio.run():
        pass
    listed = [
        one.id for one in studio.api().runs(studio.path("").rstrip("/"), order="+created_at", per_page=1)
    ]
    assert listed[0] == first
    assert len(set(listed)) == len(listed) >= 2


def test_a_run_is_changed(studio: Studio) -> None:
    with studio.run(config={"a": 1}) as made:
        pass
    run = studio.api().run(studio.path(made.id))
    run.name, run.tags, run.notes = "changed", ["x", "y"], "n"
    run.config["b"] = 2
    run.update()
    found = studio.api().run(studio.path(made.id))
    assert (found.name, found.tags, found.notes) == ("changed", ["x", "y"], "n")
    assert found.config == {"a": 1, "b": 2}


def test_a_run_is_deleted(studio: Studio) -> None:
    with studio.run() as made:
        pass
    studio.api().run(studio.path(made.id)).delete()
    with pytest.raises((CommError, ValueError), match="not"):
        studio.api().run(studio.path(made.id))


def test_console_lines(studio: Studio) -> None:
    with studio.run() as made:
        made.write_logs("hello there")
    lines = [one.content for one in studio.api().run(studio.path(made.id)).console_logs()]
    assert any("hello there" in line for line in lines)


def test_projects_of_a_team(studio: Studio) -> None:
    api = studio.api()
    name = f"made-{studio.world.number}"
    api.create_project(name, studio.world.team)
    assert api.project(name, studio.world.team).entity == studio.world.team
    assert {"train", name} <= {one.name for one in api.projects(studio.world.team)}


def test_with_the_flags_that_are_off(studio: Studio) -> None:
    state = studio.world.sandbox.state
    before = state.switches
    flags = {"MARK_RUN_FILES_UPLOADED": True, "FILESTREAM_GZIP": True}
    state.switches = before.changed(features=flags)
    try:
        with studio.run() as run:
            run.log({"x": 7})
    finally:
        state.switches = before
    assert [row["x"] for row in studio.api().run(studio.path(run.id)).scan_history()] == [7]
    assert "config.yaml" in {one.name for one in studio.api().run(studio.path(run.id)).files()}
