"""The digest changes with everything that scan reads, and with nothing of ours."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.migration.facts import model, person, team, version
from wandb_registry.migration.digest import POINTER_BEGIN, POINTER_END, digest_of, without_pointer
from wandb_registry.migration.facts import TeamFacts

MODEL = replace(model("churn", version(0, "prod"), tags=("a",)), description="Customer churn")
TEAM = team("fraud", MODEL)


def with_model(**changes: object) -> TeamFacts:
    """The team with its model changed."""
    return replace(TEAM, models=(replace(MODEL, **changes),))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "changed",
    [
        with_model(name="other"),
        with_model(type="dataset"),
        with_model(description=None),
        with_model(description=""),
        with_model(tags=()),
        with_model(versions=()),
        with_model(versions=(version(1, "prod"),)),
        with_model(versions=(version(0, "other"),)),
        with_model(versions=(version(0, "prod", artifact_id="x"),)),
        with_model(versions=(version(0, "prod", source="fraud/x/m:v0"),)),
        with_model(versions=(version(0, "prod", source=None),)),
        with_model(versions=(version(0, "prod", latest=True),)),
        with_model(versions=(version(0, "prod"), version(1))),
        replace(TEAM, people=(person("ann", "admin"),)),
        replace(TEAM, people=(*TEAM.people, person("bob"))),
        replace(TEAM, protected_aliases=("prod",)),
        replace(TEAM, protected_aliases=None),
        replace(TEAM, admins_known=False),
        replace(TEAM, pending=("new",)),
        replace(TEAM, models=None),
        replace(TEAM, models=()),
        replace(TEAM, team="other"),
    ],
)
def test_every_change_shows(changed: TeamFacts) -> None:
    assert digest_of(changed) != digest_of(TEAM)


def test_the_same_facts_have_the_same_digest() -> None:
    assert digest_of(team("fraud", replace(MODEL))) == digest_of(TEAM)
    assert digest_of(TEAM).startswith("sha256:")
    assert len(digest_of(TEAM)) == 7 + 64


@pytest.mark.parametrize("description", ["Customer churn", "", None])
def test_our_own_pointer_does_not_count(description: str | None) -> None:
    pointer = f"{POINTER_BEGIN}\nMoved to acme/wandb-registry-fraud-models/churn\n{POINTER_END}"
    pointed = f"{description}\n\n{pointer}" if description else pointer
    assert without_pointer(pointed) == (description or None)
    if description:
        assert digest_of(with_model(description=pointed)) == digest_of(with_model(description=description))


def test_a_description_without_pointer_is_kept_as_it_is() -> None:
    assert without_pointer("  two\n lines ") == "  two\n lines "
    assert without_pointer("") == ""
