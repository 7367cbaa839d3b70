"""A whole examination: what it reads, writes, keeps and says of different keys."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.doctor.bench import TEAM, Bench, differing, unknown
from tests.migration.world import key_of
from wandb_registry.doctor.findings import exit_code
from wandb_registry.doctor.identity import OrganizationNotTold
from wandb_registry.doctor.member_experiments import UnknownPrincipal
from wandb_registry.doctor.questions import ORDER, QUESTIONS
from wandb_registry.doctor.run import Request, examine, findings_of, write_report
from wandb_registry.doctor.sources import UnusableSource
from wandb_registry.server.credentials import api_key_connection
from wandb_registry.server.errors import Invalid, NotFound, Unauthorized
from wandb_registry.server.port import GraphQL
from wandb_registry.state.doctor_report import DoctorReport, dump_report, load_report
from wandb_registry.state.roles import Role


def found(report: DoctorReport, question: str) -> str:
    finding = report.finding(question)
    assert finding is not None
    return finding.found


def test_reading_only_writes_nothing_and_says_what_is_left_open(bench: Bench) -> None:
    log = bench.world.sandbox.state.log
    log.clear()
    report = bench.examine()
    assert log.kinds["mutation"] == 0
    assert not report.wrote
    asked_by_writing = {question.id for question in ORDER if question.writes}
    assert unknown(report) == asked_by_writing | {"server_version", "page_size", "admins_see_teams"}
    assert differing(report) == {}
    assert exit_code(findings_of(report)) == 3
    assert (report.may_fill_gaps, report.batch_size, report.restricted_registries) == (None, None, None)
    assert report.empty_collections is True


def test_what_was_proved_before_stays_proved_while_the_server_is_the_same(bench: Bench) -> None:
    earlier = bench.everything()
    report = bench.examine(earlier=earlier)
    assert report.wrote
    assert report.may_fill_gaps is True
    assert exit_code(findings_of(report)) == 0
    kept = report.finding("index_reuse")
    assert kept is not None
    assert kept.evidence.endswith("(found by an earlier run)")
    again = bench.examine(earlier=report).finding("index_reuse")
    assert again == kept
    bench.switch(features={"LARGE_FILENAMES": False})
    assert bench.examine(earlier=earlier).may_fill_gaps is None


def test_what_is_found_now_replaces_what_was_found_before(bench: Bench) -> None:
    earlier = bench.everything()
    bench.switch(index_reuse=True)
    assert bench.examine(earlier=earlier).may_fill_gaps is True
    assert bench.everything(earlier=earlier).may_fill_gaps is False


def test_rights_of_another_key_are_not_kept(bench: Bench) -> None:
    bench.switch(organization_members=False)
    earlier = bench.examine(write=True)
    assert found(earlier, "rights_up") == "yes"
    assert found(bench.examine(earlier=earlier), "rights_up") == "yes"
    assert found(bench.examine("bob", earlier=earlier), "rights_up") == "unknown"


def test_two_examinations_differ_in_their_time_alone(bench: Bench) -> None:
    first, second = bench.everything(), bench.everything()
    assert dump_report(first.model_copy(update={"at": ""})) == dump_report(
        second.model_copy(update={"at": ""})
    )
    assert first.at[-1] == "Z"


def test_the_report_is_kept_and_holds_no_key(bench: Bench, tmp_path: Path) -> None:
    path = tmp_path / "stacks" / "doctor.json"
    report = bench.everything()
    write_report(report, path)
    assert load_report(path) == report
    assert [one.name for one in path.parent.iterdir()] == ["doctor.json"]
    text = path.read_text(encoding="utf-8")
    for who in ("root", "olaf"):
        assert key_of(who) not in text
    assert "canary" not in text
    assert json.loads(text)["version"] == 1


@pytest.mark.parametrize(
    ("who", "scan", "up", "cutover"),
    [
        ("root", "yes", "yes", "yes"),
        ("bob", "yes", "yes", "yes"),
        ("vera", "yes", "yes", "no: vera is view-only in team fraud"),
        ("rita", "no: the legacy registry of team fraud", "yes", "no: the legacy registry of team fraud"),
        ("olaf", "no: the legacy registry of team fraud cannot be seen", "yes", "no: the legacy registry"),
    ],
)
def test_rights_of_keys(bench: Bench, who: str, scan: str, up: str, cutover: str) -> None:
    report = bench.examine(who)
    assert report.identity == who
    assert found(report, "rights_scan").startswith(scan)
    assert found(report, "rights_up").startswith(up)
    assert found(report, "rights_cutover").startswith(cutover)
    assert found(report, "rights_verify") == "yes"


def test_a_key_that_can_make_no_versions_is_told_what_to_give(bench: Bench) -> None:
    report = bench.examine("bob", write=True)
    assert found(report, "rights_doctor_write").startswith("in part: no versions to link")
    reuse = report.finding("index_reuse")
    assert reuse is not None
    assert reuse.verdict == "unknown"
    assert "admin of no team" in reuse.evidence
    assert "Give --source three times" in reuse.consequence
    assert found(report, "creator_is_admin") == "yes"
    assert exit_code(findings_of(report)) == 3


def test_versions_that_are_there_are_linked_and_left_as_they_are(bench: Bench) -> None:
    sources = tuple(f"{TEAM}/train/churn-xgb:v{n}" for n in range(3))
    report = bench.examine("bob", write=True, sources=sources)
    assert report.may_fill_gaps is True
    assert unknown(report) >= {"deleted_source", "deduplication"}
    assert differing(report) == {}
    document = "query($id: ID!) { artifact(id: $id) { state aliases { alias } } }"
    for n, source in enumerate(bench.sources[:3]):
        artifact = bench.world.execute("root", document, {"id": source})["artifact"]
        assert artifact["state"] == "COMMITTED"
        assert all(one["alias"] in (f"v{n}", "latest", "v0", "v1", "v2", "v3") for one in artifact["aliases"])


def test_too_few_versions(bench: Bench) -> None:
    report = bench.examine("bob", write=True, sources=(f"{TEAM}/train/churn-xgb:v0",))
    reuse = report.finding("index_reuse")
    assert reuse is not None
    assert reuse.evidence == "needs 3 versions to link, not 1"


@pytest.mark.parametrize(
    ("sources", "complaint"),
    [
        (("fraud/train/churn-xgb",), "--source: "),
        (("fraud/train/churn-xgb:v0",) * 2, "up to 3 different"),
        (tuple(f"fraud/train/churn-xgb:v{n}" for n in range(4)), "up to 3 different"),
    ],
)
def test_sources_that_are_no_good_are_refused_before_any_request(
    bench: Bench, sources: tuple[str, ...], complaint: str
) -> None:
    bench.world.sandbox.state.log.clear()
    with pytest.raises(UnusableSource, match=complaint):
        bench.examine(write=True, sources=sources)
    assert bench.world.sandbox.state.log.total == 0


def test_names_that_the_server_does_not_know(bench: Bench) -> None:
    with pytest.raises(NotFound, match="source fraud/train/nothing:v0"):
        bench.examine(write=True, sources=("fraud/train/nothing:v0",))
    with pytest.raises(UnknownPrincipal, match="nobody is neither a team nor a user"):
        bench.examine(write=True, principal="nobody")
    with pytest.raises(NotFound, match="no organization nowhere"):
        bench.examine(organization="nowhere")
    assert bench.projects() == bench.untouched


def test_a_team_that_is_not_there_is_a_finding(bench: Bench) -> None:
    report = bench.examine(teams=("nothing",))
    assert found(report, "rights_scan").startswith("no: there is no team nothing")
    assert report.teams == ("nothing",)
    assert exit_code(findings_of(report)) == 1


@pytest.mark.parametrize(("principal", "kind"), [("vera", "user"), ("risk", "team")])
def test_a_named_principal_is_a_member_for_a_moment(bench: Bench, principal: str, kind: str) -> None:
    report = bench.examine(write=True, principal=principal)
    role = report.finding("default_role")
    assert role is not None
    assert (role.verdict, role.evidence) == ("as_assumed", f"a {kind} added without a role")
    assert report.default_role is Role.RESTRICTED_VIEWER


def test_the_only_organization_needs_no_name(bench: Bench) -> None:
    assert bench.examine("bob", organization=None).organization.entity == "acme"
    bench.world.organization("Second Inc", "second")
    with pytest.raises(OrganizationNotTold, match="Acme Inc, Second Inc"):
        bench.examine(organization=None)
    bench.world.user("hermit")
    with pytest.raises(NotFound, match="belongs to no organization"):
        bench.examine("hermit", organization=None)


def test_a_second_key_that_proves_nothing(bench: Bench) -> None:
    report = bench.everything(second="root")
    base, role = report.finding("base_role"), report.finding("default_role")
    assert base is not None
    assert role is not None
    assert base.evidence == "the second key belongs to the same person"
    assert role.evidence == "nobody to add"


def test_a_second_key_of_somebody_in_the_team_cannot_tell_viewers_apart(bench: Bench) -> None:
    base = bench.everything(second="bob").finding("base_role")
    assert base is not None
    assert "reaches the versions through the team" in base.evidence


def test_an_unknown_key_is_one_error(bench: Bench) -> None:
    with pytest.raises(Unauthorized):
        bench.examine("stranger")


class WithoutSchema(GraphQL):
    """A server that refuses introspection."""

    def execute(self, document: str, variables: Any) -> dict[str, Any]:
        if "__type" in document:
            raise Invalid("introspection is disabled")
        return super().execute(document, variables)


def test_a_server_that_does_not_tell_its_schema(bench: Bench) -> None:
    connection = api_key_connection(bench.world.sandbox.url, key_of("root"))
    port = WithoutSchema(connection)
    try:
        report = examine(port, connection, Request("acme", (TEAM,)))
        with pytest.raises(OrganizationNotTold, match="does not tell which organizations"):
            examine(port, connection, Request(None))
    finally:
        port.close()
    assert differing(report) == {"introspection": "no"}
    assert unknown(report) >= {"membership_paging", "registry_members", "automations", "admin_key"}
    assert {row.available for row in report.parity if row.feature == "service_accounts"} == {"unknown"}
    assert not any(row.blocks for row in report.parity)


def test_every_difference_says_what_follows() -> None:
    for question in QUESTIONS.values():
        assert question.consequence or question.assumed == "either", question.id
