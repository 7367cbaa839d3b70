"""The stack's guard asks the rules that span resources, without a request."""

from __future__ import annotations

from typing import Any

from providers.stack_guard import StackGuardProvider
from wandb_registry.guards.stack import fingerprint

Props = dict[str, Any]


def guard(*collections: str, overrides: tuple[dict[str, str], ...] = ()) -> Props:
    """Registry models with these collections, all of one source."""
    summary = {
        "visibility": "restricted",
        "collections": dict.fromkeys(collections, "1 links"),
        "sources": dict.fromkeys(collections, fingerprint("a")),
    }
    return {"organization": "acme", "registries": {"models": summary}, "overrides": list(overrides)}


def failures(old: Props, new: Props) -> list[str]:
    return [failure.reason for failure in StackGuardProvider().check(old, new).failures]


def test_a_change_that_spans_resources_is_refused_and_lifted_by_its_override() -> None:
    (refusal,) = failures(guard("churn"), guard("loss"))
    assert refusal.startswith("rename-without-renamed-from: models/churn")
    subject = {"guard": "rename-without-renamed-from", "subject": "models/loss"}
    lift = {**subject, "reason": "r", "approved_by": "a"}
    assert failures(guard("churn"), guard("loss", overrides=(lift,))) == []
    assert failures(guard("churn"), guard("churn")) == []
    assert failures({}, guard("churn")) == []
