"""`wandb-registry guard` and `up` on the real engine, as a person types them in a project."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

import platformdirs
import pytest

from tests.project import STACK, Project
from wandb_registry.audit.trail import SUFFIX
from wandb_registry.server.links import link_all
from wandb_registry.server.registries import get_registry

pytestmark = pytest.mark.engine


def typed(project: Project, *arguments: str) -> subprocess.CompletedProcess[str]:
    """A command of ours in the project's folder, with the project's environment and this machine's engine."""
    environment = {**project.workspace.environment, "XDG_CACHE_HOME": platformdirs.user_cache_dir()}
    return subprocess.run(
        [sys.executable, "-m", "wandb_registry.cli.main", *arguments],
        cwd=project.folder,
        env=environment,
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )


def guard(project: Project, *arguments: str) -> tuple[int, set[tuple[str, str]], dict[str, Any]]:
    done = typed(project, "guard", STACK, "--json", *arguments)
    assert done.stdout, done.stderr
    verdict = json.loads(done.stdout)
    refusals = {(refusal["guard"], refusal["subject"]) for refusal in verdict["refusals"]}
    assert verdict["exit_code"] == done.returncode
    return done.returncode, refusals, verdict


def registry(project: Project, ids: list[str], **changes: Any) -> dict[str, Any]:
    world = project.world
    links = {
        world.source("churn", n): {"version": f"v{n}", "id": artifact_id} for n, artifact_id in enumerate(ids)
    }
    return {
        "visibility": "restricted",
        "artifact_types": ["model"],
        "members": {"users": {world.user("alice"): "admin"}, "teams": {world.team("fraud"): "viewer"}},
        "delete": "destroy",
        "collections": {"churn": {"type": "model", "links": links}, "empty": {"type": "model"}},
    } | changes


def test_what_check_cannot_see_is_refused_and_what_was_guarded_is_applied(project: Project) -> None:
    world = project.world
    world.person("alice", team="fraud", role="admin")
    *ids, foreign = world.artifacts("churn", 4)
    project.write({"fraud-models": registry(project, ids)})
    applied = typed(project, "up", STACK, "--yes")
    assert applied.returncode == 0, applied.stdout + applied.stderr
    for line in ("$ pulumi preview --stack team", "$ wandb-registry guard team --preview", "$ pulumi up"):
        assert line in applied.stdout
    assert set(world.links("churn", "fraud-models")) == set(ids)

    # Plain `pulumi destroy` asks no program; the guard does.
    share = ("stack-removal-share", STACK)
    assert guard(project, "--destroy")[:2] == (1, {share})
    lift = {"guard": share[0], "subject": share[1], "reason": "retired", "approved_by": "alice"}
    project.write({"fraud-models": registry(project, ids)}, [lift])
    code, refusals, verdict = guard(project, "--destroy")
    assert (code, refusals, verdict["lifted"]) == (0, set(), [lift])

    # Somebody links a version by hand into a collection that is to go, even where it alone is targeted.
    link_all(world.port, world.home("fraud-models"), "empty", [foreign])
    target = project.resources()["fraud-models/empty"]["urn"]
    assert guard(project, "--destroy", "--target", target)[:2] == (
        1,
        {("foreign-content", "fraud-models/empty")},
    )
    project.write({"fraud-models": registry(project, ids, delete="retain")}, [lift])
    _, refusals, _ = guard(project, "--destroy", "--target", target)
    assert ("delete-without-retain", "fraud-models") in refusals

    # A preview that fails is no small plan, whoever made it.
    project.write({"fraud-models": registry(project, ids, visibility="organization")}, [lift])
    failed = typed(project, "guard", STACK)
    assert failed.returncode == 1
    assert "not the whole plan" in failed.stderr
    assert "visibility" in failed.stderr

    # What could not be read is not proved to be safe.
    project.write({"fraud-models": registry(project, ids, delete="retain", description="new")}, [lift])
    preview = project.folder / "preview.json"
    preview.write_text(project.workspace.run("preview", "--json", silent=True).stdout)
    elsewhere = project.acting(key="n" * 40)
    unread = typed(elsewhere, "guard", STACK, "--preview", "preview.json")
    assert unread.returncode == 3, unread.stdout + unread.stderr
    assert "not proved" in unread.stdout

    trails = sorted((project.folder.parent / "home").rglob(f"*{SUFFIX}"))
    assert len(trails) == 1  # one run wrote; previews and guards did not
    verified = typed(project, "audit", "verify", *map(str, trails))
    assert verified.returncode == 0, verified.stdout + verified.stderr
    shown = json.loads(typed(project, "audit", "show", "--json", *map(str, trails)).stdout)
    assert {write["stack"] for write in shown} == {STACK}
    assert {write["identity"] for write in shown} == {world.user("root")}
    assert all("fraud-models" in write["resource"] for write in shown)
    assert {write["outcome"] for write in shown} == {"done"}


def test_an_automation_of_the_organization_stops_the_run_before_its_first_write(project: Project) -> None:
    world = project.world
    world.person("alice", team="fraud", role="admin")
    entity = world.port.execute(
        "query($n: String!) { entity(name: $n) { id } }", {"n": world.organization.entity}
    )
    automation = {
        "name": "deploy",
        "enabled": True,
        "scopeID": entity["entity"]["id"],
        "scopeType": "ENTITY",
        "triggeringEventType": "LINK_MODEL",
        "eventFilter": "{}",
        "triggeredActionType": "NO_OP",
        "triggeredActionConfig": {"noOpActionInput": {"noOp": True}},
    }
    document = "mutation($i: CreateFilterTriggerInput!) { createFilterTrigger(input: $i) { trigger { id } } }"
    world.port.execute(document, {"i": automation})
    project.write({"fraud-models": registry(project, world.artifacts("churn", 1))})
    would_fire = ("automations-would-fire", "fraud-models/deploy")
    assert guard(project)[:2] == (1, {would_fire})
    stopped = project.fails("up", "--yes", "--skip-preview")
    assert "subject: fraud-models/deploy" in stopped.output
    assert get_registry(world.port, world.organization, "fraud-models") is None
