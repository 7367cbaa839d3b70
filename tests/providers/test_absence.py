"""Absence is not deletion: whatever one query answers wrongly, `read` fails or says what is really there.

Each provider's `read` is watched for the queries that it sends. Then each of these queries alone is
refused, fails, or answers less than there is, in every way that its answer leaves room for.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest
from pulumi.dynamic import ReadResult

from providers import adapter
from providers.links import LinksProvider
from tests.providers.test_reads import Applied, Props, apply, registry_id
from tests.world import World
from wandb_registry.errors import UserError
from wandb_registry.server import capabilities
from wandb_registry.server.collections import delete_collection, get_collection, update_collection
from wandb_registry.server.links import unlink_all
from wandb_registry.server.members import list_members, remove_members
from wandb_registry.server.registries import delete_registry, rename_registry
from wandb_sandbox.faults.faults import Fault
from wandb_sandbox.server import Sandbox

ALL = -1
STATUSES = (401, 403, 404, 500, 503)

Scene = Callable[[World], None]
Spoil = Callable[[dict[str, Any]], dict[str, Any]]


def as_made(_world: World) -> None:
    """Nobody touched anything."""


def renamed(world: World) -> None:
    rename_registry(world.port, world.organization, "alpha", "omega")
    update_collection(world.port, collection_id(world, "omega"), name="loss")


def taken_away(world: World) -> None:
    """No link and no member but the creator is left."""
    unlink_all(world.port, collection_id(world), world.links("churn", "alpha"))
    members = list_members(world.port, world.organization, "wandb-registry-alpha")
    others = {p: m.id for p, m in members.items() if p.name != world.user("root")}
    remove_members(world.port, registry_id(world), others)


def collection_deleted(world: World) -> None:
    delete_collection(world.port, collection_id(world))


def registry_deleted(world: World) -> None:
    delete_registry(world.port, registry_id(world))


ALWAYS_ASKED = {"OrganizationByName", "RegistryByName", "TypeFields", "ProtectedAliases"}
SCENES: dict[Scene, set[str]] = {
    as_made: {*ALWAYS_ASKED, "RegistryMembers", "CollectionByName", "LinksOf"},
    renamed: {
        *ALWAYS_ASKED,
        "RegistryMembers",
        "CollectionByName",
        "LinksOf",
        "RegistriesOf",
        "CollectionsOf",
    },
    taken_away: {*ALWAYS_ASKED, "RegistryMembers", "CollectionByName", "LinksOf", "LinksByNumber"},
    collection_deleted: {*ALWAYS_ASKED, "RegistryMembers", "CollectionByName", "LinksOf", "CollectionsOf"},
    registry_deleted: {
        "OrganizationByName",
        "RegistryByName",
        "RegistriesOf",
        "RegistryById",
        "ActingViewer",
        "OrganizationMembers",
    },
}
"""What others did before the read, and the queries that the reads of all resources then take."""


def collection_id(world: World, registry: str = "alpha") -> str:
    found = get_collection(world.port, world.home(registry), "churn")
    assert found is not None
    return found.id


def without_data(_body: dict[str, Any]) -> dict[str, Any]:
    return {"data": None}


def with_an_error_beside(body: dict[str, Any]) -> dict[str, Any]:
    return {**body, "errors": [{"message": "denied", "path": [next(iter(body["data"]))]}]}


def faults_for(operation: str, data: dict[str, Any]) -> Iterator[Fault]:
    """Every fault that an operation with this answer can meet."""
    for status in STATUSES:
        yield Fault("status", operation, times=ALL, status=status)
    for key, pages in sorted(branches(data).items()):
        yield Fault("null_listing", operation, times=ALL, connection=key)
        for keep in (0, None) if pages else ():
            yield Fault("short_listing", operation, times=ALL, connection=key, keep=keep)


def branches(data: Any) -> dict[str, bool]:
    """Every key of an answer that holds more than a plain value, and whether it is a listing in pages."""
    if isinstance(data, list):
        return {key: pages for item in data for key, pages in branches(item).items()}
    found: dict[str, bool] = {}
    for key, value in data.items() if isinstance(data, dict) else ():
        if isinstance(value, dict | list):
            found |= {key: isinstance(value, dict) and {"edges", "pageInfo"} <= set(value)} | branches(value)
    return found


@dataclass
class Wire(httpx.BaseTransport):
    """The way to the server: what was answered to each operation; one of them can be spoiled on its way."""

    answers: dict[str, dict[str, Any]] = field(default_factory=dict)
    spoiled: tuple[str, Spoil] | None = None
    inner: httpx.HTTPTransport = field(default_factory=httpx.HTTPTransport)

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        operation = json.loads(request.content)["query"].split()[1].partition("(")[0]
        response = self.inner.handle_request(request)
        body = json.loads(response.read())
        self.answers[operation] = body.get("data") or {}
        if self.spoiled is not None and self.spoiled[0] == operation:
            body = self.spoiled[1](body)
        return httpx.Response(response.status_code, json=body)

    def close(self) -> None:
        self.inner.close()


@dataclass
class Reader:
    """Reads as a process of its own does, and remembers what it warned of."""

    wire: Wire
    sandbox: Sandbox
    warnings: list[str] = field(default_factory=list)

    def read(self, provider: adapter.Adapter[Any], id_: str, outs: Props) -> ReadResult:
        adapter.forget_registries()
        adapter._organizations.clear()
        capabilities._known.clear()
        self.wire.answers.clear()
        self.warnings.clear()
        return provider.read(id_, outs)

    def outcome(self, provider: adapter.Adapter[Any], id_: str, outs: Props, fault: str) -> ReadResult | str:
        """What was read, or the error that its user sees; any other exception is raised with the fault."""
        try:
            return self.read(provider, id_, outs)
        except UserError as error:
            return str(error)
        except Exception as error:
            error.add_note(f"{type(provider).__name__}: {fault}")
            raise

    def each_fault(self) -> Iterator[str]:
        """Every fault that a query of the last read can meet, in force until the next is asked for."""
        for operation, data in dict(self.wire.answers).items():
            for fault in faults_for(operation, data):
                self.sandbox.state.faults.active = [fault]
                yield str(fault)
            self.sandbox.state.faults.clear()
            for spoil in (without_data, with_an_error_beside):
                self.wire.spoiled = (operation, spoil)
                yield f"{operation} {spoil.__name__}"
            self.wire.spoiled = None


@pytest.fixture
def reader(in_process: World, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> Reader:
    wire = Wire()
    watched = in_process.as_user("root", transport=wire)
    monkeypatch.setattr("providers.adapter._port", lambda: watched)
    made = Reader(wire, sandbox)
    monkeypatch.setattr("providers.links.warn", made.warnings.append)
    return made


def resources_of(world: World) -> Applied:
    """One resource of each kind, the set of links under both of its options."""
    made = apply(world)
    sets = [(p, id_, {**outs, "manage": "always"}) for p, id_, outs in made if isinstance(p, LinksProvider)]
    return [*made, *sets]


@pytest.mark.parametrize("scene", SCENES)
def test_no_single_query_makes_anything_gone_or_different(
    in_process: World, reader: Reader, scene: Scene
) -> None:
    resources = resources_of(in_process)
    scene(in_process)
    asked: set[str] = set()
    for provider, id_, outs in resources:
        expected, said = reader.read(provider, id_, outs), set(reader.warnings)
        asked |= set(reader.wire.answers)
        for fault in reader.each_fault():
            seen = reader.outcome(provider, id_, outs, fault)
            if isinstance(seen, str):
                assert "\n" not in seen, (provider, fault)
            else:
                assert vars(seen) == vars(expected), (provider, fault)
                assert set(reader.warnings) <= said, (provider, fault)
        assert vars(reader.read(provider, id_, outs)) == vars(expected)
    assert asked == SCENES[scene]


def test_links_that_are_missing_take_one_request_more(in_process: World, reader: Reader) -> None:
    ((provider, id_, outs),) = [one for one in apply(in_process) if isinstance(one[0], LinksProvider)]
    reader.read(provider, id_, outs)
    assert "LinksByNumber" not in reader.wire.answers
    taken_away(in_process)
    seen = reader.read(provider, id_, outs)
    assert list(reader.wire.answers)[-2:] == ["LinksOf", "LinksByNumber"]
    reader.read(provider, id_, seen.outs)  # nothing is recorded of them any more
    assert "LinksByNumber" not in reader.wire.answers
