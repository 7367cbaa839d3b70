from wandb_registry.guards.automations import (
    ALIASED,
    LINKED,
    TAGGED,
    UNLINKED,
    Writes,
    check_automations,
)
from wandb_registry.server.automations import Automation, Scope


def automation(
    event: str = "LINK_MODEL", scope: Scope = "organization", name: str = "", *, enabled: bool = True
) -> Automation:
    return Automation("t1", "deploy", enabled, event, scope, name)


def check(found: Automation, events: frozenset[str] = LINKED, collections: set[str] | None = None) -> bool:
    writes = Writes("models", events, None if collections is None else frozenset(collections))
    return bool(list(check_automations(writes, [found])))


def test_an_enabled_automation_on_what_we_write_is_refused_by_name() -> None:
    refusals = list(check_automations(Writes("models", LINKED), [automation()]))
    assert [(r.guard, r.subject) for r in refusals] == [("automations-would-fire", "models/deploy")]
    assert "on LINK_MODEL" in refusals[0].message


def test_one_that_is_listed_by_two_scopes_is_refused_once() -> None:
    assert len(list(check_automations(Writes("models", LINKED), [automation(), automation()]))) == 1


def test_a_disabled_one_does_not_fire() -> None:
    assert not check(automation(enabled=False))


def test_only_the_events_of_our_writes_count() -> None:
    assert not check(automation("RUN_STATE"))
    assert not check(automation("CREATE_ARTIFACT"))
    assert not check(automation("UNLINK_ARTIFACT"))
    assert check(automation("UNLINK_ARTIFACT"), UNLINKED)
    assert check(automation("ADD_ARTIFACT_ALIAS"), ALIASED)
    assert check(automation("ADD_ARTIFACT_ALIAS"), LINKED)  # a link moves `latest`
    assert not check(automation("LINK_MODEL"), ALIASED)
    assert check(automation("ADD_COLLECTION_TAG"), TAGGED)
    assert check(automation("REMOVE_COLLECTION_TAG"), TAGGED)


def test_a_registrys_own_counts_for_that_registry_alone() -> None:
    assert check(automation(scope="registry", name="wandb-registry-models"))
    assert not check(automation(scope="registry", name="wandb-registry-others"))


def test_a_collections_own_counts_where_that_collection_is_written() -> None:
    assert check(automation(scope="collection", name="churn"), collections={"churn"})
    assert not check(automation(scope="collection", name="churn"), collections={"loss"})
    assert check(automation(scope="collection", name="churn"), collections=None)


def test_an_entitys_and_the_organizations_count_everywhere() -> None:
    assert check(automation(scope="entity", name="fraud"), collections={"churn"})
    assert check(automation(scope="organization"), collections={"churn"})
