"""Nothing that doctor makes stays: not after an error, an interrupt at any request, or a killed run."""

from __future__ import annotations

import os
import signal
from typing import Any

import pytest

from tests.doctor.bench import TEAM, Bench, differing
from tests.migration.world import key_of
from wandb_registry.doctor.run import Request, examine
from wandb_registry.doctor.throwaway import DESCRIPTION, LeftBehind, Throwaway, new_name, throwaway
from wandb_registry.server.credentials import api_key_connection
from wandb_registry.server.errors import Unavailable
from wandb_registry.server.organizations import find_organization
from wandb_registry.server.port import Answer, GraphQL
from wandb_registry.server.registries import create_registry


class Interrupting:
    """A port that is interrupted at its nth mutation, when the server has done it."""

    def __init__(self, port: GraphQL, at: int, kind: type[BaseException] = KeyboardInterrupt) -> None:
        self._port, self._at, self._kind = port, at, kind
        self.mutations = 0
        self.base_url = port.base_url

    def execute(self, document: str, variables: Any) -> dict[str, Any]:
        answer = self._port.execute(document, variables)
        self._count(document)
        return answer

    def execute_fields(self, document: str, variables: Any) -> Answer:
        answer = self._port.execute_fields(document, variables)
        self._count(document)
        return answer

    def _count(self, document: str) -> None:
        self.mutations += document.lstrip().startswith("mutation")
        if self.mutations == self._at:
            self._at = 0
            raise self._kind("stopped by the test")


def run(bench: Bench, port: Any) -> None:
    connection = api_key_connection(bench.world.sandbox.url, key_of("root"))
    request = Request("acme", (TEAM,), write=True, try_visibility=True)
    examine(port, connection, request, second=bench.world.port("olaf"))


def test_an_interrupt_at_any_write_leaves_nothing(bench: Bench) -> None:
    positions = in_removal = 0
    root = bench.world.port("root")
    while True:
        positions += 1
        port = Interrupting(root, positions)
        try:
            run(bench, port)
        except KeyboardInterrupt:
            pass
        else:
            break
        if bench.projects() != bench.untouched:
            # Only where the removal itself was torn off, as a kill does; then the next run removes it.
            in_removal += 1
            run(bench, root)
            assert bench.projects() == bench.untouched, positions
    assert positions > 40
    assert in_removal <= 6


def test_a_stop_cleans_up_as_an_interrupt_does(bench: Bench) -> None:
    port = bench.world.port("root")
    before = signal.getsignal(signal.SIGTERM)
    organization = find_organization(port, "acme")
    with pytest.raises(KeyboardInterrupt), throwaway(port, organization) as made:  # noqa: PT012
        made.create()
        os.kill(os.getpid(), signal.SIGTERM)
        signal.sigtimedwait([], 5)  # the handler runs before this ends
    assert bench.projects() == bench.untouched
    assert signal.getsignal(signal.SIGTERM) is before


def left_by_a_kill(bench: Bench, who: str) -> str:
    """What a run of somebody leaves that was killed."""
    port = bench.world.port(who)
    made = Throwaway(port, find_organization(port, "acme"))
    made.create()
    if who == "root":
        made.create_project(TEAM)
    return made.name


def test_what_a_killed_run_left_is_told_and_then_removed(bench: Bench) -> None:
    name = left_by_a_kill(bench, "root")
    report = bench.examine()
    assert differing(report) == {"left_over": name}
    assert name in bench.registries(bench.world.port("root"))
    assert differing(bench.examine(write=True)) == {}
    assert bench.projects() == bench.untouched


def test_what_others_left_is_told_and_left_to_them(bench: Bench) -> None:
    name = left_by_a_kill(bench, "bob")
    assert differing(bench.examine(write=True)) == {"left_over": name}
    bench.examine("bob", write=True)
    assert bench.projects() == bench.untouched


def test_a_registry_of_the_users_is_never_taken_for_a_throwaway(bench: Bench) -> None:
    port = bench.world.port("root")
    organization = find_organization(port, "acme")
    for name, description in ((new_name(), "Models of the doctor"), ("doctor-models", DESCRIPTION)):
        create_registry(
            port,
            organization,
            name,
            visibility="restricted",
            description=description,
            artifact_types=("model",),
        )
    before = bench.projects()
    assert differing(bench.examine(write=True)) == {}
    assert bench.projects() == before
    bench.untouched = before


def test_what_cannot_be_removed_is_named(bench: Bench) -> None:
    # Its creator is no member and no organization admin: made, and never seen again.
    bench.switch(creator_becomes_admin=False)
    report = bench.examine("bob", write=True)
    left = differing(report)["left_over"]
    assert left.startswith("could not be removed: registry doctor-")
    assert differing(report)["registry_delete"].startswith("no: could not be removed")
    (name,) = [one.removeprefix("wandb-registry-") for one in bench.projects() - bench.untouched]
    assert name in left
    port = bench.world.port("root")
    made = Throwaway(port, find_organization(port, "acme"), names=[name])
    made.remove()
    assert bench.projects() == bench.untouched


def test_removing_what_is_hidden_is_an_error(bench: Bench) -> None:
    port = bench.world.port("bob")
    made = Throwaway(port, find_organization(port, "acme"))
    made.ids["doctor-000000000000"] = "UHJvamVjdDo5OTk5OTk="
    with pytest.raises(LeftBehind, match="registry doctor-000000000000"):
        made.remove()


def test_a_server_that_stops_answering_makes_the_rest_unknown_and_leaves_nothing(bench: Bench) -> None:
    port = Interrupting(bench.world.port("root"), 12, Unavailable)
    connection = api_key_connection(bench.world.sandbox.url, key_of("root"))
    report = examine(port, connection, Request("acme", (TEAM,), write=True))  # type: ignore[arg-type]
    assert "stopped by the test" in {finding.evidence for finding in report.findings}
    assert differing(report) == {}
    assert bench.projects() == bench.untouched
