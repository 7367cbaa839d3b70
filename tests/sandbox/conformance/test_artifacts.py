"""Artifacts by the real client: what it logged, what it reads, what it changes."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import pytest
import wandb
from wandb.errors import CommError
from wandb.sdk.artifacts.artifact_manifest_entry import ArtifactManifestEntry

from tests.sandbox.http.test_files import announce, entries, manifest, pending
from tests.sandbox.support import COMMIT

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.sandbox.conformance.conftest import Studio

POLICY = {"storagePolicy": "wandb-storage-policy-v1", "storagePolicyConfig": {"storageLayout": "V2"}}
SHARED: dict[str, Any] = {
    "version": "v1",
    "name": "clf:v1",
    "type": "model",
    "description": "about 1",
    "metadata": {"i": 1, "n": {"x": 1}},
    "state": "COMMITTED",
    "file_count": 2,
    "size": len("weights 1") + len("notes 1"),
    "is_link": False,
    "ttl": None,
    "tags": ["t1"],
    "source_version": "v1",
    "source_name": "clf:v1",
    "project": "train",
    "commit_hash": None,
}


@pytest.mark.parametrize("name", SHARED)
def test_what_a_version_says(studio: Studio, api: wandb.Api, name: str) -> None:
    try:
        found = getattr(api.artifact(studio.path("clf:v1")), name)
    except AssertionError:  # the client's own for a commit hash that is null
        found = None
    assert found == SHARED[name]


def test_names_with_their_path(studio: Studio, api: wandb.Api) -> None:
    found = api.artifact(studio.path("clf:v1"))
    assert found.qualified_name == found.source_qualified_name == studio.path("clf:v1")
    assert (found.entity, found.source_project) == (studio.world.team, "train")
    assert found.created_at <= found.updated_at
    assert found.linked_at is None


@pytest.mark.parametrize(
    ("asked", "version"),
    [("clf", "v3"), ("clf:latest", "v3"), ("clf:try-0", "v0"), ("clf:v2", "v2"), ("CLF:v2", "v2")],
)
def test_found_by(studio: Studio, api: wandb.Api, asked: str, version: str) -> None:
    assert api.artifact(studio.path(asked)).version == version


@pytest.mark.parametrize("asked", ["clf:v9", "clf:nobody", "none:v0"])
def test_not_found(studio: Studio, api: wandb.Api, asked: str) -> None:
    with pytest.raises((CommError, ValueError)):
        api.artifact(studio.path(asked))


def test_the_type_must_fit(studio: Studio, api: wandb.Api) -> None:
    assert api.artifact(studio.path("clf:v0"), type="model").version == "v0"
    with pytest.raises(CommError, match="of type 'model'"):
        api.artifact(studio.path("clf:v0"), type="dataset")


@pytest.mark.parametrize(
    ("name", "there"), [("clf:v0", True), ("clf:v9", False), ("none:v0", False), ("clf:try-2", True)]
)
def test_exists(studio: Studio, api: wandb.Api, name: str, there: bool) -> None:
    assert api.artifact_exists(studio.path(name)) is there


@pytest.mark.parametrize(
    ("name", "kind", "there"), [("clf", "model", True), ("clf", "dataset", False), ("none", "model", False)]
)
def test_a_collection_exists(studio: Studio, api: wandb.Api, name: str, kind: str, there: bool) -> None:
    assert api.artifact_collection_exists(studio.path(name), type=kind) is there


def test_the_version_index_counts_from_zero(studio: Studio, api: wandb.Api) -> None:
    found = list(api.artifacts("model", studio.path("clf")))
    assert [one.version for one in found] == ["v3", "v2", "v1", "v0"]


@pytest.mark.parametrize(
    ("order", "first"), [("+created_at", "v0"), ("-created_at", "v3"), ("+versionIndex", "v0")]
)
def test_versions_in_order(studio: Studio, api: wandb.Api, order: str, first: str) -> None:
    assert next(iter(api.artifacts("model", studio.path("clf"), order=order))).version == first


@pytest.mark.parametrize(
    ("tags", "versions"),
    [("t0", {"v0", "v2"}), (["t1"], {"v1", "v3"}), (["t0", "t1"], set()), ("none", set())],
)
def test_versions_by_tag(studio: Studio, api: wandb.Api, tags: Any, versions: set[str]) -> None:
    found = api.artifacts("model", studio.path("clf"), tags=tags)
    assert {one.version for one in found} == versions


@pytest.mark.parametrize("per_page", [1, 2, 50])
def test_pages_of_versions(studio: Studio, api: wandb.Api, per_page: int) -> None:
    found = api.artifacts("model", studio.path("clf"), per_page=per_page)
    assert len(found) == 4
    assert len({one.id for one in found}) == 4


def test_latest_is_on_the_newest_version(studio: Studio, api: wandb.Api) -> None:
    by_version = {one.version: one.aliases for one in api.artifacts("model", studio.path("clf"))}
    assert sorted(by_version["v3"]) == ["latest", "try-3"]
    assert by_version["v0"] == ["try-0"]


def test_the_aliases_of_a_collection_have_no_version(studio: Studio, api: wandb.Api) -> None:
    found = api.artifact_collection("model", studio.path("clf")).aliases
    assert sorted(found) == ["latest", "try-0", "try-1", "try-2", "try-3"]


def test_types_of_a_project(studio: Studio, api: wandb.Api) -> None:
    assert {"model", "dataset"} <= {one.name for one in api.artifact_types(studio.path("").rstrip("/"))}
    kind = api.artifact_type("model", studio.path("").rstrip("/"))
    assert kind.collection("clf").name == "clf"
    assert "data" not in {one.name for one in kind.collections()}


def test_download(studio: Studio, api: wandb.Api, tmp_path: Path) -> None:
    found = api.artifact(studio.path("clf:v2"))
    folder = Path(found.download(str(tmp_path / "x")))
    assert (folder / "weights.txt").read_text() == "weights 2"
    assert (folder / "sub/notes.md").read_text() == "notes 0"
    found.verify(str(folder))


@pytest.mark.parametrize("multipart", [None, True, False])
def test_download_of_what_the_client_does_not_have(
    studio: Studio, api: wandb.Api, fresh: Callable[[str], str], tmp_path: Path, multipart: bool | None
) -> None:
    # Uploaded past the client, because it keeps what it uploads itself. Not by skip_cache, after which
    # the client writes later downloads of its process to the wrong paths.
    name = fresh("away")
    contents = {"a.txt": name.encode() * 10, "sub/b.txt": name.encode() * 20}
    artifact = pending(studio.world, name, name)
    for node, content in zip(announce(studio.world, artifact, contents), contents.values(), strict=True):
        assert httpx.put(node["uploadUrl"], content=content).status_code == 200
    manifest(studio.world, artifact, {**entries(contents), **POLICY})
    studio.world.do(COMMIT, artifactID=artifact).data  # noqa: B018
    folder = Path(api.artifact(studio.path(f"{name}:v0")).download(str(tmp_path), multipart=multipart))
    assert {one: (folder / one).read_bytes() for one in contents} == contents


def test_download_of_a_part(studio: Studio, api: wandb.Api, tmp_path: Path) -> None:
    folder = Path(api.artifact(studio.path("clf:v2")).download(str(tmp_path / "x"), path_prefix="sub/"))
    assert [path.name for path in folder.rglob("*") if path.is_file()] == ["notes.md"]


def test_download_of_an_entry(studio: Studio, api: wandb.Api, tmp_path: Path) -> None:
    entry = api.artifact(studio.path("clf:v1")).get_entry("weights.txt")
    assert Path(entry.download(str(tmp_path / "x"))).read_text() == "weights 1"
    with pytest.raises(KeyError):
        api.artifact(studio.path("clf:v1")).get_entry("none.txt")


def test_checkout_takes_away_what_is_not_in_it(studio: Studio, api: wandb.Api, tmp_path: Path) -> None:
    (tmp_path / "stray.txt").write_text("x")
    api.artifact(studio.path("clf:v0")).checkout(str(tmp_path))
    assert sorted(path.name for path in tmp_path.rglob("*") if path.is_file()) == ["notes.md", "weights.txt"]


def test_the_manifest(studio: Studio, api: wandb.Api) -> None:
    found = api.artifact(studio.path("clf:v3")).manifest
    assert sorted(found.entries) == ["sub/notes.md", "weights.txt"]
    assert found.digest() == api.artifact(studio.path("clf:v3")).digest


def test_equal_files_are_kept_once(studio: Studio, api: wandb.Api) -> None:
    first, third = (api.artifact(studio.path(f"clf:v{i}")).manifest.entries["sub/notes.md"] for i in (0, 2))
    assert first.digest == third.digest


@pytest.mark.parametrize(
    ("names", "found"),
    [(None, {"weights.txt", "sub/notes.md"}), (["weights.txt"], {"weights.txt"}), (["none"], set())],
)
def test_files(studio: Studio, api: wandb.Api, names: list[str] | None, found: set[str]) -> None:
    listed = api.artifact(studio.path("clf:v0")).files(names=names)
    assert {one.name for one in listed} == found
    assert len(listed) == len(found)


def test_a_file_downloads_by_its_address(studio: Studio, api: wandb.Api, tmp_path: Path) -> None:
    (one,) = api.artifact(studio.path("clf:v0")).files(names=["weights.txt"])
    with one.download(str(tmp_path)) as file:
        assert file.read() == "weights 0"
    assert one.size == len("weights 0")


def test_who_logged_it(studio: Studio, api: wandb.Api) -> None:
    run = api.artifact(studio.path("clf:v0")).logged_by()
    assert run is not None
    assert (run.name, run.state, run.config) == ("first", "finished", {"lr": 0.1})
    assert {one.name for one in run.logged_artifacts()} >= {"clf:v0", "clf:v3", "data:v0"}


def test_who_used_it(studio: Studio, api: wandb.Api, tmp_path: Path) -> None:
    with studio.run() as run:
        used = run.use_artifact("clf:v1")
        assert Path(used.download(str(tmp_path))).is_dir()
    assert [one.id for one in api.artifact(studio.path("clf:v1")).used_by()] == [run.id]
    assert [one.name for one in api.run(studio.path(run.id)).used_artifacts()] == ["clf:v1"]


def test_a_finished_run_can_use_and_log(studio: Studio, api: wandb.Api) -> None:
    with studio.run() as made:
        pass
    run = api.run(studio.path(made.id))
    run.use_artifact(api.artifact(studio.path("clf:v2")))
    run.log_artifact(api.artifact(studio.path("clf:v2")))
    again = api.run(studio.path(made.id))
    assert [one.name for one in again.used_artifacts()] == ["clf:v2"]
    assert [one.name for one in again.logged_artifacts()] == ["clf:v2"]


def test_equal_content_is_one_version_and_an_output_of_both_runs(
    studio: Studio, api: wandb.Api, fresh: Callable[[str], str]
) -> None:
    name = fresh("same")
    runs = []
    for alias in ("one", "two"):
        with studio.run() as run:
            artifact = wandb.Artifact(name, "model")
            with artifact.new_file("a") as file:
                file.write("equal")
            run.log_artifact(artifact, aliases=[alias]).wait()
        runs.append(run.id)
    (only,) = api.artifacts("model", studio.path(name))
    assert sorted(only.aliases) == ["one", "two"] or sorted(only.aliases) == ["latest", "one", "two"]
    for run_id in runs:
        assert [one.name for one in api.run(studio.path(run_id)).logged_artifacts()] == [f"{name}:v0"]


REFERENCES = ["s3://bucket/key", "gs://bucket/key", "http://127.0.0.1:1/never", "my-store://x/y"]


def test_references_are_kept_and_not_fetched(
    studio: Studio, api: wandb.Api, fresh: Callable[[str], str]
) -> None:
    name = fresh("refs")
    with studio.run() as run:
        artifact = wandb.Artifact(name, "dataset")
        for i, address in enumerate(REFERENCES):
            # As add_reference does, which asks the cloud's own library for the digest first.
            entry = ArtifactManifestEntry(path=f"r{i}", ref=address, digest=f"etag-{i}", size=10)
            artifact.manifest.add_entry(entry)
        run.log_artifact(artifact).wait()
    found = api.artifact(studio.path(f"{name}:v0"))
    entries = found.manifest.entries
    assert [entries[f"r{i}"].ref for i in range(len(REFERENCES))] == REFERENCES
    assert (found.size, found.file_count) == (40, 4)
    assert {one.direct_url for one in found.files()} == set(REFERENCES)


def test_an_increment_keeps_what_was_there(
    studio: Studio, api: wandb.Api, fresh: Callable[[str], str], tmp_path: Path
) -> None:
    name = fresh("grow")
    with studio.run() as run:
        for i, incremental in enumerate((False, True, True)):
            artifact = wandb.Artifact(name, "dataset", incremental=incremental)
            with artifact.new_file(f"f{i}") as file:
                file.write(f"{i}")
            run.log_artifact(artifact).wait()
    found = api.artifact(studio.path(f"{name}:latest"))
    assert (found.version, found.file_count) == ("v2", 3)
    folder = Path(found.download(str(tmp_path)))
    assert {path.name: path.read_text() for path in folder.iterdir()} == {"f0": "0", "f1": "1", "f2": "2"}


def test_several_processes_make_one_version(
    studio: Studio, api: wandb.Api, fresh: Callable[[str], str], tmp_path: Path
) -> None:
    name = fresh("together")
    for i in range(2):
        with studio.run(group="g") as run:
            artifact = wandb.Artifact(name, "dataset")
            with artifact.new_file(f"f{i}") as file:
                file.write(f"{i}")
            run.upsert_artifact(artifact, distributed_id=name)
    with studio.run(group="g") as run:
        artifact = wandb.Artifact(name, "dataset")
        with artifact.new_file("last") as file:
            file.write("last")
        run.finish_artifact(artifact, distributed_id=name)
    found = api.artifact(studio.path(f"{name}:latest"))
    assert (found.version, sorted(found.manifest.entries)) == ("v0", ["f0", "f1", "last"])


def test_a_draft_of_a_version_is_the_next_version(
    studio: Studio, api: wandb.Api, fresh: Callable[[str], str], tmp_path: Path
) -> None:
    name = fresh("draft")
    with studio.run() as run:
        artifact = wandb.Artifact(name, "model")
        for one in ("kept", "gone"):
            with artifact.new_file(one) as file:
                file.write(one)
        run.log_artifact(artifact).wait()
        draft = api.artifact(studio.path(f"{name}:v0")).new_draft()
        draft.remove("gone")
        run.log_artifact(draft).wait()
    found = api.artifact(studio.path(f"{name}:v1"))
    assert sorted(found.manifest.entries) == ["kept"]
    assert (Path(found.download(str(tmp_path))) / "kept").read_text() == "kept"
