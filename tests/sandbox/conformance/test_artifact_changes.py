"""Changes of artifacts by the real client: saved, refused, deleted."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import wandb
from wandb.errors import CommError

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.sandbox.conformance.conftest import Studio

CHANGES: list[tuple[str, Any]] = [
    ("description", "new"),
    ("description", ""),
    ("metadata", {"a": {"b": [1, 2]}}),
    ("metadata", {}),
    ("tags", ["x", "y z"]),
    ("tags", []),
    ("aliases", ["one", "two"]),
    ("aliases", []),
]


@pytest.mark.parametrize(("name", "value"), CHANGES)
def test_changes_are_saved(studio: Studio, api: wandb.Api, name: str, value: Any) -> None:
    made = studio.version(tags=[{"tagName": "old"}], metadata='{"was": 1}')
    found = api.artifact(studio.path(made))
    setattr(found, name, value)
    found.save()
    read = getattr(api.artifact(studio.path(made)), name)
    assert (sorted(read) if isinstance(value, list) else read) == value


@pytest.mark.parametrize("alias", ["v7", "a/b", "a:b", "x" * 129])
def test_an_alias_that_nobody_may_set(studio: Studio, api: wandb.Api, alias: str) -> None:
    made = studio.version()
    found = api.artifact(studio.path(made))

    def put() -> None:
        found.aliases = [*found.aliases, alias]
        found.save()

    with pytest.raises(Exception, match=r"(?i)alias|invalid|reserved|at most"):
        put()
    assert api.artifact(studio.path(made)).aliases == ["latest"]


def test_deleting_a_version_with_aliases_needs_to_be_said(studio: Studio, api: wandb.Api) -> None:
    made = studio.version()
    found = api.artifact(studio.path(made))
    found.aliases.append("keep")
    found.save()
    with pytest.raises(CommError, match="aliases"):
        found.delete()
    found.delete(delete_aliases=True)
    assert not api.artifact_exists(studio.path(made))


def test_deleting_a_sequence_deletes_its_versions(studio: Studio, api: wandb.Api) -> None:
    made = studio.version()
    found = api.artifact(studio.path(made))
    found.collection.delete()
    assert not api.artifact_exists(studio.path(made))
    assert not api.artifact_collection_exists(studio.path(made.partition(":")[0]), "model")


def test_a_sequence_renamed_and_of_another_type(
    studio: Studio, api: wandb.Api, fresh: Callable[[str], str]
) -> None:
    made, name = studio.version(), fresh("renamed")
    collection = api.artifact(studio.path(made)).collection
    collection.name = name
    collection.description = "about it"
    collection.tags = ["p", "q"]
    collection.save()
    collection.change_type("dataset")
    found = api.artifact_collection("dataset", studio.path(name))
    assert (found.description, sorted(found.tags)) == ("about it", ["p", "q"])
    assert api.artifact(studio.path(f"{name}:v0")).type == "dataset"


def test_one_type_a_sequence(studio: Studio, fresh: Callable[[str], str]) -> None:
    with studio.run() as run:
        artifact = wandb.Artifact("clf", "dataset")
        with artifact.new_file(fresh("x")) as file:
            file.write("x")
        with pytest.raises(ValueError, match="type"):
            run.log_artifact(artifact)
