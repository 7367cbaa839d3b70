"""A preview is read whole, or not at all."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.plan_guard.previews import Story, collection, links, memberships, registry, resource
from wandb_registry.plan_guard.errors import PreviewRejected, StateRejected
from wandb_registry.plan_guard.plan import make_plan
from wandb_registry.plan_guard.preview import read_preview, read_state
from wandb_registry.state.roles import Role


def read(preview: dict[str, Any]) -> None:
    read_preview(json.dumps(preview), "preview.json")


def test_a_preview_with_an_error_is_rejected_with_what_it_says() -> None:
    failed = Story([]).delete(registry()).preview
    failed["diagnostics"] = [{"message": "error: models: last-admin:\n  no", "severity": "error"}]
    with pytest.raises(PreviewRejected, match="models: last-admin: no"):
        read(failed)


def test_a_warning_is_no_error() -> None:
    warned = Story([]).delete(registry()).preview
    warned["diagnostics"] = [{"message": "warning: mind", "severity": "warning"}]
    read(warned)


@pytest.mark.parametrize("text", ["", "Previewing update", "[]", '{"steps": 3}', '{"steps": []}', "{}"])
def test_what_is_no_preview_is_rejected(text: str) -> None:
    with pytest.raises(PreviewRejected, match=r"^preview\.json"):
        read_preview(text, "preview.json")


def test_a_preview_that_shows_fewer_steps_than_it_counts_is_rejected() -> None:
    cut = Story([]).delete(registry(), collection()).preview
    del cut["steps"][-1]
    with pytest.raises(PreviewRejected, match="counts other steps"):
        read(cut)


def test_steps_of_two_stacks_are_rejected() -> None:
    mixed = Story([]).delete(registry()).preview
    mixed["steps"][0]["urn"] = mixed["steps"][0]["urn"].replace(":team:", ":other:")
    with pytest.raises(PreviewRejected, match="several stacks: other, team"):
        read(mixed)


def test_a_step_that_is_not_known_is_rejected_for_ours_alone() -> None:
    story = Story([registry()])
    story.steps.append({"op": "discard", "urn": registry()["urn"], "oldState": registry()})
    with pytest.raises(PreviewRejected, match="would discard"):
        _ = story.plan
    foreign = {"urn": "urn:pulumi:team::p::x:y:Z::z", "type": "x:y:Z"}
    story.steps[-1] = {"op": "discard", "urn": foreign["urn"], "oldState": foreign}
    assert story.plan.changes == ()


def test_a_state_of_another_stack_or_none_is_rejected() -> None:
    state = json.dumps(Story([registry()]).export)
    with pytest.raises(StateRejected, match="of stack team, and the preview of other"):
        read_state(state, "the state", "other")
    with pytest.raises(StateRejected, match="no output of"):
        read_state("[]", "the state", "team")


def test_what_a_replacement_has_yet_to_delete_is_not_there_any_more() -> None:
    left = {**registry(), "delete": True}
    assert read_state(json.dumps(Story([left]).export), "the state", "team") == ()


def test_what_the_refresh_saw_counts_and_not_what_was_written_last() -> None:
    written, seen = memberships({"alice": "admin"}), memberships({"alice": "viewer"})
    plan = Story([registry(), written]).refresh(seen).plan
    assert plan.before[seen["urn"]].members == {"user alice": Role.VIEWER}
    assert Story([registry(), written]).gone(written).plan.before.keys() == {registry()["urn"]}


def test_a_plan_knows_before_and_after_and_passes_by_what_is_not_ours() -> None:
    old, new = links("a", "b"), links("a")
    foreign = {**resource("Link", "x"), "type": "aws:s3:Bucket"}
    story = Story([registry(), collection(), old, foreign]).update(old, new).delete(collection(), foreign)
    plan = story.plan
    assert [change.op for change in plan.changes] == ["update", "delete"]
    assert plan.changes[0].after is not None
    assert plan.changes[0].after.artifacts == {"a"}
    assert set(plan.after) == {registry()["urn"], new["urn"]}
    assert plan.registries == ["models"]


def test_a_replacement_is_a_delete_and_a_create() -> None:
    story = Story([registry()])
    for op, key in (
        ("create-replacement", "newState"),
        ("replace", "newState"),
        ("delete-replaced", "oldState"),
    ):
        story.steps.append({"op": op, "urn": registry()["urn"], key: registry()})
    assert [change.op for change in story.plan.changes] == ["create", "delete"]


def test_links_that_stand_alone_are_read_like_sets() -> None:
    made = resource(
        "Link",
        "one",
        registry="models",
        collection="churn",
        source="fraud/train/churn:v1",
        aliases=["best"],
        outs={"artifact_id": "a1", "made": True},
    )
    adopted = resource(
        "Link",
        "two",
        registry="models",
        collection="churn",
        source="artifact:a2",
        outs={"artifact_id": "a2", "made": False},
    )
    items = Story([made, adopted]).plan.before.values()
    assert [(sorted(item.artifacts), item.applied) for item in items] == [
        (["a1"], {"fraud/train/churn:v1": "a1"}),
        (["a2"], {}),
    ]


def test_the_engine_alone_decides_what_is_retained() -> None:
    kept = registry(retain=True)
    assert not Story([registry()]).delete(kept).plan.changes[0].deletes
    assert Story([kept]).delete(registry()).plan.changes[0].deletes
    assert make_plan(read_preview(json.dumps(Story([]).preview), "p"), ()).changes == ()
