"""`read` of every provider against a server: what is gone, renamed, hidden, or another's."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest

from providers.adapter import Adapter, AnotherRegistry, forget_registries
from providers.collection import CollectionProvider
from providers.link import LinkProvider
from providers.links import LinksProvider
from providers.membership import MembershipProvider
from providers.memberships import MembershipsProvider
from providers.registry import RegistryProvider
from tests.world import World
from wandb_registry.server.errors import NotVisible, OtherServer, Unauthorized, Unavailable
from wandb_registry.server.port import Answer, Variables
from wandb_registry.server.registries import delete_registry, get_registry, rename_registry
from wandb_sandbox.server import Sandbox

Props = dict[str, Any]
Applied = list[tuple[Adapter[Any], str, Props]]


def apply(world: World) -> Applied:
    """One resource of each kind, created; provider, id and outs."""
    ids = world.artifacts("churn", 2)
    alice = world.person("alice")
    base = {"organization": world.name, "registry": "alpha"}
    made: Applied = []
    for provider, props in (
        (
            RegistryProvider(),
            {
                "organization": world.name,
                "name": "alpha",
                "visibility": "restricted",
                "artifact_types": ["model"],
            },
        ),
        (MembershipsProvider(), base | {"users": {alice: "viewer"}, "teams": {}}),
        (
            MembershipProvider(),
            base | {"kind": "team", "principal": world.team("fraud"), "role": "viewer"},
        ),
        (CollectionProvider(), base | {"name": "churn", "type": "model", "tags": ["eu"]}),
        (
            LinksProvider(),
            base | {"collection": "churn", "links": {ids[0]: f"0000 {world.source('churn', 0)} [best]"}},
        ),
        (LinkProvider(), base | {"collection": "churn", "source": world.source("churn", 1), "aliases": []}),
    ):
        result = provider.create(props)
        made.append((provider, result.id, dict(result.outs or {})))
    forget_registries()
    return made


def registry_id(world: World, name: str = "alpha") -> str:
    live = get_registry(world.port, world.organization, name)
    assert live is not None
    return live.id


def test_what_was_created_reads_back_without_a_difference(in_process: World) -> None:
    for provider, id_, outs in apply(in_process):
        seen = provider.read(id_, outs)
        assert seen.id == id_
        assert seen.inputs is not None
        assert not provider.diff(id_, seen.outs, outs).changes
        assert {key: outs[key] for key in seen.outs} == seen.outs  # nothing to be shown as refreshed


def test_with_a_registry_that_is_proved_gone_everything_in_it_is(in_process: World) -> None:
    resources = apply(in_process)
    delete_registry(in_process.port, registry_id(in_process))
    for provider, id_, outs in resources:
        assert provider.read(id_, outs).id == ""
        forget_registries()
        provider.delete(id_, outs)  # nothing to be done, and no error


def test_a_key_that_proves_nothing_reads_no_registry_as_gone(
    in_process: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    resources = apply(in_process)
    in_process.person("bob")
    port = in_process.as_user("bob")
    monkeypatch.setattr("providers.adapter._port", lambda: port)
    for provider, id_, outs in resources:
        with pytest.raises(NotVisible, match="not there, or this key may not see it"):
            provider.read(id_, outs)
        with pytest.raises(NotVisible):
            provider.delete(id_, outs)


def test_a_registry_renamed_by_hand_shows_its_new_name_everywhere(in_process: World) -> None:
    resources = apply(in_process)
    rename_registry(in_process.port, in_process.organization, "alpha", "omega")
    for provider, id_, outs in resources:
        seen = provider.read(id_, outs)
        assert seen.id == id_
        assert seen.inputs is not None
        assert (seen.inputs.get("registry") or seen.inputs["name"]) == "omega"
        assert provider.diff(id_, seen.outs, outs).changes


def test_another_registry_under_the_old_name_is_not_taken_for_ours(in_process: World) -> None:
    resources = apply(in_process)
    rename_registry(in_process.port, in_process.organization, "alpha", "omega")
    in_process.registry("alpha")
    for provider, id_, outs in resources[1:]:
        assert provider.read(id_, outs).id == id_
        with pytest.raises(AnotherRegistry, match="alpha is another registry than the one"):
            provider.update(id_, outs, outs)


def test_a_collection_and_its_links_take_one_request_each(in_process: World, sandbox: Sandbox) -> None:
    resources = [r for r in apply(in_process) if isinstance(r[0], CollectionProvider | LinksProvider)]
    for provider, id_, outs in resources:  # the registry and the organization, once a process
        provider.read(id_, outs)
    sandbox.state.log.clear()
    for provider, id_, outs in resources:
        provider.read(id_, outs)
    assert sandbox.state.log.total == 2


def test_a_state_of_another_server_or_organization_is_refused(in_process: World) -> None:
    for provider, id_, outs in apply(in_process):
        with pytest.raises(OtherServer, match=r"belongs to server https://elsewhere"):
            provider.read(id_, outs | {"server": "https://elsewhere"})
        with pytest.raises(OtherServer, match="belongs to organization with id other"):
            provider.delete(id_, outs | {"organization_id": "other"})


def test_a_key_that_is_refused_is_refused_once_for_all(
    in_process: World, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    resources = apply(in_process)
    unknown = in_process.as_user("nobody-knows")
    monkeypatch.setattr("providers.adapter._port", lambda: unknown)
    monkeypatch.setattr("providers.adapter._organizations", {})
    sandbox.state.log.clear()
    for provider, id_, outs in resources:
        with pytest.raises(Unauthorized, match="does not accept the key"):
            provider.read(id_, outs)
    assert sandbox.state.log.total == 1


@dataclass
class Silent:
    """A port that never gets an answer, and counts how often it tried."""

    base_url: str
    tries: int = 0

    __hash__ = object.__hash__

    def execute(self, _document: str, _variables: Variables) -> dict[str, Any]:
        self.tries += 1
        raise Unavailable(f"{self.base_url} does not answer")

    def execute_fields(self, document: str, variables: Variables) -> Answer:
        return Answer(self.execute(document, variables), {})


def test_no_answer_is_waited_for_once_for_all(in_process: World, monkeypatch: pytest.MonkeyPatch) -> None:
    resources = apply(in_process)
    silent = Silent(in_process.url)
    monkeypatch.setattr("providers.adapter._port", lambda: silent)
    monkeypatch.setattr("providers.adapter._organizations", {})
    for provider, id_, outs in resources:
        with pytest.raises(Unavailable, match="does not answer"):
            provider.read(id_, outs)
    assert silent.tries == 1  # each try of the real port takes some seconds
