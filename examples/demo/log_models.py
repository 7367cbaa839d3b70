"""Fill the legacy registries with the real client, as people did: `python -m examples.demo.log_models`."""

from __future__ import annotations

import tempfile
from pathlib import Path

import wandb

from examples.demo.models import MODELS, PROJECT, Model, artifacts, content
from examples.demo.organization import TEAMS


def main() -> None:
    """One run a team logs and links everything; descriptions, tags and deletions follow."""
    with tempfile.TemporaryDirectory() as folder:
        for team in TEAMS:
            _log(team.name, Path(folder))
    api = wandb.Api()
    for model in MODELS:
        _finish(api, model)
        print(f"{model.path}: {model.left} versions")


def _log(team: str, folder: Path) -> None:
    models = [model for model in MODELS if model.team == team]
    with wandb.init(entity=team, project=PROJECT, job_type="train", name=f"{team}-training") as run:
        logged: dict[str, wandb.Artifact] = {}
        for name, count in artifacts(team).items():
            for number in range(count):
                artifact = wandb.Artifact(name, type="model", description=f"{name} as trained, {number}")
                file = folder / f"{name}-{number}.bin"
                file.write_bytes(content(name, number))
                artifact.add_file(str(file), name="weights.bin")
                logged[f"{name}:v{number}"] = run.log_artifact(artifact).wait()
        for model in models:
            for version in model.versions:
                run.link_artifact(logged[version.source], model.path, aliases=list(version.aliases))


def _finish(api: wandb.Api, model: Model) -> None:
    collection = api.artifact_collection("model", model.path)
    collection.description = model.description
    collection.tags = list(model.tags)
    collection.save()
    if model.emptied:
        api.artifact(f"{model.path}:v0").unlink()
    if model.deleted is not None:
        source = model.versions[model.deleted].source
        api.artifact(f"{model.team}/{PROJECT}/{source}").delete(delete_aliases=True)


if __name__ == "__main__":
    main()
