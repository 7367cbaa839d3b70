"""Links by the real client: into registries and legacy registries, with their numbers, aliases and limits."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import wandb
from wandb.errors import CommError

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.sandbox.conformance.conftest import Studio


def own_aliases(artifact: Any) -> list[str]:
    """Without the implicit vN."""
    return sorted(one for one in artifact.aliases if one != artifact.version)


def versions(registry: Any) -> dict[str, list[str]]:
    """Aliases by `collection:vN` over the registry."""
    return {one.name: own_aliases(one) for one in registry.versions()}


@pytest.mark.parametrize("way", ["organization", "entity", "none"])
def test_paths_of_a_registry(studio: Studio, api: wandb.Api, way: str) -> None:
    registry, source = studio.registry(), api.artifact(studio.path("clf:v0"))
    prefix = {
        "organization": f"{studio.world.organization}/",
        "entity": f"{studio.world.entity}/",
        "none": "",
    }
    linked = source.link(f"{prefix[way]}{registry.full_name}/c")
    assert linked is not None
    assert linked.qualified_name == f"{studio.world.entity}/{registry.full_name}/c:v0"
    assert api.artifact(f"{prefix[way]}{registry.full_name}/c:v0").id == source.id


def test_a_link_is_its_source_seen_elsewhere(studio: Studio, api: wandb.Api, tmp_path: Path) -> None:
    registry, source = studio.registry(), api.artifact(studio.path("clf:v2"))
    linked = source.link(f"{registry.full_name}/c")
    assert linked is not None
    assert (linked.is_link, linked.id, linked.digest) == (True, source.id, source.digest)
    assert (linked.version, linked.source_version) == ("v0", "v2")
    assert (linked.description, linked.metadata, linked.tags) == ("about 2", source.metadata, ["t0"])
    assert linked.source_artifact.qualified_name == studio.path("clf:v2")
    assert linked.linked_at is not None
    assert (Path(linked.download(str(tmp_path))) / "weights.txt").read_text() == "weights 2"


def test_numbers_are_given_in_the_order_of_linking(studio: Studio, api: wandb.Api) -> None:
    registry = studio.registry()
    for i in (3, 0, 2):
        api.artifact(studio.path(f"clf:v{i}")).link(f"{registry.full_name}/c")
    found = {one.version: one.source_version for one in registry.versions()}
    assert found == {"v0": "v3", "v1": "v0", "v2": "v2"}


def test_latest_goes_with_the_newest_link(studio: Studio, api: wandb.Api) -> None:
    registry = studio.registry()
    for i in (1, 0):
        api.artifact(studio.path(f"clf:v{i}")).link(f"{registry.full_name}/c")
        assert api.artifact(f"{registry.full_name}/c:latest").source_version == f"v{i}"
    assert versions(registry) == {"c:v0": [], "c:v1": ["latest"]}


def test_an_alias_is_on_one_version_of_a_collection(studio: Studio, api: wandb.Api) -> None:
    registry = studio.registry()
    for i in (0, 1):
        api.artifact(studio.path(f"clf:v{i}")).link(f"{registry.full_name}/c", aliases=["prod", f"a{i}"])
    assert versions(registry) == {"c:v0": ["a0"], "c:v1": ["a1", "latest", "prod"]}
    api.artifact(studio.path("clf:v0")).link(f"{registry.full_name}/other", aliases=["prod"])
    assert versions(registry)["c:v1"] == ["a1", "latest", "prod"]


def test_linking_again_keeps_the_number_and_adds_aliases(studio: Studio, api: wandb.Api) -> None:
    registry, source = studio.registry(), api.artifact(studio.path("clf:v0"))
    for alias in ("one", "two"):
        linked = source.link(f"{registry.full_name}/c", aliases=[alias])
        assert linked is not None
        assert linked.version == "v0"
    assert versions(registry) == {"c:v0": ["latest", "one", "two"]}


def test_an_unlinked_number_is_not_given_again(studio: Studio, api: wandb.Api) -> None:
    registry = studio.registry()
    for i in (0, 1):
        api.artifact(studio.path(f"clf:v{i}")).link(f"{registry.full_name}/c")
    api.artifact(f"{registry.full_name}/c:v1").unlink()
    linked = api.artifact(studio.path("clf:v2")).link(f"{registry.full_name}/c")
    assert linked is not None
    assert linked.version == "v2"
    assert not api.artifact_exists(f"{registry.full_name}/c:v1")


def test_only_links_can_be_unlinked(studio: Studio, api: wandb.Api) -> None:
    with pytest.raises(ValueError, match="link"):
        api.artifact(studio.path("clf:v0")).unlink()


def test_a_link_of_a_link_is_a_link_of_the_source(studio: Studio, api: wandb.Api) -> None:
    registry, second = studio.registry(), studio.registry()
    first = api.artifact(studio.path("clf:v1")).link(f"{registry.full_name}/c")
    assert first is not None
    linked = first.link(f"{second.full_name}/d")
    assert linked is not None
    assert linked.source_qualified_name == studio.path("clf:v1")


def test_all_links_of_a_version(studio: Studio, api: wandb.Api) -> None:
    registry, made = studio.registry(), studio.version()
    source = api.artifact(studio.path(made))
    for name in ("a", "b"):
        source.link(f"{registry.full_name}/{name}", aliases=[name])
    found = api.artifact(studio.path(made)).linked_artifacts
    assert sorted(one.name for one in found) == ["a:v0", "b:v0"]
    assert {one.project for one in found} == {registry.full_name}


def test_a_link_makes_no_registry(studio: Studio, api: wandb.Api, fresh: Callable[[str], str]) -> None:
    name = fresh("absent")
    with pytest.raises((CommError, ValueError), match=r"(?i)not found"):
        api.artifact(studio.path("clf:v0")).link(f"{studio.world.entity}/wandb-registry-{name}/c")
    assert list(api.registries(studio.world.organization, filter={"name": name})) == []


def test_a_link_makes_a_project_of_a_team(
    studio: Studio, api: wandb.Api, fresh: Callable[[str], str]
) -> None:
    project = fresh("made-by-link")
    linked = api.artifact(studio.path("clf:v0")).link(studio.path("c", project))
    assert linked is not None
    assert linked.qualified_name == studio.path("c:v0", project)


def test_one_type_a_collection(studio: Studio, api: wandb.Api) -> None:
    registry = studio.registry(artifact_types=["model", "dataset"])
    api.artifact(studio.path("clf:v0")).link(f"{registry.full_name}/c")
    with pytest.raises(CommError, match="type"):
        api.artifact(studio.path("data:v0")).link(f"{registry.full_name}/c")
    assert api.artifact_collection("model", f"{studio.world.entity}/{registry.full_name}/c").type == "model"


@pytest.mark.parametrize(("types", "accepted"), [(["model"], False), (["dataset"], True), (None, True)])
def test_types_that_a_registry_accepts(
    studio: Studio, api: wandb.Api, types: list[str] | None, accepted: bool
) -> None:
    registry, source = studio.registry(artifact_types=types), api.artifact(studio.path("data:v0"))
    if accepted:
        assert source.link(f"{registry.full_name}/c") is not None
        return
    with pytest.raises(CommError, match="type"):
        source.link(f"{registry.full_name}/c")
    assert list(registry.collections()) == []


def test_versions_of_people_cannot_be_linked(studio: Studio, api: wandb.Api) -> None:
    registry, home = studio.registry(), studio.world.name("admin")
    with studio.run(entity=home, project="own") as run:
        artifact = wandb.Artifact("mine", "model")
        with artifact.new_file("a") as file:
            file.write("a")
        run.log_artifact(artifact).wait()
    source = api.artifact(f"{home}/own/mine:v0")
    with pytest.raises(CommError, match="team"):
        source.link(f"{studio.world.organization}/{registry.full_name}/c")


def test_versions_of_another_organization_cannot_be_linked(
    studio: Studio, fresh: Callable[[str], str]
) -> None:
    world, registry, other = studio.world, studio.registry(), fresh("foreign-team")
    owner = {"username": world.name("admin")}
    team = {"team": {"name": other}, "organization": {"name": f"{other} inc"}}
    world.setup("team", command="up", **owner, fixtureData=team)
    world.version("d0", "foreign", entityName=other)
    source = studio.api().artifact(f"{other}/train/foreign:v0")
    with pytest.raises(CommError, match="organization"):
        source.link(f"{world.organization}/{registry.full_name}/c")


@pytest.mark.parametrize("alias", ["v3", "a:b", "a/b"])
def test_aliases_that_a_link_cannot_have(studio: Studio, api: wandb.Api, alias: str) -> None:
    registry = studio.registry()
    with pytest.raises((CommError, ValueError), match=r"(?i)alias"):
        api.artifact(studio.path("clf:v0")).link(f"{registry.full_name}/c", aliases=[alias])
    assert list(registry.collections()) == []


def test_aliases_of_a_link_are_changed(studio: Studio, api: wandb.Api) -> None:
    registry = studio.registry()
    linked = api.artifact(studio.path("clf:v0")).link(f"{registry.full_name}/c", aliases=["a", "b"])
    assert linked is not None
    linked.aliases = ["b", "c"]
    linked.save()
    assert versions(registry) == {"c:v0": ["b", "c"]}
    assert sorted(api.artifact(studio.path("clf:v0")).aliases) == sorted(["try-0"])


def test_tags_of_a_link_are_those_of_the_source_and_all_links(studio: Studio, api: wandb.Api) -> None:
    registry, made = studio.registry(), studio.version()
    source = api.artifact(studio.path(made))
    first = source.link(f"{registry.full_name}/a")
    source.link(f"{registry.full_name}/b")
    assert first is not None
    first.tags = ["shared"]
    first.description = "shared too"
    first.metadata = {"also": True}
    first.save()
    for path in (studio.path(made), f"{registry.full_name}/a:v0", f"{registry.full_name}/b:v0"):
        found = api.artifact(path)
        assert (found.tags, found.description, found.metadata) == (["shared"], "shared too", {"also": True})


def test_a_collection_of_links(studio: Studio, api: wandb.Api, fresh: Callable[[str], str]) -> None:
    registry, name = studio.registry(), fresh("renamed")
    api.artifact(studio.path("clf:v0")).link(f"{registry.full_name}/c", aliases=["prod"])
    collection = api.artifact_collection("model", f"{studio.world.entity}/{registry.full_name}/c")
    assert not collection.is_sequence()
    assert sorted(collection.aliases) == ["latest", "prod"]
    collection.description, collection.tags, collection.name = "card", ["x", "y z"], name
    collection.save()
    found = api.artifact_collection("model", f"{studio.world.entity}/{registry.full_name}/{name}")
    assert (found.description, sorted(found.tags)) == ("card", ["x", "y z"])
    assert api.artifact(f"{registry.full_name}/{name}:prod").source_version == "v0"
    found.tags = ["z"]
    found.save()
    assert api.artifact_collection("model", f"{studio.world.entity}/{registry.full_name}/{name}").tags == [
        "z"
    ]


@pytest.mark.parametrize("tag", ["a/b", " a", "a.b", "x" * 129, ""])
def test_tags_that_cannot_be(studio: Studio, api: wandb.Api, tag: str) -> None:
    registry = studio.registry()
    api.artifact(studio.path("clf:v0")).link(f"{registry.full_name}/c")
    collection = api.artifact_collection("model", f"{studio.world.entity}/{registry.full_name}/c")

    def put() -> None:
        collection.tags = [tag]
        collection.save()

    with pytest.raises(Exception, match=r"(?i)tag"):
        put()


def test_deleting_a_collection_leaves_the_versions(studio: Studio, api: wandb.Api) -> None:
    registry = studio.registry()
    api.artifact(studio.path("clf:v0")).link(f"{registry.full_name}/c")
    api.artifact_collection("model", f"{studio.world.entity}/{registry.full_name}/c").delete()
    assert list(registry.collections()) == []
    assert api.artifact_exists(studio.path("clf:v0"))
    again = api.artifact(studio.path("clf:v1")).link(f"{registry.full_name}/c")
    assert again is not None
    assert again.version == "v0"


def test_deleting_a_registry_leaves_the_versions(studio: Studio, api: wandb.Api) -> None:
    registry = studio.registry()
    api.artifact(studio.path("clf:v0")).link(f"{registry.full_name}/c")
    registry.delete()
    assert api.artifact_exists(studio.path("clf:v0"))
    assert not api.artifact_exists(f"{studio.world.entity}/{registry.full_name}/c:v0")


def test_the_legacy_registry(studio: Studio, api: wandb.Api) -> None:
    found = list(api.artifact_collections(f"{studio.world.team}/model-registry", "model"))
    assert "churn" in {one.name for one in found}
    listed = list(api.artifacts("model", studio.path("churn", "model-registry")))
    assert [(one.version, own_aliases(one)) for one in listed] == [
        ("v1", ["latest", "linked-1"]),
        ("v0", ["linked-0"]),
    ]
    in_one = api.project("model-registry", studio.world.team).collections(per_page=1000)
    assert "churn" in {one.name for one in in_one}


def test_link_model_goes_to_the_legacy_registry(
    studio: Studio, api: wandb.Api, fresh: Callable[[str], str], tmp_path: Path
) -> None:
    name = fresh("model")
    (tmp_path / "m.bin").write_text(name)
    with studio.run() as run:
        run.link_model(str(tmp_path / "m.bin"), name, aliases=["prod"])
        used = run.use_model(f"{studio.world.team}/model-registry/{name}:prod")
        assert Path(used).read_text() == name
    assert api.artifact(studio.path(f"{name}:prod", "model-registry")).version == "v0"


def test_a_run_links_to_a_registry(studio: Studio, api: wandb.Api, fresh: Callable[[str], str]) -> None:
    registry, name = studio.registry(), fresh("byrun")
    with studio.run() as run:
        artifact = wandb.Artifact(name, "model")
        with artifact.new_file("a") as file:
            file.write(name)
        run.log_artifact(artifact)
        linked = run.link_artifact(
            artifact, f"{studio.world.organization}/{registry.full_name}/c", aliases=["p"]
        )
    assert linked is not None
    found = api.artifact(f"{registry.full_name}/c:p")
    assert found.source_qualified_name == studio.path(f"{name}:v0")
    run_of = found.logged_by()
    assert run_of is not None
    assert run_of.id == run.id


def test_a_run_uses_a_link(studio: Studio, api: wandb.Api) -> None:
    registry, made = studio.registry(), studio.version()
    api.artifact(studio.path(made)).link(f"{registry.full_name}/c")
    with studio.run() as run:
        run.use_artifact(f"{studio.world.entity}/{registry.full_name}/c:v0")
    assert [one.id for one in api.artifact(studio.path(made)).used_by()] == [run.id]


def test_a_source_that_the_key_cannot_see(studio: Studio, fresh: Callable[[str], str]) -> None:
    world, registry, short = studio.world, studio.registry(), fresh("elsewhere")
    made = studio.version(description="secret source")
    studio.api().artifact(studio.path(made)).link(f"{registry.full_name}/c", aliases=["a"])
    key = world.user(short, role="member")
    registry.add_members(world.user_id(short))
    registry.update_member(world.user_id(short), "member")
    theirs = studio.api(key).artifact(f"{world.organization}/{registry.full_name}/c:a")
    assert theirs.source_project in ("", None)
    theirs.aliases = ["b"]
    theirs.description = "changed"
    theirs.save()
    found = studio.api().artifact(f"{registry.full_name}/c:v0")
    assert (own_aliases(found), found.description) == (["b"], "secret source")
    with pytest.raises(CommError):
        studio.api(key).artifact(studio.path(made))


def test_a_deleted_version_is_in_no_registry(studio: Studio, api: wandb.Api) -> None:
    registry, made = studio.registry(), studio.version()
    api.artifact(studio.path(made)).link(f"{registry.full_name}/c")
    api.artifact(studio.path(made)).delete(delete_aliases=True)
    assert versions(registry) == {}
