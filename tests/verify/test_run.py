"""Verify against the sandbox with the real client."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from wandb.apis.public.registries.registries_search import Versions

from tests.verify.world import ENTITY, KEYS, ORGANIZATION, World
from wandb_registry.state.problems import InvalidFile
from wandb_registry.verify import live
from wandb_registry.verify.errors import KeyRefused, OrganizationNotSeen
from wandb_registry.verify.observation import Verdict
from wandb_registry.verify.run import Verification, verify_stack


def quiet(_what: str, _done: int, _total: int | None) -> None:
    pass


def verified(path: Path, *, strict: bool = False) -> Verification:
    return verify_stack(path, strict=strict, progress=quiet)


def said(verification: Verification) -> set[tuple[Verdict, str, str]]:
    """Everything but the note on alice, who made all registries here."""
    rows = {(one.verdict, one.kind, one.subject) for one in verification.observations}
    return {row for row in rows if row[1] != "creator"}


@pytest.fixture
def entry(world: World, request: pytest.FixtureRequest) -> tuple[str, dict[str, Any]]:
    """A registry of this test's own, with the stack entry that describes it."""
    name = request.node.name.removeprefix("test_")[:60]
    return name, world.registry(name)


def test_what_was_applied_has_no_difference(world: World, tmp_path: Path) -> None:
    path = world.files(
        tmp_path, {"equal": world.registry("equal"), "empty": world.registry("empty", collections={})}
    )
    found = verified(path, strict=True)
    assert found.exit_code == 0
    creators = {(o.verdict, o.kind, o.subject) for o in found.observations}
    assert creators == {
        (Verdict.NOTE, "creator", "empty user alice"),
        (Verdict.NOTE, "creator", "equal user alice"),
    }
    assert (found.checked.registries, found.checked.members) == (2, 2)
    assert (found.checked.collections, found.checked.links) == (2, 5)
    assert verified(path, strict=True) == found


@pytest.mark.parametrize("name", [ORGANIZATION, ENTITY])
def test_the_organization_may_have_either_name(
    world: World, entry: tuple[str, dict[str, Any]], tmp_path: Path, name: str
) -> None:
    path = world.files(tmp_path, {entry[0]: entry[1]}, organization=name)
    assert verified(path, strict=True).exit_code == 0
    # Without the inventory, which knows both names, the client itself has to find it.
    lines = path.read_text().splitlines()
    path.write_text("\n".join(line for line in lines if not line.startswith(("legacy", "- {team"))))
    path.with_suffix(".inventory.json").unlink()
    assert verified(path, strict=True).organization.entity == ENTITY


def test_daily_work_of_others_is_changed_since_and_strict_counts_it(
    world: World, entry: tuple[str, dict[str, Any]], tmp_path: Path
) -> None:
    name, state = entry
    path = world.files(tmp_path, {name: state})
    world.link(name, "churn", world.artifacts[1], ["production", "staging"])  # moves production
    world.unlink(name, "churn", world.artifacts[2])
    world.link(name, "churn", world.artifacts[4], [])
    world.link(name, "their-own", world.artifacts[3], [])
    found = verified(path)
    since = Verdict.CHANGED_SINCE
    assert said(found) == {
        (since, "aliases", f"{name}/churn:v0"),
        (since, "aliases", f"{name}/churn:v1"),
        (since, "link", f"{name}/churn:v2"),
        (since, "link", f"{name}/churn:v3"),
        (since, "collection", f"{name}/their-own"),
    }
    assert found.exit_code == 0
    strict = verified(path, strict=True)
    assert strict.exit_code == 1
    assert {row[0] for row in said(strict)} == {Verdict.DIFFERENCE}


def test_what_the_file_rules_is_a_difference(
    world: World, entry: tuple[str, dict[str, Any]], tmp_path: Path
) -> None:
    name, state = entry
    path = world.files(tmp_path, {name: state, "not-made": {**state, "collections": {}}})
    world.describe(name, "churn", "Edited by hand")
    world.add_member(name, "eve")
    world.unlink(name, "Zahlung für später", world.artifacts[0])
    world.link(name, "Zahlung für später", world.artifacts[0], ["production"])
    found = verified(path)
    different = Verdict.DIFFERENCE
    assert said(found) == {
        (different, "description", f"{name}/churn"),
        (different, "member", f"{name} user eve"),
        (different, "number", f"{name}/Zahlung für später:v2"),
        (different, "registry", "not-made"),
    }
    assert found.exit_code == 1


def test_a_digest_other_than_in_the_inventory(
    world: World, entry: tuple[str, dict[str, Any]], tmp_path: Path
) -> None:
    path = world.files(tmp_path, {entry[0]: entry[1]})
    inventory = path.with_suffix(".inventory.json")
    inventory.write_text(inventory.read_text().replace(world.digest(world.artifacts[1]), "tampered"))
    rows = [one for one in verified(path).observations if one.kind == "digest"]
    assert {one.subject for one in rows} == {f"{entry[0]}/churn:v1", f"{entry[0]}/Zahlung für später:v1"}
    assert {one.expected for one in rows} == {"tampered"}


def test_people_who_may_not_see_the_registry_prove_nothing(
    world: World, entry: tuple[str, dict[str, Any]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = world.files(tmp_path, {entry[0]: entry[1]})
    monkeypatch.setenv("WANDB_API_KEY", KEYS["eve"])
    [row] = verified(path).observations
    assert (row.verdict, row.found) == (Verdict.DIFFERENCE, "not there, or this key may not see it")


def test_a_member_of_the_team_can_verify_too(
    world: World, entry: tuple[str, dict[str, Any]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = world.files(tmp_path, {entry[0]: entry[1]})
    monkeypatch.setenv("WANDB_API_KEY", KEYS["bob"])
    assert verified(path, strict=True).exit_code == 0


def test_a_listing_that_ends_early_is_unreadable(
    world: World, entry: tuple[str, dict[str, Any]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    name, state = entry
    path = world.files(tmp_path, {name: state})
    whole = live._links

    def cut(*arguments: Any) -> Any:
        listing = whole(*arguments)
        listing.links["churn"] = [link for link in listing.links["churn"] if link.version < 2]
        return listing

    monkeypatch.setattr(live, "_links", cut)
    found = verified(path)
    assert said(found) == {
        (Verdict.UNREADABLE, "listing", name),
        (Verdict.UNREADABLE, "link", f"{name}/churn:v2"),
    }
    assert found.exit_code == 3


def test_links_that_the_client_drops_in_silence_are_counted(
    world: World, entry: tuple[str, dict[str, Any]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    name, state = entry
    path = world.files(tmp_path, {name: state})
    convert = Versions._convert

    def without_artifact(self: Versions, node: Any) -> Any:
        """What the client does with an entry whose artifact the server answers as null."""
        dropped = node.artifact_collection.name == "churn" and node.version_index == 1
        return None if dropped else convert(self, node)

    monkeypatch.setattr(Versions, "_convert", without_artifact)
    found = verified(path)
    assert said(found) == {
        (Verdict.UNREADABLE, "listing", name),
        (Verdict.UNREADABLE, "link", f"{name}/churn:v1"),
    }
    assert "1 links not shown" in next(o.reason for o in found.observations if o.kind == "listing")
    assert found.exit_code == 3


def test_a_refused_request_is_unreadable_and_the_rest_is_read(
    world: World, entry: tuple[str, dict[str, Any]], tmp_path: Path
) -> None:
    name, state = entry
    path = world.files(tmp_path, {name: state})
    faults = world.sandbox.state.faults
    faults.change({"add": [{"kind": "status", "operation": "RegistryVersions", "status": 403}]})
    try:
        found = verified(path)
    finally:
        faults.clear()
    assert said(found) == {(Verdict.UNREADABLE, "collections", name)}
    assert found.checked.members == 1
    assert found.exit_code == 3


def test_a_wrong_key_and_an_unknown_organization_are_one_line(
    world: World, entry: tuple[str, dict[str, Any]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = world.files(tmp_path, {entry[0]: entry[1]}, organization="Nobody")
    with pytest.raises(OrganizationNotSeen, match="Nobody") as unseen:
        verified(path)
    monkeypatch.setenv("WANDB_API_KEY", "z" * 40)
    with pytest.raises(KeyRefused) as refused:
        verified(path)
    for caught in (unseen, refused):
        assert "\n" not in str(caught.value)
        assert caught.value.exit_code == 3
    assert "z" * 40 not in str(refused.value)


def test_bad_files_are_refused_before_any_request(world: World, tmp_path: Path) -> None:
    path = tmp_path / "bad.yaml"
    path.write_text("version: 1\norganization: acme\nregistry: {}\n")
    before = world.sandbox.state.log.total
    with pytest.raises(InvalidFile, match=r"bad\.yaml:3"):
        verified(path)
    assert world.sandbox.state.log.total == before


def test_few_requests_in_pages(world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live, "PAGE", 2)
    collections = dict.fromkeys((f"c{i}" for i in range(5)), 2)
    path = world.files(tmp_path, {"paged": world.registry("paged", collections=collections)})
    world.sandbox.state.log.clear()
    found = verified(path, strict=True)
    assert found.exit_code == 0
    assert found.checked.links == 10
    operations = world.sandbox.state.log.operations
    assert operations["RegistryCollections"] == 3  # 5 collections, 2 a page
    assert operations["RegistryVersions"] == 5  # 10 links, 2 a page
    assert world.sandbox.state.log.kinds["mutation"] == 0
    assert world.sandbox.state.log.total <= 3 * 5 + 6


def test_missing_links_cost_at_most_three_requests_a_collection(world: World, tmp_path: Path) -> None:
    state = world.registry("gone")
    path = world.files(tmp_path, {"gone": state})
    for collection in state["collections"]:
        for artifact_id in world.artifacts[: len(state["collections"][collection]["links"])]:
            world.unlink("gone", collection, artifact_id)
    world.sandbox.state.log.clear()
    found = verified(path)
    assert {row[:2] for row in said(found)} == {(Verdict.CHANGED_SINCE, "link")}
    assert world.sandbox.state.log.operations["ArtifactMembershipByName"] == 2 * len(state["collections"])
    assert world.sandbox.state.log.total <= 3 * len(state["collections"]) + 10
