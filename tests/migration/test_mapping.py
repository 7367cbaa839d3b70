"""The mapping as a whole: what stands in the stack file and in the inventory, and what is said."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from tests.migration.facts import codes, facts, mapped, model, person, team, version
from wandb_registry.migration.digest import digest_of
from wandb_registry.migration.facts import Facts
from wandb_registry.migration.findings import Code
from wandb_registry.state.dump import dump_stack
from wandb_registry.state.inventory import (
    BaselineCollection,
    BaselineLink,
    BaselineRegistry,
    OrganizationRecord,
    dump_inventory,
)
from wandb_registry.state.load import parse_stack
from wandb_registry.state.models import LegacyOrigin
from wandb_registry.state.roles import Role


def test_a_migrated_registry() -> None:
    found = facts(
        replace(
            team(
                "fraud",
                model("churn", version(0, "prod"), tags=("b", "a")),
                model("data", artifact_type="dataset"),
                people=(person("ann", "admin"), person("vera", "view-only")),
            ),
            protected_aliases=("gold", "prod"),
        )
    )
    result = mapped(found)
    (name,) = result.stack.registries
    registry = result.stack.registries[name]
    assert name == "fraud-models"
    assert registry.visibility == "restricted"
    assert registry.exclusive
    assert registry.artifact_types == ("dataset", "model")
    assert registry.protected_aliases == ("gold", "prod")
    assert (registry.delete, registry.manage) == ("retain", "once")
    assert registry.description == "Models of team fraud, from its legacy Model Registry"
    assert registry.members is not None
    assert registry.members.teams == {"fraud": Role.VIEWER}
    assert registry.members.users == {"ann": Role.ADMIN}
    assert registry.collections["churn"].description is None
    assert registry.collections["data"].links == {}
    assert result.stack.organization == "Acme Inc"
    assert result.stack.legacy == (LegacyOrigin(team="fraud", digest=digest_of(found.teams[0])),)
    assert result.inventory.organization == OrganizationRecord(id="o1", name="Acme Inc", entity="acme")
    assert result.inventory.boundaries == {
        "fraud-models": {"fraud": {"ann": Role.ADMIN, "vera": Role.VIEWER}}
    }
    assert result.inventory.baseline == {}
    assert codes(result) == {
        "EMPTY_MODEL": "info",
        "PROTECTED_ALIASES": "warning",
        "TEAM_ADMINS": "warning",
        "VIEW_ONLY_PEOPLE": "info",
    }


def test_the_inventory_has_what_the_stack_file_needs_no_more() -> None:
    result = mapped(facts(team("fraud", model("churn", version(0, "prod", source=None)))))
    (legacy,) = result.inventory.legacy
    (collection,) = legacy.collections
    (link,) = collection.links
    assert collection.target == ("fraud-models", "churn")
    assert (link.version, link.artifact_id, link.digest, link.source) == (0, "a0", "d0", None)
    assert link.aliases == ("prod",)


def test_deletion_policy_is_the_reviewers() -> None:
    result = mapped(facts(team("fraud", model("churn"))), "delete: destroy")
    assert result.stack.registries["fraud-models"].delete == "destroy"


def test_a_team_without_legacy_registry_gets_none() -> None:
    result = mapped(facts(replace(team("fraud"), models=None)))
    assert result.stack.registries == {}
    assert result.inventory.boundaries == {}
    assert codes(result) == {"NO_LEGACY_REGISTRY": "warning"}


def test_what_could_not_be_read_is_told() -> None:
    result = mapped(facts(replace(team("fraud"), admins_known=False, protected_aliases=None)))
    assert codes(result) == {
        "ACCESS_UNPROVABLE": "warning",
        "PROTECTED_ALIASES_UNREADABLE": "warning",
        "REGISTRY_ADMINS_UNREADABLE": "warning",
    }
    assert result.stack.registries["fraud-models"].protected_aliases is None


def test_what_is_said_about_people() -> None:
    people = (
        person("ann", "admin"),
        person("mara", registry_admin=True),
        person("vera", "view-only"),
        person("cus", "auditor"),
    )
    found = facts(replace(team("fraud", people=people), pending=("new",)))
    assert codes(mapped(found)) == {
        "CUSTOM_ROLE": "block",
        "PENDING_MEMBERS": "info",
        "REGISTRY_ADMINS": "warning",
        "VIEW_ONLY_PEOPLE": "info",
    }
    decided = mapped(found, "registry_admins: admin\nroles: {auditor: viewer, view-only: member}")
    assert codes(decided) == {
        "PENDING_MEMBERS": "info",
        "REGISTRY_ADMINS": "info",
        "ROLE_ABOVE_LEGACY": "warning",
        "VIEW_ONLY_PEOPLE": "info",
        "WOULD_GAIN": "warning",
    }


def test_artifacts_logged_into_the_legacy_project_are_told_and_left() -> None:
    result = mapped(facts(replace(team("fraud"), sequences=("run-table",))))
    (finding,) = result.findings
    assert (finding.code, finding.subject) == (Code.NOT_A_MODEL, "fraud/run-table")


def test_a_version_in_two_models_is_linked_in_both() -> None:
    found = facts(team("fraud", model("a", version(0)), model("b", version(0))))
    result = mapped(found)
    (finding,) = result.findings
    assert (finding.code, finding.severity) == (Code.SHARED_VERSION, "info")
    assert finding.message == "is the same version as fraud/b:v0; each is linked"
    collections = result.stack.registries["fraud-models"].collections
    assert [list(c.links) for c in collections.values()] == [["fraud/train/m:v0"]] * 2


def there(**fields: object) -> BaselineRegistry:
    """A registry that was there before."""
    return BaselineRegistry.model_validate({"id": "r", "visibility": "restricted", **fields})


def test_a_registry_that_is_there_is_recorded_whole_and_keeps_its_visibility() -> None:
    before = there(
        visibility="organization",
        artifact_types=("dataset",),
        users={"root": "admin"},
        collections={"x": BaselineCollection(id="c", type="dataset")},
    )
    result = mapped(facts(team("fraud", model("churn")), target={"fraud-models": before}))
    assert result.inventory.baseline == {"fraud-models": before}
    registry = result.stack.registries["fraud-models"]
    assert registry.visibility == "organization"
    assert not registry.exclusive
    # Accepted types only grow.
    assert registry.artifact_types == ("dataset", "model")
    assert {"ALREADY_ON_TARGET", "VISIBILITY_KEPT"} <= set(codes(result))


def test_a_registry_that_takes_any_type_goes_on_doing_so() -> None:
    result = mapped(facts(team("fraud", model("churn")), target={"fraud-models": there()}))
    assert result.stack.registries["fraud-models"].artifact_types == "any"


def test_core_registries_are_visible_to_all() -> None:
    result = mapped(facts(team("fraud", model("churn"))), "renames: {registries: {fraud-models: models}}")
    assert result.stack.registries["models"].visibility == "organization"
    assert codes(result)["VISIBILITY_KEPT"] == "warning"


def test_numbers_and_types_that_are_taken() -> None:
    held = {
        "churn": BaselineCollection(
            id="c", type="model", links={"other": BaselineLink(version=0), "a1": BaselineLink(version=5)}
        ),
        "data": BaselineCollection(id="d", type="dataset"),
    }
    found = facts(
        team("fraud", model("churn", version(0), version(1), version(2)), model("data", version(0))),
        target={"fraud-models": there(collections=held)},
    )
    result = mapped(found)
    taken = {f.code: f for f in result.findings}
    assert taken[Code.NUMBERS_TAKEN].message == "is already there and gives v0, v1 to other versions"
    assert taken[Code.TYPE_TAKEN].severity == "block"
    assert taken[Code.TYPE_TAKEN].subject == "fraud-models/data"


MODELS = st.lists(
    st.builds(
        lambda name, numbers, aliases: model(
            name,
            *(version(n, *([aliases] if n == 0 else []), artifact_id=f"{name}{n}") for n in sorted(numbers)),
        ),
        st.text("abcdefGHI 1é", min_size=1, max_size=6).filter(lambda name: name == name.strip()),
        st.sets(st.integers(0, 9), max_size=5),
        st.sampled_from(["prod", "1.10", "on", "a b"]),
    ),
    unique_by=lambda one: one.name.casefold(),
    max_size=5,
)


@given(MODELS, st.randoms())
def test_what_is_written_loads_and_does_not_depend_on_the_order_read(models: list, shuffle: object) -> None:
    def text(order: list) -> str:
        found: Facts = facts(team("fraud", *sorted(order, key=lambda one: (one.name.casefold(), one.name))))
        result = mapped(found, "numbering: exact")
        assert parse_stack(dump_stack(result.stack), "x") == result.stack
        return dump_stack(result.stack) + dump_inventory(result.inventory)

    shuffled = list(models)
    shuffle.shuffle(shuffled)  # type: ignore[attr-defined]
    assert text(models) == text(shuffled)
