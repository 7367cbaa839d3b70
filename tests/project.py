"""A Pulumi project of its own against a sandbox: what a person has who types plain `pulumi`."""

from __future__ import annotations

import json
import shutil
import sys
from collections import Counter
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import httpx
import yaml

from tests.world import World
from wandb_registry.engine.installation import Engine
from wandb_registry.engine.session import Completed, Workspace

ROOT = Path(__file__).parents[1]
STACK = "team"


@dataclass(frozen=True)
class Project:
    """The project's folder and its workspace; the stack file is written as plain data."""

    world: World
    folder: Path
    workspace: Workspace

    @classmethod
    def create(cls, engine: Engine, world: World, folder: Path, acting: str = "root") -> Project:
        """A copy of this repository's program, with a home and a backend of its own."""
        project = folder / "project"
        (project / "stacks").mkdir(parents=True)
        for name in ("Pulumi.yaml", "__main__.py"):
            shutil.copy(ROOT / name, project / name)
        (project / ".venv").symlink_to(sys.prefix)
        workspace = Workspace(engine, project, environment(engine, world, folder, acting))
        workspace.init(STACK)
        return cls(world, project, workspace)

    @property
    def stack_file(self) -> Path:
        return self.folder / "stacks" / f"{STACK}.yaml"

    def write(self, registries: dict[str, Any], overrides: list[dict[str, str]] | None = None) -> None:
        data = {
            "version": 1,
            "organization": self.world.name,
            "registries": registries,
            "overrides": overrides or [],
        }
        self.stack_file.write_text(yaml.safe_dump(data, sort_keys=False, allow_unicode=True))

    def write_inventory(self, **fields: Any) -> None:
        organization = self.world.organization
        inventory = {
            "server": self.world.url,
            "organization": {
                "id": organization.id,
                "name": organization.name,
                "entity": organization.entity,
            },
            **fields,
        }
        self.stack_file.with_suffix(".inventory.json").write_text(json.dumps(inventory))

    def up(self, *flags: str) -> Completed:
        return self.workspace.up(*flags)

    def fails(self, *command: str) -> Completed:
        """A command that must fail, without a traceback."""
        ended = self.workspace.run(*command, check=False)
        assert ended.exit_code != 0, ended.output
        assert "Traceback" not in ended.output
        assert 'File "' not in ended.output
        return ended

    def acting(self, key: str = "", url: str = "") -> Project:
        """The same project with another person's key, or at another address."""
        environment = dict(self.workspace.environment)
        environment.update({"WANDB_API_KEY": key} if key else {})
        environment.update({"WANDB_BASE_URL": url} if url else {})
        return replace(self, workspace=replace(self.workspace, environment=environment))

    def forget_requests(self) -> None:
        """Begin counting anew."""
        httpx.delete(f"{self.world.url}/sandbox/requests")

    def requests(self) -> Counter[str]:
        """How many queries and mutations the server got, by kind, since the last `forget_requests`."""
        return Counter(httpx.get(f"{self.world.url}/sandbox/requests").json()["kinds"])

    def unchanged(self) -> None:
        self.workspace.preview("--expect-no-changes")

    def diagnostics(self, ended: Completed) -> list[str]:
        """The lines of the errors and warnings in what a command printed."""
        text = ended.output.partition("Diagnostics:")[2].partition("\nResources:")[0]
        return [line.strip() for line in text.splitlines() if line.strip()]

    def state(self) -> dict[str, Any]:
        """The deployment as exported, without what every run changes."""
        deployment = dict(self.workspace.export()["deployment"])
        deployment.pop("manifest")
        return deployment

    def resources(self) -> dict[str, dict[str, Any]]:
        """The state's resources by name."""
        state = self.workspace.export()["deployment"].get("resources", [])
        named = {resource["urn"].rpartition("::")[2]: resource for resource in state}
        return {
            name: resource for name, resource in named.items() if "inputs" in resource or "id" in resource
        }


def environment(engine: Engine, world: World, folder: Path, acting: str = "root") -> dict[str, str]:
    """Nothing of the user's: own home, own Pulumi, the sandbox's address, one person's key."""
    home = folder / "home"
    home.mkdir(parents=True, exist_ok=True)
    own = {
        "HOME": str(home),
        "PATH": "/usr/bin:/bin",
        "WANDB_BASE_URL": world.url,
        "WANDB_API_KEY": world.user(acting),
        "WANDB_ERROR_REPORTING": "false",
    }
    return engine.environment(folder / "pulumi", passphrase="for tests", base=own)
