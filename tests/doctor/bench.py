"""An organization to examine.

root administers the organization and team fraud, and is not in team risk; olaf and viola are in no team,
and viola has a viewer's seat.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import httpx

from tests.migration.world import LEGACY, World, key_of
from wandb_registry.doctor.run import Request, examine
from wandb_registry.server.credentials import api_key_connection
from wandb_registry.server.organizations import find_organization
from wandb_registry.server.port import GraphQL
from wandb_registry.server.registries import list_registries
from wandb_registry.state.doctor_report import DoctorReport

TEAM = "fraud"


class Bench:
    """A world with one team, people in every role, and models that use everything that parity looks at."""

    def __init__(self, world: World) -> None:
        self.world = world
        world.team(
            TEAM,
            {"root": "admin", "bob": "member", "vera": "view-only", "fraud-bot": "service", "mara": "member"},
        )
        world.change_team(TEAM, "registry_admins", registryAdmins=["mara"])
        world.change_team(TEAM, "protect", protectedAliases=["production"])
        world.team("risk", {"rita": "admin"})
        world.link("rita", f"risk/{LEGACY}/scores", world.log("rita", "risk/train/scores", 1))
        for name in ("olaf", "viola"):
            world.user(name)
        fixture = {
            "members": [
                {"username": "olaf", "role": "member"},
                {"username": "viola", "role": "member", "seat": "viewer"},
            ]
        }
        body = {"command": "add_members", "orgName": "Acme Inc", "fixtureData": fixture}
        assert httpx.post(f"{world.sandbox.url}/db/organization", json=body).status_code == 200
        self.sources = world.log("root", f"{TEAM}/train/churn-xgb", 4)
        world.link("root", f"{TEAM}/{LEGACY}/churn", self.sources)
        world.unlink("root", f"{TEAM}/{LEGACY}/churn", self.sources[1])
        for name in ("empty", "another"):
            world.link("root", f"{TEAM}/{LEGACY}/{name}", self.sources[:1])
        world.unlink("root", f"{TEAM}/{LEGACY}/empty", self.sources[0])
        self.untouched = self.projects()

    @property
    def switches(self) -> Any:
        return self.world.sandbox.state.switches

    def switch(self, **changes: Any) -> None:
        """Make the server behave otherwise."""
        self.world.sandbox.state.switches = self.switches.changed(**changes)

    def examine(self, who: str = "root", *, second: str | None = None, **asked: Any) -> DoctorReport:
        """One examination with somebody's key; fields of the request as keywords."""
        more: dict[str, Any] = {key: asked.pop(key) for key in ("earlier", "notify") if key in asked}
        request = Request(**{"organization": "acme", "teams": (TEAM,), **asked})
        url = self.world.sandbox.url
        with_second = None if second is None else self.world.port(second)
        connection = api_key_connection(url, key_of(who))
        return examine(self.world.port(who), connection, request, second=with_second, **more)

    def everything(self, **asked: Any) -> DoctorReport:
        """Everything that doctor can ask with one second person."""
        return self.examine(**{"second": "olaf", "write": True, "try_visibility": True, **asked})

    def projects(self) -> set[str]:
        """All projects of organization and team, as root sees them, who sees everything."""
        listing = "{ projects(first: 100) { edges { node { name } } } }"
        answer = self.world.execute(
            "root",
            f"query($a: String!, $b: String!, $c: String!) {{"
            f" a: entity(name: $a) {listing} b: entity(name: $b) {listing} c: entity(name: $c) {listing} }}",
            {"a": "acme", "b": TEAM, "c": "root"},
        )
        return {edge["node"]["name"] for part in answer.values() for edge in part["projects"]["edges"]}

    def registries(self, port: GraphQL) -> list[str]:
        """The registries that a key sees."""
        return [one.name for one in list_registries(port, find_organization(port, "acme"))]


def differing(report: DoctorReport) -> Mapping[str, str]:
    """What differs: id -> found."""
    return {one.id: one.found for one in report.findings if one.verdict == "different"}


def unknown(report: DoctorReport) -> set[str]:
    """What nobody found out."""
    return {one.id for one in report.findings if one.verdict == "unknown"}
