"""The pack on the real engine: a mandatory violation stops preview and up, before anything is written."""

from __future__ import annotations

import json

import pytest

from tests.project import ROOT, STACK, Project
from wandb_registry.plan_guard.errors import PreviewRejected
from wandb_registry.plan_guard.preview import read_preview
from wandb_registry.server.registries import get_registry

pytestmark = pytest.mark.engine

PACK = ("--policy-pack", str(ROOT / "policies"))


def test_a_violation_stops_preview_and_up_and_configuration_lifts_it(project: Project) -> None:
    world = project.world
    (artifact,) = world.artifacts("churn", 1)
    links = {world.source("churn", 0): {"version": "v0", "id": artifact}}
    registry = {
        "visibility": "restricted",
        "artifact_types": ["model"],
        "members": {"exclusive": False, "teams": {world.team("fraud"): "viewer"}},
        "delete": "destroy",
        "collections": {"churn": {"type": "model", "links": links}},
    }
    project.write({"fraud-models": registry})
    for command in (("preview",), ("up", "--yes")):
        ended = project.fails(*command, *PACK)
        assert "exclusive-members" in ended.output
        assert "fraud-models is restricted and keeps members" in ended.output
        assert "[advisory]" in ended.output  # delete: destroy is said, and does not stop
    assert get_registry(world.port, world.organization, "fraud-models") is None

    # The guard takes no failed preview for a whole one, also where only a policy failed it.
    preview = project.workspace.run("preview", "--json", *PACK, check=False, silent=True)
    assert preview.exit_code != 0
    with pytest.raises(PreviewRejected):
        read_preview(preview.stdout, "the preview")

    config = project.folder / "policies.json"
    config.write_text(json.dumps({"exclusive-members": {"except": ["fraud-models"]}}))
    project.up(*PACK, "--policy-pack-config", str(config))
    assert get_registry(world.port, world.organization, "fraud-models") is not None

    config.write_text(json.dumps({"exclusive-members": "disabled", "names": {"registries": f"{STACK}-.*"}}))
    refused = project.fails("preview", *PACK, "--policy-pack-config", str(config))
    assert "fraud-models does not match team-.*" in refused.output
    assert "exclusive-members" not in refused.output
