"""The matrix: who could and who may, what differs, and what settles a difference."""

from __future__ import annotations

import pytest

from tests.access.states import accepted, admin, inventory, person, registry, stack, team
from wandb_registry.access.after import EVERYBODY
from wandb_registry.access.matrix import Matrix, declared_matrix
from wandb_registry.access.rights import NONE, READS, WRITES, Right
from wandb_registry.state.inventory import BaselineRegistry, LegacyLink
from wandb_registry.state.models import CollectionState, LinkState, Override
from wandb_registry.state.people import Difference, OrganizationPerson, Unprovable
from wandb_registry.state.roles import Role

MEMBER, ADMIN, VIEWER = Role.MEMBER, Role.ADMIN, Role.VIEWER


def rights(matrix: Matrix, who: str, where: str = "fraud-models") -> tuple[Right, Right]:
    """Before and after."""
    for block in matrix.blocks:
        for row in block.rows:
            if block.registry == where and who in row.people:
                return row.before.rights, row.after.rights
    return NONE, NONE


def differences(matrix: Matrix) -> dict[tuple[str, Difference | None], str]:
    """Person and class -> what settled it; "" where nothing did."""
    return {(who, change.difference): change.settled for _, who, change in matrix.changes()}


def override(guard: str, subject: str) -> Override:
    """What reviewers lifted."""
    return Override(guard=guard, subject=subject, reason="they release it", approved_by="sec")


def test_the_default_mapping_differs_only_where_w_and_b_leaves_no_choice() -> None:
    fraud = team(
        "fraud",
        person("ann", "admin"),
        person("bob"),
        person("mara", registry_admin=True),
        person("vera", "view-only"),
        person("ci", service_account=True),
        protected_aliases=("gold",),
    )
    wide = OrganizationPerson(username="mlops", service_account=True, organization_wide=True)
    found = declared_matrix(
        stack(
            fraud_models=registry(
                {"ann": ADMIN, "bob": MEMBER, "mara": MEMBER, "ci": MEMBER}, {"fraud": VIEWER}
            )
        ),
        inventory(fraud, organization=(admin("root"), wide)),
    )
    assert rights(found, "bob") == (WRITES, WRITES)
    assert rights(found, "vera") == (READS, READS)
    assert rights(found, "ci") == (WRITES, WRITES)
    assert rights(found, "mara") == (WRITES | Right.PROTECT, WRITES)
    assert rights(found, "root")[0] == NONE
    assert differences(found) == {
        ("ann", Difference.TEAM_ADMINS): "",
        ("mara", Difference.REGISTRY_ADMINS): "",
        ("mlops", Difference.ORGANIZATION_SERVICE_ACCOUNTS): "",
        ("root", Difference.ORGANIZATION_ADMINS): "",
    }


def test_where_no_alias_is_protected_nobody_gains_or_loses_one() -> None:
    fraud = team("fraud", person("ann", "admin"), person("mara", registry_admin=True))
    found = declared_matrix(stack(fraud_models=registry({"ann": ADMIN}, {"fraud": MEMBER})), inventory(fraud))
    assert list(found.changes()) == []


def test_imposed_differences_are_accepted_once_and_named_losses_by_name() -> None:
    fraud = team(
        "fraud",
        person("ann", "admin"),
        person("mara", registry_admin=True),
        person("max", registry_admin=True),
        protected_aliases=("gold",),
    )
    found = declared_matrix(
        stack(fraud_models=registry({"ann": ADMIN}, {"fraud": MEMBER})),
        inventory(
            fraud,
            organization=(admin("root"), admin("boss")),
            accepted=(
                accepted(Difference.ORGANIZATION_ADMINS),
                accepted(Difference.TEAM_ADMINS, "other"),
                accepted(Difference.REGISTRY_ADMINS, "Mara"),
            ),
        ),
    )
    assert differences(found) == {
        ("ann", Difference.TEAM_ADMINS): "",
        ("boss", Difference.ORGANIZATION_ADMINS): "accepted: so decided",
        ("mara", Difference.REGISTRY_ADMINS): "accepted: so decided",
        ("max", Difference.REGISTRY_ADMINS): "",
        ("root", Difference.ORGANIZATION_ADMINS): "accepted: so decided",
    }


@pytest.mark.parametrize(
    ("overrides", "settled"),
    [
        ((), ""),
        ((override("widening", "fraud-models/eve"),), "override by sec: they release it"),
        ((override("widening", "fraud-models"),), ""),
        ((override("widening", "other/eve"),), ""),
        ((override("loss", "fraud-models/eve"),), ""),
    ],
)
def test_somebody_new_is_a_widening_until_an_override_names_them(
    overrides: tuple[Override, ...], settled: str
) -> None:
    found = declared_matrix(
        stack(*overrides, fraud_models=registry({"eve": VIEWER}, {"fraud": MEMBER})),
        inventory(team("fraud", person("bob"))),
    )
    assert differences(found) == {("eve", Difference.WIDENING): settled}


def test_less_than_before_is_a_loss_unless_the_role_map_asks_for_it() -> None:
    fraud = team("fraud", person("bob"), person("ann", "admin"))
    members = registry({"ann": ADMIN}, {"fraud": VIEWER})
    assert differences(declared_matrix(stack(fraud_models=members), inventory(fraud))) == {
        ("bob", Difference.LOSS): ""
    }
    mapped = declared_matrix(stack(fraud_models=members), inventory(fraud, roles={"member": VIEWER}))
    assert differences(mapped) == {("bob", Difference.LOSS): "roles of migration.yaml: member: viewer"}
    lower = stack(fraud_models=registry({"ann": ADMIN}, {"fraud": Role.RESTRICTED_VIEWER}))
    assert differences(declared_matrix(lower, inventory(fraud, roles={"member": VIEWER}))) == {
        ("bob", Difference.LOSS): ""
    }


def test_merged_teams_see_each_other_and_overrides_name_each_person() -> None:
    fraud = team("fraud", person("bob"), registry="shared", models=("churn",))
    risk = team("risk", person("rita"), registry="shared", models=("score",))
    state = registry({}, {"fraud": MEMBER, "risk": MEMBER}, models=("churn", "score"))
    found = declared_matrix(
        stack(override("merge-widening", "shared/bob"), shared=state), inventory(fraud, risk)
    )
    assert [(b.team, w, c.settled) for b, w, c in found.changes()] == [
        ("fraud", "rita", ""),
        ("risk", "bob", "override by sec: they release it"),
    ]


@pytest.mark.parametrize("where", ["risk-models", "shared"])
def test_a_model_put_into_another_registry_is_seen_by_the_people_there(where: str) -> None:
    held = LegacyLink(version=0, artifact_id="a1", digest="d", source="fraud/train/churn:v0")
    fraud = team("fraud", person("bob"))
    fraud = fraud.model_copy(
        update={"collections": (fraud.collections[0].model_copy(update={"links": (held,)}),)}
    )
    risk = team("risk", person("rita"), models=("score",))
    links = {"fraud/train/churn:v0": LinkState(id="a1")}
    moved = {"moved": CollectionState(type="model", links=links)}
    kept = {"score": CollectionState(type="model")} if where == "risk-models" else {}
    state = registry({}, {"risk": MEMBER}).model_copy(update={"collections": {**kept, **moved}})
    found = declared_matrix(stack(**{where.replace("-", "_"): state}), inventory(fraud, risk))
    strange = {block.team: block for block in found.blocks}["fraud"]
    assert strange.collections == {"fraud/churn": f"{where}/moved"}
    assert differences(found) == {("bob", Difference.LOSS): "", ("rita", Difference.WIDENING): ""}


def test_a_copy_of_a_model_elsewhere_takes_nothing_from_its_own_people() -> None:
    held = LegacyLink(version=0, artifact_id="a1", digest="d", source="fraud/train/churn:v0")
    fraud, risk = team("fraud", person("bob")), team("risk", person("rita"), models=("score",))
    fraud = fraud.model_copy(
        update={"collections": (fraud.collections[0].model_copy(update={"links": (held,)}),)}
    )
    churn = CollectionState(type="model", links={"fraud/train/churn:v0": LinkState(id="a1")})
    home = registry({}, {"fraud": MEMBER}).model_copy(update={"collections": {"churn": churn}})
    shared = registry({}, {"risk": MEMBER}, models=("score",))
    shared = shared.model_copy(update={"collections": {**shared.collections, "theirs": churn}})
    found = declared_matrix(stack(fraud_models=home, risk_models=shared), inventory(fraud, risk))
    assert differences(found) == {("rita", Difference.WIDENING): ""}


def test_visible_to_the_organization_names_everybody_or_says_so() -> None:
    fraud = team("fraud", person("bob"))
    state = registry({}, {"fraud": MEMBER}, visibility="organization")
    otto = OrganizationPerson(username="otto", role="member")
    known = declared_matrix(stack(fraud_models=state), inventory(fraud, organization=(otto,), everybody=True))
    assert differences(known) == {("otto", Difference.WIDENING): ""}
    unknown = declared_matrix(stack(fraud_models=state), inventory(fraud))
    assert differences(unknown) == {(EVERYBODY, Difference.WIDENING): ""}
    lifted = stack(override("widening", "fraud-models"), fraud_models=state)
    assert differences(declared_matrix(lifted, inventory(fraud))) == {
        (EVERYBODY, Difference.WIDENING): "override by sec: they release it"
    }


def test_members_of_before_stay_and_gain_the_models() -> None:
    before = BaselineRegistry(id="p1", visibility="restricted", users={"zoe": ADMIN}, teams={"old": VIEWER})
    told = inventory(
        team("fraud", person("bob")), baseline={"fraud-models": before}, teams={"old": ("olga",)}
    )
    found = declared_matrix(stack(fraud_models=registry({}, {"fraud": MEMBER})), told)
    assert set(differences(found)) == {("zoe", Difference.WIDENING), ("olga", Difference.WIDENING)}
    unknown = inventory(team("fraud", person("bob")), baseline={"fraud-models": before})
    (open_question,) = declared_matrix(
        stack(fraud_models=registry({}, {"fraud": MEMBER})), unknown
    ).unprovable
    assert open_question.subject == "fraud-models/team old"


def test_people_by_another_name_and_seats() -> None:
    fraud = team(
        "fraud", person("bob"), person("sue", seat="viewer"), person("sam", seat="none"), person("vi")
    )
    told = inventory(
        fraud,
        people={"bob": "robert"},
        organization=(OrganizationPerson(username="vi", role="viewer"),),
    )
    found = declared_matrix(stack(fraud_models=registry({"robert": MEMBER}, {"fraud": MEMBER})), told)
    assert rights(found, "robert") == (WRITES, WRITES)
    assert rights(found, "bob") == (NONE, NONE)
    # A seat leaves the same on both sides.
    assert rights(found, "sue") == (READS, READS)
    assert rights(found, "sam") == (NONE, NONE)


def test_a_public_or_restricted_legacy_registry() -> None:
    otto = OrganizationPerson(username="otto", role="member")
    public = inventory(
        team("fraud", person("bob"), visibility="public"),
        organization=(otto,),
        everybody=True,
        accepted=(accepted(Difference.PUBLIC_ACCESS, "fraud"),),
    )
    found = declared_matrix(stack(fraud_models=registry({}, {"fraud": MEMBER})), public)
    assert differences(found) == {("otto", Difference.PUBLIC_ACCESS): "accepted: so decided"}
    closed = inventory(team("fraud", person("bob"), person("eve", invited=False), visibility="restricted"))
    as_team = declared_matrix(stack(fraud_models=registry({}, {"fraud": MEMBER})), closed)
    assert differences(as_team) == {("eve", Difference.WIDENING): ""}
    by_name = declared_matrix(stack(fraud_models=registry({"bob": MEMBER})), closed)
    assert list(by_name.changes()) == []


def test_what_could_not_be_read_stays_open_until_accepted_for_everybody() -> None:
    doubt = Unprovable(
        what="service accounts",
        subject="Acme Inc",
        reason="not told",
        difference=Difference.ORGANIZATION_SERVICE_ACCOUNTS,
    )
    fraud, state = team("fraud", person("bob")), stack(fraud_models=registry({}, {"fraud": MEMBER}))
    assert declared_matrix(state, inventory(fraud, unprovable=(doubt,))).unprovable == (doubt,)
    settled = inventory(
        fraud, unprovable=(doubt,), accepted=(accepted(Difference.ORGANIZATION_SERVICE_ACCOUNTS),)
    )
    assert declared_matrix(state, settled).unprovable == ()


def test_renamed_registries_and_collections_keep_their_origin() -> None:
    fraud = team("fraud", person("bob"), models=("churn", "gone"))
    state = registry({"eve": VIEWER}, {"fraud": MEMBER}, models=())
    state = state.model_copy(
        update={
            "renamed_from": "fraud-models",
            "collections": {
                "churn-2": registry().collections["churn"].model_copy(update={"renamed_from": "churn"})
            },
        }
    )
    (block,) = declared_matrix(stack(scoring=state), inventory(fraud)).blocks
    assert block.collections == {"fraud/churn": "scoring/churn-2"}
    assert [row.people for row in block.rows] == [("eve",), ("bob",)]


def test_2000_people_by_2400_collections_stay_a_few_thousand_rows() -> None:
    teams = [
        team(
            f"t{n}",
            *(person(f"p{n}-{m}", ("admin", "member", "view-only")[m % 3]) for m in range(34)),
            models=tuple(f"m{m}" for m in range(40)),
        )
        for n in range(60)
    ]
    registries = {
        f"t{n}_models": registry(
            {f"p{n}-{m}": ADMIN if m % 3 == 0 else MEMBER for m in range(34) if m % 3 < 2},
            {f"t{n}": VIEWER},
            models=tuple(f"m{m}" for m in range(40)),
        )
        for n in range(60)
    }
    found = declared_matrix(stack(**registries), inventory(*teams, organization=(admin("root"),)))
    assert sum(len(block.collections) for block in found.blocks) == 2400
    assert sum(len(row.people) for block in found.blocks for row in block.rows) == 60 * 35
    assert sum(len(block.rows) for block in found.blocks) == 60 * 4
