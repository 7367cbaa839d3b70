"""Three random organizations through the real engine: rights before equal rights after."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from tests.project import ROOT
from tests.properties.built import Built, Server
from tests.properties.organizations import ENGINEER, TEAMS, OrganizationSpec, organizations
from tests.properties.test_boundary import EXPECTED, rights_of, shown
from wandb_registry.engine.installation import Engine
from wandb_registry.engine.session import Workspace
from wandb_registry.state.dump import dump_stack
from wandb_registry.state.inventory import dump_inventory, inventory_path
from wandb_registry.verify.compare_access import live_matrix

pytestmark = pytest.mark.engine

THREE = settings(
    max_examples=3,
    derandomize=True,
    suppress_health_check=list(HealthCheck),
    phases=(Phase.generate,),
)


def project(engine: Engine, built: Built, folder: Path) -> Workspace:
    """This repository's program with the engineer's key; the client wants one of forty characters."""
    program = folder / "project"
    (program / "stacks").mkdir(parents=True)
    for name in ("Pulumi.yaml", "__main__.py"):
        shutil.copy(ROOT / name, program / name)
    (program / ".venv").symlink_to(sys.prefix)
    key = f"{built.number:x}".rjust(40, "k")
    built._call("user", command="password", username=built.name(ENGINEER), password=key)
    own = {
        "HOME": str(folder),
        "PATH": "/usr/bin:/bin",
        "WANDB_BASE_URL": built.server.sandbox.url,
        "WANDB_API_KEY": key,
        "WANDB_ERROR_REPORTING": "false",
    }
    environment = engine.environment(folder / "pulumi", passphrase="for tests", base=own)
    workspace = Workspace(engine, program, environment)
    workspace.init("random")
    return workspace


@THREE
@given(spec=organizations(), number=st.uuids())
def test_before_equals_after_through_the_real_engine(
    engine: Engine, server: Server, tmp_path: Path, spec: OrganizationSpec, number: object
) -> None:
    built, folder = Built(server, spec), tmp_path / str(number)
    try:
        workspace = project(engine, built, folder)
        stack, inventory = built.scan(folder)
        file = workspace.directory / "stacks" / "random.yaml"
        file.write_text(dump_stack(stack), encoding="utf-8")
        inventory_path(file).write_text(dump_inventory(inventory), encoding="utf-8")
        workspace.run("up", "--yes")
        workspace.preview("--expect-no-changes")
        live = live_matrix(stack, inventory, built.target(stack))
        for team in map(built.name, TEAMS):
            columns = shown(team, inventory)
            for person in built.everybody:
                had = built.legacy_rights(team, person) & columns
                has = built.registry_rights(f"{team}-models", person) & columns
                assert rights_of(live, f"{team}-models", person) == (had, has), (team, person)
        assert {change.difference for _, _, change in live.changes() if change.is_open} <= EXPECTED
    finally:
        built.close()
