"""The demo organization at every kill position: nobody ever sees a registry that is not theirs.

Its stack is applied in process, in the order of the program; after each write people of every kind look
around, and every member's role is held against the stack file.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import httpx
import pytest
import wandb

from examples.demo import organization
from tests.access.demo import Demo, key_of, make_demo
from tests.client_home import client_home
from tests.properties.applying import apply_stack
from tests.reconcile.ports import Killed, KilledPort, WatchedPort
from wandb_registry.server.credentials import api_key_connection
from wandb_registry.server.members import Principal, list_members
from wandb_registry.server.organizations import Organization
from wandb_registry.server.port import GraphQL
from wandb_registry.server.registries import delete_registry, get_registry, list_registries
from wandb_registry.state.names import is_core_registry
from wandb_sandbox.server import Sandbox

# Whoever looks, and the registries that they may see at the most.
LOOKERS = {
    organization.OUTSIDER: set[str](),
    "bob": {"fraud-models"},
    "erin": {"vision-models"},
}


class Watch:
    """Looks around as each of the lookers, as the outsider with the real client too, and at the members."""

    def __init__(self, demo: Demo) -> None:
        record = demo.inventory.organization
        self.demo = demo
        self.organization = Organization(record.id, record.name, record.entity)
        self.engineer = self._port(organization.ENGINEER)
        self.ports = {name: self._port(name) for name in LOOKERS}
        self.client = wandb.Api(api_key=key_of(organization.OUTSIDER), overrides={"base_url": demo.url})
        self.looks = 0

    def _port(self, name: str) -> GraphQL:
        return GraphQL(api_key_connection(self.demo.url, key_of(name)))

    def close(self) -> None:
        for port in (self.engineer, *self.ports.values()):
            port.close()

    def look(self) -> None:
        self.looks += 1
        for name, allowed in LOOKERS.items():
            port = self.ports[name]
            listed = {
                r.name for r in list_registries(port, self.organization) if not is_core_registry(r.name)
            }
            assert listed <= allowed, f"{name} saw {listed - allowed}"
            for registry in set(self.demo.stack.registries) - allowed:
                assert get_registry(port, self.organization, registry) is None, f"{name} read {registry}"
        assert self.client_reads() == []
        for registry, state in self.demo.stack.registries.items():
            live = get_registry(self.engineer, self.organization, registry)
            if live is None or state.members is None:
                continue
            for principal, member in list_members(self.engineer, self.organization, live.project).items():
                roles = state.members.users if principal.kind == "user" else state.members.teams
                creator = principal == Principal("user", organization.ENGINEER)
                assert creator or roles[principal.name].covers(member.role), f"{principal} was {member.role}"

    def client_reads(self) -> list[str]:
        """Whatever the outsider's client gets to see of the registries, their collections and links."""
        name, entity = self.organization.name, self.organization.entity
        reads = [one.name for one in self.client.registries(name) if one.name in self.demo.stack.registries]
        for registry, state in self.demo.stack.registries.items():
            link = f"{entity}/wandb-registry-{registry}/{next(iter(state.collections))}:v0"
            attempts = (
                lambda r=registry: self.client.registry(r, name),
                lambda p=link: self.client.artifact(p),
            )
            for attempt in attempts:
                with suppress(ValueError, wandb.errors.CommError):
                    reads.append(attempt().name)
        return reads

    def start_anew(self) -> None:
        for registry in self.demo.stack.registries:
            live = get_registry(self.engineer, self.organization, registry)
            if live is not None:
                delete_registry(self.engineer, live.id)


@pytest.fixture(scope="module")
def watch(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Watch]:
    folder: Path = tmp_path_factory.mktemp("demo")
    with Sandbox(folder / "data") as sandbox, client_home(folder, sandbox.url):
        made = Watch(make_demo(sandbox, folder))
        yield made
        made.close()


def test_nobody_of_the_demo_sees_what_is_not_theirs_at_any_position(watch: Watch) -> None:
    demo, position, killed = watch.demo, 0, True
    while killed:
        watch.start_anew()
        try:
            port = KilledPort(watch.engineer, position, after=True, writes_only=True)
            apply_stack(WatchedPort(port, watch.look), demo.stack, demo.inventory)
            killed = False
        except Killed:
            apply_stack(WatchedPort(watch.engineer, watch.look), demo.stack, demo.inventory)
        position += 1
    assert position > 20
    assert watch.looks > 20 * 20


def test_the_client_would_see_what_is_open(watch: Watch) -> None:
    for registry in watch.demo.stack.registries:
        fields = {"entityName": watch.organization.entity, "projectName": f"wandb-registry-{registry}"}
        httpx.post(f"{watch.demo.url}/db/project", json={"command": "set", "access": "PRIVATE", **fields})
    # Listed, loaded, and a link of it, each registry.
    assert len(watch.client_reads()) == 3 * len(watch.demo.stack.registries)
