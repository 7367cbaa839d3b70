"""Probes with the real client: everybody of the demo tries everything, and it agrees with the matrix."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from wandb.sdk import wandb_setup

from tests.access.demo import Demo, key_of, make_demo
from wandb_registry.access.probes import KeyNotSet, UnknownCollection, load_probes
from wandb_registry.cli.main import main
from wandb_registry.state.problems import InvalidFile
from wandb_sandbox.server import Sandbox


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    with Sandbox(tmp_path_factory.mktemp("server")) as sandbox:
        yield make_demo(sandbox, tmp_path_factory.mktemp("demo"))


@pytest.fixture
def settings(demo: Demo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The engineer's settings, and everybody's key in a variable of its own."""
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("WANDB_CONFIG_DIR", str(tmp_path))
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    monkeypatch.setenv("WANDB_BASE_URL", demo.url)
    monkeypatch.setenv("WANDB_API_KEY", key_of("petra"))
    for person in demo.people:
        monkeypatch.setenv(variable_of(person), key_of(person))
    wandb_setup.teardown()
    yield
    wandb_setup.teardown()


def variable_of(person: str) -> str:
    return f"PROBE_{person.upper().replace('-', '_')}"


def probes_file(folder: Path, people: list[str], more: str = "") -> Path:
    path = folder / "probes.yaml"
    lines = [f"  {person}: {variable_of(person)}" for person in people]
    path.write_text("\n".join(["people:", *lines, more]) + "\n", encoding="utf-8")
    return path


def everything(demo: Demo) -> object:
    """What anybody could have left behind: aliases, links and members of each registry."""
    document = """query($e: String!) { entity(name: $e) { projects(first: 100) { edges { node { name
      members { username role { name } } teamMembers { team { name } role { name } }
      artifactCollections(first: 100) { edges { node { name artifactMemberships(first: 100) {
        edges { node { versionIndex aliases { alias } } } } } } } } } } } }"""
    body = {"query": document, "variables": {"e": "northwind"}}
    answer = httpx.post(f"{demo.url}/graphql", json=body, auth=("api", key_of("petra"))).json()
    assert not answer.get("errors")
    return answer["data"]


@pytest.mark.usefixtures("settings")
def test_everybody_may_do_exactly_what_the_matrix_says(
    demo: Demo, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    path = probes_file(tmp_path, demo.people)
    before = everything(demo)
    code = main(["access", str(demo.stack_file), "--probe", str(path), "--json"])
    printed = capfd.readouterr()
    assert code == 0, printed.err
    said = json.loads(printed.out)
    probes = said["probes"]
    collections = sum(len(block["collections"]) for block in said["blocks"])
    assert len(probes) == len(demo.people) * collections * 6
    assert [probe for probe in probes if probe["found"] is None and not probe["nothing"]] == []
    assert [probe for probe in probes if probe["agrees"] is False] == []
    tried = {(probe["tried"], probe["found"]) for probe in probes}
    names = ("read", "download", "link", "alias", "protected alias", "member change")
    assert tried >= {(name, allowed) for name in names for allowed in (True, False)}
    assert everything(demo) == before
    assert not any(key_of(person) in printed.out + printed.err for person in demo.people)


@pytest.mark.usefixtures("settings")
def test_a_probe_that_contradicts_the_matrix_is_told(
    demo: Demo, tmp_path: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    # Vera's variable holds a key that is not hers; Otto became organization admin after the scan.
    monkeypatch.setenv(variable_of("vera"), key_of("bob"))
    people = {"members": [{"username": "otto", "role": "admin"}]}
    change = {"command": "add_members", "orgName": "Northwind Labs", "fixtureData": people}
    httpx.post(f"{demo.url}/db/organization", json=change).raise_for_status()
    path = probes_file(tmp_path, ["vera", "otto"], "collections: [fraud-models/churn-classifier]")
    known = next(iter(demo.stack.registries["fraud-models"].collections))
    path.write_text(path.read_text().replace("fraud-models/churn-classifier", f"fraud-models/{known}"))
    code = main(["access", str(demo.stack_file), "--probe", str(path)])
    out = capfd.readouterr().out
    people["members"][0]["role"] = "member"
    httpx.post(f"{demo.url}/db/organization", json=change).raise_for_status()
    assert code == 1
    assert f"otto, fraud-models/{known}, read: the matrix says no, it was allowed" in out
    assert "the key is that of bob, not of vera" in out


@pytest.mark.usefixtures("settings")
def test_keys_go_only_to_the_server_of_the_settings(
    demo: Demo, tmp_path: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WANDB_BASE_URL", "http://127.0.0.1:9")
    wandb_setup.teardown()
    path = probes_file(tmp_path, ["vera"])
    assert main(["access", str(demo.stack_file), "--probe", str(path)]) == 1
    assert f"the inventory is of {demo.url}" in capfd.readouterr().err


@pytest.mark.usefixtures("settings")
def test_what_is_wrong_with_a_probes_file_is_told_before_anything_is_tried(
    demo: Demo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(UnknownCollection, match="names fraud-models/nothing"):
        load_probes(probes_file(tmp_path, ["vera"], "collections: [fraud-models/nothing]"), demo.stack)
    path = tmp_path / "probes.yaml"
    path.write_text("people: {vera: k-1234567890}\n", encoding="utf-8")
    with pytest.raises(InvalidFile, match=r"probes\.yaml:1"):
        load_probes(path, demo.stack)
    monkeypatch.delenv(variable_of("vera"))
    with pytest.raises(KeyNotSet, match="PROBE_VERA is not set"):
        load_probes(probes_file(tmp_path, ["vera"]), demo.stack)
