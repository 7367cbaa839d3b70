"""What scan saw and the stack file leaves out."""

from __future__ import annotations

from typing import Any

from tests.verify.states import digest_of, inventory_of, registry_of, stack_of
from wandb_registry.state.inventory import LegacyTeam
from wandb_registry.verify.evidence import Evidence
from wandb_registry.verify.excluded import excluded
from wandb_registry.verify.observation import Observation, Verdict

STACK = stack_of(
    fraud=registry_of(
        collections={
            "churn": {
                "type": "model",
                "links": {
                    "t/p/m:v0": {"version": "v0", "id": "A", "aliases": ["production"]},
                    "t/p/m:v4": {"version": "v4", "id": "E"},
                },
            }
        }
    )
)


def link(artifact_id: str, version: int, **fields: Any) -> dict[str, Any]:
    source = f"t/p/m:v{version}"
    digest = digest_of(artifact_id)
    return {"artifact_id": artifact_id, "version": version, "digest": digest, "source": source, **fields}


def said(*links: dict[str, Any], **fields: Any) -> list[Observation]:
    collection = {
        "name": "old-churn",
        "type": "model",
        "links": links,
        "target": ("fraud", "churn"),
        **fields,
    }
    team = LegacyTeam.model_validate({"team": "t", "digest": "sha256:0", "collections": [collection]})
    found = list(excluded(STACK, Evidence(STACK, inventory_of(legacy=(team,))), (team,)))
    assert all(one.verdict is Verdict.EXCLUDED for one in found)
    return found


def test_what_stands_in_the_file_is_not_excluded() -> None:
    assert said(link("A", 0, aliases=("production", "latest", "v0")), link("E", 4)) == []


def test_a_link_is_excluded_with_the_reason_that_scan_gave() -> None:
    [one] = said(link("B", 1, excluded="older than the newest 2"))
    assert (one.subject, one.reason) == ("t/old-churn:v1", "older than the newest 2")


def test_a_link_that_reviewers_removed_and_one_that_scan_could_not_read() -> None:
    removed, unread = said(link("B", 1), link("C", 2, source=None))
    assert removed.reason == "left out of the stack file"
    assert unread.reason == "its source could not be read by scan"
    assert unread.expected == "artifact:C"


def test_an_excluded_collection_is_one_line() -> None:
    [scan] = said(link("B", 1), target=None, excluded="not in include")
    assert (scan.kind, scan.expected, scan.reason) == ("collection", "1 version", "not in include")
    [review] = said(link("B", 1), link("C", 2), target=("fraud", "gone"))
    assert (review.expected, review.reason) == ("2 versions", "left out of the stack file")
    [moved] = said(link("A", 0), target=("fraud", "gone"))
    assert moved.reason == "left out of the stack file; its versions stand in fraud/churn"


def test_aliases_description_and_tags_that_the_file_leaves_out() -> None:
    first, second = said(link("A", 0, aliases=("production", "best")), link("E", 4, aliases=("beta",)))
    assert (first.kind, first.expected, first.reason) == ("aliases", "best", "left out of the stack file")
    assert (second.expected, second.reason) == ("beta", "aliases are not managed")
    described = said(description="about churn", tags=("b", "a"))
    assert [(one.kind, one.expected) for one in described] == [
        ("description", "about churn"),
        ("tags", "a, b"),
    ]
