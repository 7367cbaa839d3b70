"""The program in process: which resources a stack file becomes, and what of the inventory reaches them."""

from __future__ import annotations

from typing import Any

import pytest

from tests.providers.declaring import declare, refusals
from wandb_registry.state.inventory import Inventory
from wandb_registry.state.models import StackState

LINK = {"version": 0, "artifact_id": "a1", "digest": "d", "source": "fraud/train/churn:v0"}
SECRET = {"version": 1, "artifact_id": "a2", "digest": "d", "source": "fraud/secret/churn:v1"}
CHURN = {"name": "churn", "type": "model", "links": [LINK, SECRET], "target": ["fraud-models", "churn"]}
INVENTORY = Inventory.model_validate(
    {
        "server": "http://wandb.test",
        "organization": {"id": "o", "name": "Acme", "entity": "acme-org"},
        "legacy": [
            {
                "team": "fraud",
                "digest": "sha256:" + "0" * 64,
                "collections": [CHURN],
                "protected_aliases": ["gold"],
            }
        ],
        "boundaries": {
            "fraud-models": {"fraud": {"ann": "admin", "bob": "viewer"}},
            "risk-models": {"risk": {"rita": "member"}},
        },
        "access": {
            "organization": [
                *({"username": name} for name in ("ann", "bob", "eve", "rita")),
                {"username": "ci", "service_account": True, "seat": "none"},
            ],
            "everybody": True,
            "restricted_sources": {"fraud/secret": "undecided"},
            "teams": {"risk": ["rita", "joe"]},
        },
    }
)
ANN: dict[str, Any] = {"users": {"ann": "admin"}}


def registry(*sources: str, **fields: Any) -> dict[str, Any]:
    """A registry with these sources in collection churn."""
    links = {source: {"id": {"v0": "a1", "v1": "a2"}[source[-2:]]} for source in sources}
    collections = {"churn": {"type": "model", "links": links}} if sources else {}
    given = {"visibility": "restricted", "artifact_types": ["model"], "protected_aliases": ["gold"], **fields}
    return {**given, "collections": collections}


def stack(**registries: Any) -> StackState:
    """A stack file; underscores in names stand for dashes."""
    named = {name.replace("_", "-"): state for name, state in registries.items()}
    return StackState.model_validate({"version": 1, "organization": "Acme", "registries": named})


def test_a_stack_file_becomes_a_guard_and_a_tree_a_registry() -> None:
    found = declare(stack(fraud_models=registry("fraud/train/churn:v0", members=ANN)), INVENTORY)
    assert {name: kind.rpartition(":")[2] for name, (kind, _) in found.items()} == {
        "guard": "StackGuard",
        "fraud-models": "Registry",
        "fraud-models/members": "Memberships",
        "fraud-models/churn": "Collection",
        "fraud-models/churn/links": "Links",
    }
    assert set(found["fraud-models"][1]["boundary"]) == {"fraud"}
    assert refusals(stack(fraud_models=registry("fraud/train/churn:v0", members=ANN)), INVENTORY) == []


@pytest.mark.parametrize(
    ("registries", "refused"),
    [
        ({"risk_models": registry("fraud/train/churn:v0", members={"users": {"rita": "member"}})}, "rita"),
        ({"elsewhere": registry("fraud/train/churn:v0", members={"users": {"eve": "viewer"}})}, "eve"),
        ({"elsewhere": registry("fraud/train/churn:v0", members={"users": {"bob": "member"}})}, "bob"),
        ({"elsewhere": registry("fraud/train/churn:v0", visibility="organization")}, "eve"),
        ({"fraud_models": registry(visibility="organization")}, "2 people would gain, eve, rita"),
        ({"fraud_models": registry("fraud/secret/churn:v1", members=ANN)}, "restricted-source"),
        (
            {"fraud_models": registry(members=ANN | {"teams": {"risk": "viewer"}})},
            "team risk (joe, rita) would see",
        ),
        ({"fraud_models": registry(members=ANN | {"teams": {"ops": "viewer"}})}, "team ops would see"),
        ({"fraud_models": registry(members={"users": {"ci": "viewer"}})}, "service-account-role"),
        ({"fraud_models": registry(members=ANN, protected_aliases=[])}, "alias-unprotected"),
        ({"fraud_models": registry(members=ANN, protected_aliases=None)}, "alias-unprotected"),
    ],
)
def test_what_would_show_a_teams_models_to_others_is_refused_by_name(
    registries: dict[str, Any], refused: str
) -> None:
    said = refusals(stack(**registries), INVENTORY)
    assert any(refused in line for line in said), said


def test_a_registry_without_legacy_content_has_no_boundary() -> None:
    fresh = stack(elsewhere=registry(members={"users": {"eve": "admin"}}, visibility="organization"))
    assert refusals(fresh, INVENTORY) == []
    assert refusals(fresh, None) == []


def adopted(*accepted: str) -> Inventory:
    """The registry was there before us, with members of its own."""
    before = {
        "id": "p1",
        "visibility": "restricted",
        "users": {"zoe": "admin", "ann": "admin", "bob": "member"},
        "teams": {"risk": "viewer", "ops": "viewer"},
    }
    changed = INVENTORY.model_dump(mode="json")
    changed["baseline"] = {"fraud-models": before}
    changed["access"]["accepted"] = [
        {"difference": "widening", "subject": subject, "reason": "r"} for subject in accepted
    ]
    return Inventory.model_validate(changed)


def test_members_of_before_who_stay_and_would_see_more_are_refused_by_name() -> None:
    file = stack(fraud_models=registry("fraud/train/churn:v0", members=ANN))
    said = [line.partition(" and had")[0] for line in refusals(file, adopted())]
    assert said == [
        "widening: bob would be member of fraud-models,",
        "widening: joe would be viewer of fraud-models,",
        "widening: rita would be viewer of fraud-models,",
        "widening: team ops would see fraud-models, whose models were not shared with it. If this is meant, "
        "add to overrides: {guard: widening, subject: fraud-models/team ops, reason: ..., approved_by: ...}",
        "widening: zoe would be admin of fraud-models,",
    ]
    assert len(refusals(file, adopted("zoe", "fraud-models/joe", "elsewhere/rita"))) == 3
    assert refusals(stack(fraud_models=registry(members=None)), adopted()) != []
