"""The whole guard on a server in a function: what it reads, what it cannot, and its exit codes."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.plan_guard.previews import SERVER, Story, collection, links, memberships, registry
from tests.plan_guard.test_rules import desired
from tests.server.answers import ADDRESS, by_operation, port_of
from wandb_registry.guards.failures import Refusal
from wandb_registry.plan_guard.report import as_json, lines
from wandb_registry.plan_guard.run import Verdict, guard_plan, load_desired
from wandb_registry.server.errors import OtherServer, Unavailable
from wandb_registry.server.port import Port
from wandb_registry.state.models import Override, StackState

Answers = dict[str, Callable[[dict[str, Any]], Any]]
LIFT = {"guard": "foreign-content", "subject": "models/churn", "reason": "r", "approved_by": "a"}


def page(*nodes: dict[str, Any]) -> dict[str, Any]:
    info = {"hasNextPage": False, "endCursor": None}
    return {"pageInfo": info, "edges": [{"node": node} for node in nodes]}


def contents(*ids: str) -> dict[str, Any]:
    """Collection churn with these links."""
    held = [
        {
            "id": f"m{n}",
            "versionIndex": n,
            "aliases": [],
            "artifact": {"id": artifact, "digest": "d", "state": "COMMITTED"},
        }
        for n, artifact in enumerate(ids)
    ]
    fields = {"__typename": "ArtifactPortfolio", "id": "c", "name": "churn", "description": None}
    node = {**fields, "type": {"name": "model"}, "tags": {"edges": []}, "artifactMemberships": page(*held)}
    return {"project": {"name": "p", "artifactCollections": page(node)}}


def server(*ids: str, triggers: list[dict[str, Any]] | None = None, **changes: Any) -> Callable[[], Port]:
    project = {
        "id": "p1",
        "name": "wandb-registry-models",
        "access": "RESTRICTED",
        "allowAllArtifactTypes": True,
    }
    fields = [{"name": "triggers"}] if triggers is not None else []
    listed = {"id": "p1", "name": "wandb-registry-models", "triggers": triggers}
    member = {"id": "u1", "username": "root", "role": {"name": "admin"}}
    organization = {"id": "o", "name": "Acme", "orgEntity": {"id": "e", "name": "acme-org"}}
    answers: Answers = {
        "OrganizationByName": lambda _: {"organization": organization},
        "RegistryByName": lambda _: {"entity": {"name": "acme-org", "project": project}},
        "RegistryMembers": lambda _: {"project": {"members": [member], "teamMembers": []}},
        "ContentsOf": lambda _: contents(*ids),
        "ActingViewer": lambda _: {"viewer": {"id": "u1", "username": "root"}},
        "AutomationLists": lambda _: {"project": {"fields": fields}},
        "RegistryAutomations": lambda _: {"project": listed},
        **changes,
    }
    return lambda: port_of(by_operation(answers))


def nobody() -> Port:
    raise Unavailable("nobody answers")


def lifting(*overrides: dict[str, str]) -> StackState:
    file = desired(models="destroy")
    return file.model_copy(update={"overrides": tuple(map(Override.model_validate, overrides))})


DELETION = Story([registry(), collection(), links("a1")]).delete(collection(), links("a1"))


def test_nothing_stands_against_a_harmless_plan() -> None:
    verdict = guard_plan(DELETION.plan, desired(models="destroy"), None, server("a1"))
    assert (verdict.refusals, verdict.unproven, verdict.exit_code) == ((), (), 0)
    assert verdict.counts == {"delete": 2}


def test_a_plan_without_a_change_of_ours_asks_nobody() -> None:
    assert guard_plan(Story([registry()]).plan, None, None, nobody).exit_code == 0


def test_what_the_server_holds_counts() -> None:
    verdict = guard_plan(DELETION.plan, desired(models="destroy"), None, server("a1", "theirs"))
    assert [(r.guard, r.subject) for r in verdict.refusals] == [("foreign-content", "models/churn")]
    assert verdict.exit_code == 1
    final = guard_plan(DELETION.plan, lifting(LIFT), None, server("a1", "theirs"))
    assert final.exit_code == 1  # a reconciler would not delete it either


def test_a_server_that_is_not_there_leaves_a_plan_unproved_and_a_refusal_a_refusal() -> None:
    verdict = guard_plan(DELETION.plan, desired(models="destroy"), None, nobody)
    assert (verdict.unproven, verdict.exit_code) == (("nobody answers",), 3)
    refused = guard_plan(DELETION.plan, desired(models="retain"), None, nobody)
    assert (bool(refused.unproven), refused.exit_code) == (True, 1)


def test_a_registry_that_is_hidden_is_not_one_that_is_empty() -> None:
    hidden = server(RegistryByName=lambda _: {"entity": {"name": "acme-org", "project": None}})
    verdict = guard_plan(DELETION.plan, desired(models="destroy"), None, hidden)
    assert verdict.exit_code == 3
    assert "may not see it" in verdict.unproven[0]


def test_a_registry_that_is_about_to_be_made_is_not_looked_for() -> None:
    unasked: Answers = {}
    for operation in ("RegistryByName", "RegistryMembers", "ContentsOf"):
        unasked[operation] = lambda _: pytest.fail("was asked")
    story = Story([]).create(registry(), memberships({"alice": "admin"}), collection(), links("a1"))
    assert guard_plan(story.plan, desired(models="retain"), None, server(**unasked)).exit_code == 0


def test_a_state_of_another_server_is_refused() -> None:
    there = links("a1")
    there["outputs"]["server"] = SERVER
    assert SERVER == ADDRESS
    story = Story([registry(), there]).delete(there)
    assert guard_plan(story.plan, desired(models="destroy"), None, server("a1")).exit_code == 0
    there["outputs"]["server"] = "https://elsewhere.test"
    with pytest.raises(OtherServer, match="elsewhere"):
        guard_plan(Story([there]).delete(there).plan, desired(models="destroy"), None, server("a1"))


def test_automations_that_would_fire_are_refused_unless_acknowledged() -> None:
    trigger = {
        "id": "t1",
        "name": "deploy",
        "enabled": True,
        "scope": {"__typename": "ArtifactPortfolio", "id": "c", "name": "churn"},
        "event": {"eventType": "LINK_MODEL"},
    }
    story = Story([registry(), collection()]).create(links("a1"))
    verdict = guard_plan(story.plan, desired(models="retain"), None, server(triggers=[trigger]))
    assert [(r.guard, r.subject) for r in verdict.refusals] == [("automations-would-fire", "models/deploy")]
    lift = {**LIFT, "guard": "automations-would-fire", "subject": "models/deploy"}
    lifted = guard_plan(story.plan, lifting(lift, LIFT), None, server(triggers=[trigger]))
    assert lifted.exit_code == 0
    assert [override.model_dump() for override in lifted.lifted] == [lift]  # not the one that lifted nothing


def test_the_report_says_everything_in_lines_and_in_json() -> None:
    override = Override.model_validate(LIFT)
    verdict = Verdict("team", {"delete": 2}, (Refusal("g", "s", "m"),), (override,), ("u",))
    assert list(lines(verdict)) == [
        "refused: g: m. If this is meant, add to overrides: "
        "{guard: g, subject: s, reason: ..., approved_by: ...}",
        "not proved: u",
        "lifted: foreign-content for models/churn, approved by a: r",
        "stack team: 2 delete; refused",
    ]
    told = json.loads(as_json(verdict))
    assert told["refusals"] == [{"guard": "g", "subject": "s", "message": "m", "can_be_lifted": True}]
    assert (told["exit_code"], told["unproven"], told["changes"]) == (1, ["u"], {"delete": 2})
    assert list(lines(Verdict("team", {}))) == ["stack team: no change; nothing stands against it"]


def test_a_program_without_a_stack_file_has_none(tmp_path: Path) -> None:
    assert load_desired(tmp_path, "team") == (None, None)
    text = "version: 1\norganization: Acme\nregistries: {}\n"
    (tmp_path / "team.yaml").write_text(text)
    file, recorded = load_desired(tmp_path, "team")
    assert file is not None
    assert (file.organization, recorded) == ("Acme", None)
