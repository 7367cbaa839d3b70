"""What doctor found decides how the program and the providers write."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from providers import adapter
from tests.project import Project
from tests.world import World
from wandb_registry.server.batches import BATCH
from wandb_registry.state.roles import Role

DISPROVED = {"index_reuse": "different", "relink_after_unlink": "as_assumed"}


def write_doctor(folder: Path, world: World, answers: dict[str, str], found: str = "") -> None:
    findings = [
        {
            "id": question,
            "question": "?",
            "assumed": "yes",
            "found": found,
            "verdict": verdict,
            "consequence": "",
            "evidence": "",
            "needed": True,
        }
        for question, verdict in answers.items()
    ]
    organization = world.organization
    report = {
        "at": "2026-01-01T00:00:00Z",
        "server": world.url,
        "organization": {"id": organization.id, "name": organization.name, "entity": organization.entity},
        "identity": "root",
        "wrote": True,
        "findings": findings,
    }
    folder.mkdir(exist_ok=True)
    (folder / "doctor.json").write_text(json.dumps(report), encoding="utf-8")


@pytest.fixture
def nothing_remembered() -> Iterator[None]:
    adapter.doctor.cache_clear()
    yield
    adapter.doctor.cache_clear()


@pytest.mark.parametrize(
    ("verdict", "said", "size"),
    [("different", "", 1), ("as_assumed", "", BATCH), ("unknown", "", BATCH), ("different", "7", 7)],
)
@pytest.mark.usefixtures("nothing_remembered")
def test_the_size_of_batches(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, verdict: str, said: str, size: int
) -> None:
    write_doctor(tmp_path / "stacks", world, {"batched_mutations": verdict})
    monkeypatch.setattr("providers.adapter._port", lambda: world.port)
    monkeypatch.setenv("WANDB_REGISTRY_BATCH", said)
    monkeypatch.chdir(tmp_path)
    assert adapter.batch_size() == size


@pytest.mark.usefixtures("nothing_remembered")
def test_another_servers_report_says_nothing_about_batches(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_doctor(tmp_path / "stacks", world, {"batched_mutations": "different"})
    text = (tmp_path / "stacks" / "doctor.json").read_text(encoding="utf-8")
    (tmp_path / "stacks" / "doctor.json").write_text(text.replace(world.url, "https://other.example.com"))
    monkeypatch.setattr("providers.adapter._port", lambda: world.port)
    monkeypatch.delenv("WANDB_REGISTRY_BATCH", raising=False)
    monkeypatch.chdir(tmp_path)
    assert adapter.batch_size() == BATCH


@pytest.mark.usefixtures("nothing_remembered")
def test_the_role_of_a_new_member(world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("providers.adapter._port", lambda: world.port)
    monkeypatch.chdir(tmp_path)
    assert adapter.default_role() is None
    adapter.doctor.cache_clear()
    write_doctor(tmp_path / "stacks", world, {"default_role": "different"}, found="viewer")
    assert adapter.default_role() is Role.VIEWER


def registry(world: World, ids: list[str], numbers: tuple[int, ...]) -> dict[str, Any]:
    links = {
        world.source("churn", n): {"version": f"v{number}", "id": artifact_id}
        for n, (artifact_id, number) in enumerate(zip(ids, numbers, strict=True))
    }
    return {
        "visibility": "restricted",
        "artifact_types": ["model"],
        "collections": {"churn": {"type": "model", "links": links}},
    }


def widest(world: World) -> int:
    """How many mutations the widest document of the log carried."""
    log = httpx.get(f"{world.url}/sandbox/requests").json()["requests"]
    return max(len(one["fields"]) for one in log if one["kind"] == "mutation")


@pytest.mark.engine
def test_the_engines_program_and_providers_read_what_doctor_found(project: Project) -> None:
    world = project.world
    ids = world.artifacts("churn", 3)
    project.write({"fraud-models": registry(world, ids, (0, 1, 3))})
    project.write_inventory(numbering="exact")
    write_doctor(project.folder / "stacks", world, DISPROVED)
    preview = project.workspace.run("preview", check=False)
    assert preview.exit_code != 0
    assert "fraud-models/churn has 1 missing numbers (v2)" in preview.output
    write_doctor(project.folder / "stacks", world, {"batched_mutations": "different"})
    httpx.delete(f"{world.url}/sandbox/requests")
    project.up()
    assert [world.links("churn", "fraud-models")[one].version for one in ids] == [0, 1, 3]
    assert widest(world) == 1
