"""The trail of a provider's process: every write, who acted, and which resource the engine asked for."""

from __future__ import annotations

import runpy
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from providers.collection import CollectionProvider
from providers.evidence import audited, current_urn
from tests.world import World
from wandb_registry.audit.errors import AuditFailed
from wandb_registry.audit.show import writes
from wandb_registry.audit.trail import DIRECTORY_VARIABLE
from wandb_registry.audit.verify import trails_in, verify_trail

URN = "urn:pulumi:team::wandb-registry::t::models/churn"
Props = dict[str, Any]


@pytest.fixture
def evidence(in_process: World, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """Where the trail of this process goes."""
    monkeypatch.setenv(DIRECTORY_VARIABLE, str(tmp_path / "audit"))
    port = audited(in_process.port, ())
    monkeypatch.setattr("providers.adapter._port", lambda: port)
    return tmp_path / "audit"


@pytest.fixture
def churn(in_process: World) -> Props:
    in_process.registry()
    return {
        "organization": in_process.name,
        "registry": "models",
        "name": "churn",
        "type": "model",
        "tags": ["eu"],
    }


def test_every_write_of_a_provider_is_in_the_trail(evidence: Path, in_process: World, churn: Props) -> None:
    CollectionProvider().create(churn)
    (path,) = trails_in([evidence])
    result = verify_trail(path)
    assert result.flaws == ()
    found = writes(result.entries)
    assert [write.operation for write in found] == [
        "createArtifactPortfolio",
        "createArtifactCollectionTagAssignments",
    ]
    assert {write.identity for write in found} == {in_process.user("root")}
    assert {write.stack for write in found} == {"no-stack"}  # no engine asked for this
    assert all(write.commit for write in found)


def test_where_no_trail_can_be_kept_nothing_is_written(
    evidence: Path, in_process: World, churn: Props
) -> None:
    evidence.write_text("a file where the directory must be")
    with pytest.raises(AuditFailed, match="nothing is sent"):
        CollectionProvider().create(churn)
    evidence.unlink()
    reread = CollectionProvider().create({**churn, "tags": None})
    assert reread.outs["path"].endswith("wandb-registry-models/churn")
    assert len(writes(verify_trail(trails_in([evidence])[0]).entries)) == 1


def test_the_urn_is_that_of_the_request_that_this_thread_serves(tmp_path: Path) -> None:
    assert current_urn() == ""
    host = tmp_path / "pulumi" / "dynamic" / "__main__.py"
    host.parent.mkdir(parents=True)
    host.write_text("def create(request, work):\n    return (lambda: work())()\n")
    create = runpy.run_path(str(host))["create"]
    assert create(SimpleNamespace(urn=URN), current_urn) == URN
    assert create(SimpleNamespace(), current_urn) == ""
