from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import wandb

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.sandbox.support import World


def test_a_run_logs_links_and_uses(world: World, api: wandb.Api, tmp_path: Path) -> None:
    (tmp_path / "model.txt").write_text("the model")
    with wandb.init(entity=world.team, project="train", dir=tmp_path, config={"lr": 1}) as run:
        run.log({"loss": 1})
        run.log({"loss": 0.5})
        artifact = wandb.Artifact("clf", "model", metadata={"a": 1})
        artifact.add_file(str(tmp_path / "model.txt"))
        run.log_artifact(artifact, aliases=["mine"], tags=["t"]).wait()
        linked = run.link_artifact(artifact, "model-registry/Churn é")
        run.link_model(str(tmp_path / "model.txt"), "by path", name="named", aliases=["prod"])
        used = run.use_artifact("clf:mine")
        assert used.id == artifact.id
    assert linked is not None
    assert linked.qualified_name == f"{world.team}/model-registry/Churn é:v0"

    found = api.run(f"{world.team}/train/{run.id}")
    assert (found.state, found.config, found.summary["loss"]) == ("finished", {"lr": 1}, 0.5)
    assert [row["loss"] for row in found.history(pandas=False)] == [1, 0.5]
    assert [row["loss"] for row in found.scan_history()] == [1, 0.5]
    assert sorted(one.name for one in found.logged_artifacts()) == ["clf:v0", "named:v0"]
    assert [one.name for one in found.used_artifacts()] == ["clf:v0"]
    assert {"config.yaml", "wandb-summary.json"} <= {file.name for file in found.files()}
    with found.file("config.yaml").download(str(tmp_path / "files")) as file:
        assert "lr" in file.read()

    source = api.artifact(f"{world.team}/train/clf:mine")
    assert (source.aliases, source.tags, source.metadata) == (["latest", "mine"], ["t"], {"a": 1})
    logged_by = source.logged_by()
    assert logged_by is not None
    assert logged_by.id == run.id
    assert [one.id for one in source.used_by()] == [run.id]
    assert api.artifact(f"{world.team}/model-registry/by path:prod").source_name == "named:v0"


def test_versions_count_and_the_same_content_is_one_version(
    world: World, api: wandb.Api, log: Callable[..., str]
) -> None:
    log(["one", "two"])
    log(["two", "three"])
    found = list(api.artifacts("model", f"{world.team}/train/clf"))
    assert [one.version for one in found] == ["v2", "v1", "v0"]
    assert "latest" in found[0].aliases
    assert [run.id for run in api.runs(f"{world.team}/train")] != []


def test_a_resumed_run_goes_on(world: World, api: wandb.Api, tmp_path: Path) -> None:
    place = {"entity": world.team, "project": "train", "dir": tmp_path}
    with wandb.init(**place) as first:
        first.log({"x": 1})
    with wandb.init(**place, id=first.id, resume="must") as second:
        second.log({"x": 2})
    found = api.run(f"{world.team}/train/{first.id}")
    assert [row["x"] for row in found.history(pandas=False)] == [1, 2]
    assert len(api.runs(f"{world.team}/train")) == 1


def test_references_are_kept(world: World, api: wandb.Api, tmp_path: Path) -> None:
    with wandb.init(entity=world.team, project="train", dir=tmp_path) as run:
        artifact = wandb.Artifact("far", "dataset")
        artifact.add_reference("http://127.0.0.1:1/never-fetched", name="far.bin", checksum=False)
        run.log_artifact(artifact).wait()
    found = api.artifact(f"{world.team}/train/far:v0")
    assert found.manifest.entries["far.bin"].ref == "http://127.0.0.1:1/never-fetched"


def test_an_incremental_artifact(world: World, api: wandb.Api, tmp_path: Path) -> None:
    place = {"entity": world.team, "project": "train", "dir": tmp_path}
    with wandb.init(**place) as run:
        first = wandb.Artifact("grow", "dataset")
        with first.new_file("a") as file:
            file.write("a")
        run.log_artifact(first).wait()
    with wandb.init(**place) as run:
        more = wandb.Artifact("grow", "dataset", incremental=True)
        with more.new_file("b") as file:
            file.write("b")
        run.log_artifact(more).wait()
    found = api.artifact(f"{world.team}/train/grow:latest")
    folder = found.download(str(tmp_path / "all"))
    assert sorted(path.name for path in Path(folder).iterdir()) == ["a", "b"]
