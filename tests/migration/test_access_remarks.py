"""What scan says about access: who would gain, who would lose, and what could not be read."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.migration.facts import TOLD, facts, mapped, model, person, team, version
from wandb_registry.guards.members import Members, check_members
from wandb_registry.migration.facts import Facts
from wandb_registry.migration.findings import Code, Finding
from wandb_registry.migration.mapping import Mapped
from wandb_registry.migration.people import PeopleFacts
from wandb_registry.state.inventory import BaselineRegistry
from wandb_registry.state.people import OrganizationPerson
from wandb_registry.state.problems import InvalidFile
from wandb_registry.state.roles import Role

ANN, BOB = person("ann", "admin"), person("bob")
NET = model("net", version(0))
ROOT = OrganizationPerson(username="root", id="id-root", role="admin")


def acme(*people: OrganizationPerson) -> PeopleFacts:
    """Everybody told, with the people of the team among them."""
    known = [OrganizationPerson(username=name, id=f"id-{name}", role="member") for name in ("ann", "bob")]
    return replace(TOLD, people=(*known, *people), complete=True)


def the(result: Mapped, code: Code) -> Finding:
    """The one finding of a code."""
    (found,) = [finding for finding in result.findings if finding.code == code]
    return found


def test_what_w_and_b_imposes_is_one_finding_a_class_and_info_once_accepted() -> None:
    ops = OrganizationPerson(username="ops", service_account=True, organization_wide=True)
    found = facts(
        replace(team("fraud", NET, people=(ANN, BOB)), protected_aliases=("gold",)), people=acme(ROOT, ops)
    )
    open_ones = mapped(found)
    assert "root (1)" in the(open_ones, Code.ORGANIZATION_ADMINS).message
    assert "ops (1)" in the(open_ones, Code.ORGANIZATION_SERVICE_ACCOUNTS).message
    assert the(open_ones, Code.TEAM_ADMINS).advice == (
        "Decide in migration.yaml: accept: [{difference: team_admins, reason: ...}]"
    )
    decided = mapped(
        found,
        "accept:\n- {difference: organization_admins, reason: they run it}\n"
        "- {difference: organization_service_accounts, reason: none is used}\n"
        "- {difference: team_admins, reason: so be it}\n",
    )
    codes = (Code.ORGANIZATION_ADMINS, Code.ORGANIZATION_SERVICE_ACCOUNTS, Code.TEAM_ADMINS)
    assert {the(decided, code).severity for code in codes} == {"info"}
    assert decided.inventory.access is not None
    assert [one.reason for one in decided.inventory.access.accepted] == [
        "they run it",
        "none is used",
        "so be it",
    ]
    assert {p.username for p in decided.inventory.access.organization} == {"ann", "bob", "root", "ops"}


def test_a_role_above_the_legacy_one_names_each_person_with_the_override() -> None:
    found = facts(team("fraud", NET, people=(ANN, BOB)), people=acme())
    finding = the(mapped(found, "roles: {member: admin}"), Code.WOULD_GAIN)
    assert finding.message == "bob would be admin of fraud-models, and had member on the legacy side"
    assert "{guard: widening, subject: fraud-models/bob, reason: ..., approved_by: ...}" in finding.advice


def test_merged_teams_name_everybody_who_would_see_the_others_models() -> None:
    both = (team("fraud", NET, people=(BOB,)), team("risk", model("score"), people=(person("rita"),)))
    result = mapped(facts(*both, people=TOLD), "merge: {shared: [fraud, risk]}")
    gains = [finding for finding in result.findings if finding.code == Code.WOULD_GAIN]
    assert sorted(finding.message.split(",")[1].split()[0] for finding in gains) == ["bob", "rita"]
    assert all("{guard: merge-widening, subject: shared/" in finding.advice for finding in gains)


@pytest.mark.parametrize("registry", ["fraud-models", "Models"])
def test_visible_to_the_organization_names_the_people_who_would_gain(registry: str) -> None:
    there = BaselineRegistry(id="p1", visibility="organization")
    otto = OrganizationPerson(username="otto", id="id-otto", role="member")
    found = facts(team("fraud", NET, people=(ANN, BOB)), people=acme(otto), target={registry: there})
    finding = the(mapped(found, f"renames: {{registries: {{fraud-models: {registry}}}}}"), Code.WOULD_GAIN)
    assert "1 people would gain, otto" in finding.message
    assert f"{{guard: widening, subject: {registry}," in finding.advice


def test_members_from_before_gain_the_models_and_are_accepted_by_name() -> None:
    there = BaselineRegistry(id="p1", visibility="restricted", users={"zoe": Role.VIEWER})
    found = facts(team("fraud", NET, people=(ANN, BOB)), people=acme(), target={"fraud-models": there})
    finding = the(mapped(found), Code.WOULD_GAIN)
    assert "zoe would gain read, download" in finding.message
    assert "accept: [{difference: widening, subject: fraud-models/zoe, reason: ...}]" in finding.advice
    text = "accept: [{difference: widening, subject: fraud-models/zoe, reason: she reviews}]"
    assert Code.WOULD_GAIN not in {finding.code for finding in mapped(found, text).findings}


def test_losses_are_named_and_those_of_the_role_map_are_only_told() -> None:
    found = facts(team("fraud", NET, people=(ANN, BOB)), people=acme())
    finding = the(mapped(found, "roles: {member: viewer}"), Code.WOULD_LOSE)
    assert (finding.severity, finding.subject) == ("info", "fraud-models")
    assert finding.message == "bob would lose write (roles of migration.yaml: member: viewer)"


def test_a_restricted_legacy_registry_lets_in_by_name_only() -> None:
    closed = (ANN, BOB.model_copy(update={"invited": False}), person("eve"))
    found = facts(replace(team("fraud", NET, people=closed), visibility="restricted"), people=TOLD)
    result = mapped(found)
    assert "not invited: bob" in the(result, Code.LEGACY_RESTRICTED).message
    members = result.stack.registries["fraud-models"].members
    assert members is not None
    assert members.teams == {}
    assert members.users == {"ann": Role.ADMIN, "eve": Role.MEMBER}
    ((label, people),) = result.inventory.boundaries["fraud-models"].items()
    assert (label, set(people)) == ("fraud (invited people)", {"ann", "eve"})
    given = Members(members.users, {"fraud": Role.VIEWER})
    boundary = result.inventory.boundaries["fraud-models"]
    refusals = check_members("fraud-models", None, given, boundary, keep_creator=True)
    assert [(one.guard, one.subject) for one in refusals] == [("widening", "fraud-models/team fraud")]


def test_a_public_legacy_registry_is_a_loss_for_all_others_accepted_by_team() -> None:
    otto = OrganizationPerson(username="otto", id="id-otto", role="member")
    found = facts(replace(team("fraud", NET, people=(ANN, BOB)), visibility="public"), people=acme(otto))
    finding = the(mapped(found), Code.LEGACY_PUBLIC)
    assert (finding.subject, finding.severity) == ("fraud", "warning")
    assert "accept: [{difference: public_access, subject: fraud, reason: ...}]" in finding.advice
    text = "accept: [{difference: public_access, subject: fraud, reason: it was a mistake}]"
    assert the(mapped(found, text), Code.LEGACY_PUBLIC).severity == "info"


def test_service_accounts_at_work_are_proposed_and_never_added() -> None:
    found = facts(replace(team("fraud", NET, people=(ANN, BOB)), at_work=("ops",)), people=acme())
    result = mapped(found)
    assert "users: {ops: member}" in the(result, Code.SERVICE_ACCOUNT_AT_WORK).advice
    members = result.stack.registries["fraud-models"].members
    assert members is not None
    assert "ops" not in members.users


def names_of(found: Facts, text: str = "") -> list[Finding]:
    """Findings about who is who."""
    codes = (Code.NAMESAKE, Code.GONE_FROM_ORGANIZATION)
    return [finding for finding in mapped(found, text).findings if finding.code in codes]


def test_a_name_is_taken_for_a_person_only_where_the_ids_agree() -> None:
    fraud = team("fraud", NET, people=(ANN, BOB))
    other = replace(TOLD, complete=True, people=(
        OrganizationPerson(username="ann", id="id-ann", role="member"),
        OrganizationPerson(username="bob", id="id-other", role="member"),
        OrganizationPerson(username="robert", id="id-robert", role="member"),
    ))  # fmt: skip
    (finding,) = names_of(facts(fraud, people=other))
    assert (finding.code, finding.severity) == (Code.NAMESAKE, "block")
    assert names_of(facts(fraud, people=other), "people: {bob: robert}") == []
    record = mapped(facts(fraud, people=other), "people: {bob: robert}").inventory.access
    assert record is not None
    assert (record.people, record.ids) == ({"bob": "robert"}, {"robert": "id-robert"})


def test_nobody_is_mapped_to_somebody_else_of_the_team() -> None:
    fraud = team("fraud", NET, people=(ANN, BOB))
    (finding,) = names_of(facts(fraud, people=acme()), "people: {bob: ann}")
    assert finding.message == "bob is mapped to ann, who is somebody else in the team"


def test_somebody_gone_from_the_organization_is_a_proposal() -> None:
    fraud = team("fraud", NET, people=(ANN, BOB, person("cy")))
    (finding,) = names_of(facts(fraud, people=acme()))
    assert (finding.code, finding.severity) == (Code.GONE_FROM_ORGANIZATION, "warning")
    assert "`wandb-registry access STACKS/NAME.yaml --gone` prints the patch" in finding.advice
    assert "missing_principals: warn" in finding.advice
    # Without a full listing nothing is claimed.
    assert names_of(facts(fraud, people=replace(acme(), complete=False))) == []


def test_what_nobody_told_is_unprovable() -> None:
    fraud = replace(
        team("fraud", NET, people=(ANN, BOB)), visibility=None, admins_known=False, protected_aliases=("a",)
    )
    result = mapped(facts(fraud, people=PeopleFacts()))
    assert result.inventory.access is not None
    assert [one.what for one in result.inventory.access.unprovable] == [
        "organization roles",
        "service accounts of the organization",
        "Model Registry admins",
        "visibility of the legacy project",
    ]
    told = [finding for finding in result.findings if finding.code == Code.ACCESS_UNPROVABLE]
    assert len(told) == 4
    assert all("--people people.csv" in finding.advice for finding in told)


@pytest.mark.parametrize("difference", ["registry_admins", "widening", "loss", "public_access", "creator"])
def test_what_w_and_b_does_not_impose_is_accepted_by_name_only(difference: str) -> None:
    with pytest.raises(InvalidFile, match=f"{difference} is accepted by name only"):
        mapped(facts(team("fraud")), f"accept: [{{difference: {difference}, reason: no}}]")


def test_an_unknown_difference_is_an_error_with_its_line() -> None:
    with pytest.raises(InvalidFile, match=r"migration\.yaml:1: .*'everything' is not possible"):
        mapped(facts(team("fraud")), "accept: [{difference: everything, reason: no}]")
