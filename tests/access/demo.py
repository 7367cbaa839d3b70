"""The demo organization with real files, scanned, and applied in process."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import httpx

from examples.demo import organization
from examples.demo.home import _MIGRATION
from tests.properties.applying import apply_stack
from wandb_registry.migration.run import Request, run_scan, save_scan
from wandb_registry.server.credentials import api_key_connection
from wandb_registry.server.port import GraphQL
from wandb_registry.state.inventory import Inventory
from wandb_registry.state.models import StackState
from wandb_sandbox.server import Sandbox


def key_of(username: str) -> str:
    """A key as the client demands it."""
    return username.replace("-", "").ljust(40, "k")


@dataclass
class Demo:
    """What a scan wrote and a run applied."""

    url: str
    stack_file: Path
    stack: StackState
    inventory: Inventory

    @property
    def people(self) -> list[str]:
        """Everybody, the one in no team too."""
        named = [person.name for team in organization.TEAMS for person in team.people]
        return [organization.ENGINEER, *named, organization.OUTSIDER]


def make_demo(sandbox: Sandbox, folder: Path) -> Demo:
    """The demo organization after `scan` and `up`, with its aliases protected in the registry too."""
    with httpx.Client(base_url=sandbox.url) as http:

        def call(subject: str, command: dict[str, object]) -> None:
            http.post(f"/db/{subject}", json=command).raise_for_status()

        for subject, command in organization.set_up_calls(key_of(organization.ENGINEER)):
            call(subject, command)
            if subject == "user":
                name = str(command["username"])
                call("user", {"command": "password", "username": name, "password": key_of(name)})
        _log_models(sandbox.url, folder)
        for subject, command in organization.protect_calls():
            call(subject, command)
        made = _scan_and_apply(sandbox.url, folder)
        call(
            "project",
            {
                "command": "set",
                "entityName": organization.ENTITY,
                "projectName": "wandb-registry-fraud-models",
                "protectedAliases": list(organization.FRAUD.protected_aliases),
            },
        )
    return made


def _log_models(url: str, folder: Path) -> None:
    places = {f"WANDB_{name}": str(folder) for name in ("DIR", "CACHE_DIR", "CONFIG_DIR", "DATA_DIR")}
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(folder),
        "WANDB_API_KEY": key_of(organization.ENGINEER),
        "WANDB_BASE_URL": url,
        "WANDB_SILENT": "true",
        "WANDB_ERROR_REPORTING": "false",
        **places,
    }
    subprocess.run([sys.executable, "-m", "examples.demo.log_models"], env=environment, check=True)


def _scan_and_apply(url: str, folder: Path) -> Demo:
    (folder / "migration.yaml").write_text(_MIGRATION, encoding="utf-8")
    teams = tuple(team.name for team in organization.TEAMS)
    out = folder / "stacks" / "demo.yaml"
    request = Request(organization.DISPLAY_NAME, teams, out, folder / "migration.yaml")
    port = GraphQL(api_key_connection(url, key_of(organization.ENGINEER)))
    try:
        mapped = run_scan(port, request)
        save_scan(request, mapped)
        apply_stack(port, mapped.stack, mapped.inventory)
    finally:
        port.close()
    return Demo(url, out, mapped.stack, mapped.inventory)
