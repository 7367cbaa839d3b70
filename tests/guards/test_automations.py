from wandb_registry.guards.automations import (
    ALIASED,
    LINKED,
    TAGGED,
    UNLINKED,
    Writes,
    check_automations,
    events_of_links,
    writes_of_stack,
)
from wandb_registry.guards.stack import RegistrySummary
from wandb_registry.server.automations import Automation, Scope
from wandb_registry.state.entries import LinkEntry


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


def entry(version: int, *aliases: str) -> LinkEntry:
    return LinkEntry(version, f"fraud/train/churn:v{version}", version, aliases)


def events(
    old: dict[str, LinkEntry] | None, new: dict[str, LinkEntry], *, fill: bool = False, destroy: bool = False
) -> frozenset[str]:
    return events_of_links(old, new, fill_gaps=fill, destroy=destroy)


def test_links_fire_by_what_is_done_to_them() -> None:
    one, two = {"a": entry(0)}, {"a": entry(0), "b": entry(1)}
    assert events(None, {}) == events(one, one) == frozenset()
    assert events(None, one) == events(one, two) == LINKED
    assert events(one, {"a": entry(0, "best")}) == ALIASED
    assert events(two, one, destroy=True) == UNLINKED
    assert events(two, one) == frozenset()  # retained
    gap = {"a": entry(3)}
    assert events(None, gap, fill=True) == LINKED | UNLINKED
    assert events(None, gap) == LINKED


def summary(
    collections: dict[str, str], renamed_from: str | None = None, **fields: dict[str, str]
) -> RegistrySummary:
    sources = {name: frozenset(ids) for name, ids in collections.items()}
    return RegistrySummary("restricted", {}, sources, renamed_from, **fields)


def stack(old: dict[str, RegistrySummary], new: dict[str, RegistrySummary]) -> list[Writes]:
    return [writes for writes in writes_of_stack(old, new) if writes.events]


def test_a_stack_fires_where_its_summary_changes() -> None:
    old = {"models": summary({"churn": "ab", "loss": "c"}, marks={"churn": "m"})}
    assert stack(old, old) == []
    assert stack({}, {"models": summary({"churn": "a"})}) == [Writes("models", LINKED, frozenset({"churn"}))]
    more = {"models": summary({"churn": "abd", "loss": "c"}, marks={"churn": "m"})}
    assert stack(old, more) == [Writes("models", LINKED, frozenset({"churn"}))]
    less = {"models": summary({"churn": "ab"}, marks={"churn": "m"})}
    assert stack(old, less) == [Writes("models", UNLINKED, frozenset({"loss"}))]
    fewer = {"models": summary({"churn": "a", "loss": "c"}, marks={"churn": "m"})}
    assert stack(old, fewer) == [Writes("models", UNLINKED, frozenset({"churn"}))]
    marked = {"models": summary({"churn": "ab", "loss": "c"}, marks={"churn": "n"})}
    assert stack(old, marked) == [Writes("models", ALIASED | TAGGED, frozenset({"churn"}))]
    assert stack(old, {}) == []


def test_a_rename_fires_nothing() -> None:
    old = {"models": summary({"churn": "ab"}, marks={"churn": "m"})}
    renamed = {"better": summary({"churn": "ab"}, "models", marks={"churn": "m"})}
    assert stack(old, renamed) == []
    both = {
        "better": summary(
            {"loss": "ab"}, "models", marks={"loss": "m"}, renamed_collections={"loss": "churn"}
        )
    }
    assert stack(old, both) == []
