"""The real client on old paths after W&B's own migration, also in the middle of a run."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import wandb

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.sandbox.support import World


def migrate(world: World, **more: str) -> str:
    answer = world.http.post("/sandbox/migrate", json={"team": world.team, **more})
    assert answer.status_code == 200, answer.text
    return str(answer.json()["project"])


def test_old_paths_download_the_same(
    world: World, api: wandb.Api, log: Callable[..., str], tmp_path: Path
) -> None:
    log(["zero", "one"], link=f"{world.team}/model-registry/churn")
    project = migrate(world)
    old = api.artifact(f"{world.team}/model-registry/churn:v0")
    assert (old.entity, old.project, old.name) == (world.entity, project, "churn:v0")
    folder = old.download(root=str(tmp_path / "old"))
    assert (tmp_path / "old" / "weights.txt").read_text() == "zero", folder
    again = api.artifact(f"{world.entity}/{project}/churn:v1")
    assert again.id == api.artifact(f"{world.team}/model-registry/churn:latest").id


def test_in_the_middle_of_a_run(world: World, api: wandb.Api, tmp_path: Path) -> None:
    legacy = f"{world.team}/model-registry"
    with wandb.init(entity=world.team, project="train", dir=tmp_path) as run:
        first = wandb.Artifact("clf", "model")
        with first.new_file("weights.txt") as file:
            file.write("one")
        run.log_artifact(first)
        run.link_model(_file(tmp_path, "two"), "churn")
        world.http.post("/sandbox/migrate", json={"team": world.team, "phase": "start"})
        with pytest.raises(Exception, match="writes are paused"):
            first.wait().link(f"{legacy}/churn")
        world.http.post("/sandbox/migrate", json={"team": world.team, "phase": "finish"})
        linked = run.link_artifact(first, f"{legacy}/churn", aliases=["late"])
        assert linked is not None
        assert linked.project == f"wandb-registry-{world.team}-mr-migrated"
        used = run.use_artifact(f"{legacy}/churn:late")
        assert used.entity == world.entity
        with pytest.raises(Exception, match="permission denied"):
            run.link_artifact(first, f"{legacy}/brand-new")


def _file(folder: Path, content: str) -> Path:
    path = folder / "model.txt"
    path.write_text(content)
    return path
