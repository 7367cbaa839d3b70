"""The inventory: read back as written, and asked for where a stack file has a legacy origin."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.state.test_load import GOOD
from wandb_registry.state.inventory import (
    BaselineCollection,
    BaselineLink,
    BaselineRegistry,
    Inventory,
    LegacyCollection,
    LegacyLink,
    LegacyTeam,
    OrganizationRecord,
    Person,
    dump_inventory,
    inventory_path,
    load_inventory,
    require_inventory,
)
from wandb_registry.state.load import parse_stack
from wandb_registry.state.people import AccessRecord, OrganizationPerson
from wandb_registry.state.problems import InvalidFile
from wandb_registry.state.roles import Role

INVENTORY = Inventory(
    server="http://localhost:1",
    organization=OrganizationRecord(id="o", name="Acme", entity="acme"),
    numbering="compact",
    legacy=(
        LegacyTeam(
            team="fraud",
            digest="sha256:" + "0" * 64,
            people=(Person(username="alice", id="u1", team_role="admin", registry_admin=True),),
            protected_aliases=("production",),
            collections=(
                LegacyCollection(
                    name="churn",
                    type="model",
                    links=(
                        LegacyLink(version=0, artifact_id="a0", digest="d", source="fraud/p/a:v0"),
                        LegacyLink(version=2, artifact_id="a2", digest="d", source=None, excluded="gone"),
                    ),
                    target=("fraud-models", "churn"),
                ),
            ),
        ),
    ),
    boundaries={"fraud-models": {"fraud": {"alice": Role.ADMIN}}},
    baseline={
        "fraud-models": BaselineRegistry(
            id="r",
            visibility="restricted",
            users={"root": Role.ADMIN},
            collections={
                "x": BaselineCollection(
                    id="c", type="model", links={"a9": BaselineLink(version=0, aliases=("old",))}
                )
            },
        )
    },
    renumbered={"fraud-models": {"churn": {"a0": 0}}},
)


def test_what_is_written_is_read_back(tmp_path: Path) -> None:
    stack_file = tmp_path / "fraud.yaml"
    path = inventory_path(stack_file)
    assert path.name == "fraud.inventory.json"
    path.write_text(dump_inventory(INVENTORY), encoding="utf-8")
    loaded = load_inventory(stack_file)
    assert loaded == INVENTORY
    assert dump_inventory(loaded) == dump_inventory(INVENTORY)


def test_a_stack_file_with_legacy_origin_needs_its_inventory(tmp_path: Path) -> None:
    stack = parse_stack(GOOD, "x")
    with pytest.raises(InvalidFile, match=r"is missing, though .* take it from Git, or scan again"):
        require_inventory(tmp_path / "fraud.yaml", stack)
    without = stack.model_copy(update={"legacy": ()})
    assert require_inventory(tmp_path / "fraud.yaml", without) is None


@pytest.mark.parametrize(
    ("text", "complaint"),
    [("{", "JSON"), ("{}", "server: Field required"), ('{"server": 1}', "server"), ("\xff", "JSON")],
)
def test_a_broken_inventory_names_itself_and_the_way_out(tmp_path: Path, text: str, complaint: str) -> None:
    stack_file = tmp_path / "fraud.yaml"
    inventory_path(stack_file).write_text(text, encoding="utf-8")
    with pytest.raises(InvalidFile) as caught:
        load_inventory(stack_file)
    (problem,) = caught.value.problems
    assert problem.file.endswith("fraud.inventory.json")
    assert complaint in str(problem)
    assert "scan again" in str(problem)


def test_an_inventory_that_is_no_text_is_a_problem_of_its_own(tmp_path: Path) -> None:
    stack_file = tmp_path / "fraud.yaml"
    inventory_path(stack_file).write_bytes(b"\xff\xfe")
    with pytest.raises(InvalidFile, match="cannot be read"):
        load_inventory(stack_file)


def test_ids_stand_beside_the_names_in_the_organization() -> None:
    people = (
        Person(username="ann", id="u1", team_role="admin"),
        Person(username="bob", id="u2", team_role="member"),
        Person(username="cem", id="u3", team_role="member"),
    )
    record = AccessRecord(people={"bob": "robert", "cem": "bob"}, ids={"robert": "u7"})
    inventory = Inventory(
        server="http://localhost",
        organization=OrganizationRecord(id="o1", name="Acme", entity="acme"),
        legacy=(LegacyTeam(team="fraud", digest="sha256:" + "0" * 64, people=people),),
        access=record,
    )
    # `bob` of the organization is cem, whose id there nobody told; the bob of the team is robert.
    assert inventory.user_ids() == {"ann": "u1", "robert": "u7"}
    listed = (OrganizationPerson(username="bob", id="u3"), OrganizationPerson(username="zoe", id="u9"))
    for source, more in (("graphql", {"bob": "u3", "zoe": "u9"}), ("scim", {})):
        told = record.model_copy(update={"source": source, "organization": listed})
        seen = inventory.model_copy(update={"access": told}).user_ids()
        assert seen == {"ann": "u1", "robert": "u7", **more}


def test_service_accounts_are_known_by_their_names_in_the_organization() -> None:
    people = (
        Person(username="bot", id="u1", team_role="member", service_account=True),
        Person(username="ann", id="u2", team_role="member"),
    )
    ops = OrganizationPerson(username="ops", service_account=True)
    inventory = Inventory(
        server="http://localhost",
        organization=OrganizationRecord(id="o1", name="Acme", entity="acme"),
        legacy=(LegacyTeam(team="fraud", digest="sha256:" + "0" * 64, people=people),),
        access=AccessRecord(people={"bot": "robot"}, organization=(ops,)),
    )
    assert inventory.service_accounts() == {"robot", "ops"}
