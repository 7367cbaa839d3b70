"""What doctor found stands in the way of a scan, or is let pass by the reviewer."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.migration.world import World
from wandb_registry.migration.findings import Code, Finding
from wandb_registry.migration.run import BlockingFindings, Request, check_request, run_scan, save_scan
from wandb_registry.server.organizations import find_organization
from wandb_registry.state.doctor_report import (
    DoctorReport,
    FindingRecord,
    ParityRecord,
    Verdict,
    dump_report,
)
from wandb_registry.state.inventory import OrganizationRecord
from wandb_registry.state.problems import InvalidFile

CODES = (Code.NUMBERING_DISPROVED, Code.NUMBERING_UNPROVEN, Code.SERVER_LACKS)


def report(demo: World, answers: dict[str, Verdict], *gaps: str, organization: str = "") -> DoctorReport:
    found = find_organization(demo.port("bob"), "acme")
    return DoctorReport(
        at="2026-01-01T00:00:00Z",
        server=demo.sandbox.url,
        organization=OrganizationRecord(id=organization or found.id, name=found.name, entity=found.entity),
        identity="root",
        wrote=True,
        findings=tuple(
            FindingRecord(
                id=question,
                question="?",
                assumed="yes",
                found="",
                verdict=verdict,
                consequence="",
                evidence="",
                needed=True,
            )
            for question, verdict in answers.items()
        ),
        parity=tuple(
            ParityRecord(
                team="fraud", feature=gap, used=f"{gap}: x", available="no", blocks=True, advice="Ask"
            )
            for gap in gaps
        ),
    )


def scanned(
    demo: World, folder: Path, doctor: DoctorReport | None, rules: str = "numbering: exact\n"
) -> tuple[Finding, ...]:
    """What a scan of team fraud says because of the report."""
    config = folder / "migration.yaml"
    config.write_text(rules, encoding="utf-8")
    if doctor is not None:
        (folder / "doctor.json").write_text(dump_report(doctor), encoding="utf-8")
    request = Request("acme", ("fraud",), folder / "fraud.yaml", config)
    mapped = run_scan(demo.port("bob"), request)
    return tuple(finding for finding in mapped.findings if finding.code in CODES)


PROVED: dict[str, Verdict] = {"index_reuse": "as_assumed", "relink_after_unlink": "as_assumed"}
DISPROVED: dict[str, Verdict] = {"index_reuse": "different", "relink_after_unlink": "as_assumed"}


@pytest.mark.parametrize(
    ("answers", "rules", "expected"),
    [
        (None, "numbering: exact\n", []),
        (PROVED, "numbering: exact\n", []),
        (DISPROVED, "numbering: exact\n", [(Code.NUMBERING_DISPROVED, "block")]),
        (DISPROVED, "numbering: compact\n", []),
        ({}, "numbering: exact\n", [(Code.NUMBERING_UNPROVEN, "warning")]),
        (PROVED | {"restricted_creation": "different"}, "numbering: exact\n", [(Code.SERVER_LACKS, "block")]),
        (PROVED | {"empty_collection": "different"}, "numbering: exact\n", [(Code.SERVER_LACKS, "block")]),
        (
            PROVED | {"empty_collection": "different"},
            "numbering: exact\nmodels: {exclude: [empty]}\n",
            [],
        ),
    ],
)
def test_what_doctor_found_decides(
    demo: World,
    tmp_path: Path,
    answers: dict[str, Verdict] | None,
    rules: str,
    expected: list[tuple[Code, str]],
) -> None:
    doctor = None if answers is None else report(demo, answers)
    found = scanned(demo, tmp_path, doctor, rules)
    assert [(finding.code, finding.severity) for finding in found] == expected
    assert all(finding.advice for finding in found)


def test_what_the_server_lacks_blocks_until_a_reviewer_goes_without(demo: World, tmp_path: Path) -> None:
    doctor = report(demo, PROVED, "automations", "gaps", "empty_models")
    (gap,) = scanned(demo, tmp_path, doctor)
    assert (gap.code, gap.severity, gap.subject) == (Code.SERVER_LACKS, "block", "fraud")
    assert "without: [{feature: automations, reason: ...}]" in gap.advice
    rules = "numbering: exact\nwithout: [{feature: automations, reason: made by hand}]\n"
    (gap,) = scanned(demo, tmp_path, doctor, rules)
    assert gap.severity == "warning"
    assert gap.message.endswith("goes without: made by hand")


def test_a_blocked_scan_writes_nothing(demo: World, tmp_path: Path) -> None:
    scanned(demo, tmp_path, report(demo, DISPROVED))
    request = Request("acme", ("fraud",), tmp_path / "fraud.yaml", tmp_path / "migration.yaml")
    with pytest.raises(BlockingFindings, match="NUMBERING_DISPROVED"):
        save_scan(request, run_scan(demo.port("bob"), request))
    assert not (tmp_path / "fraud.yaml").exists()


def test_a_report_about_another_organization_says_nothing(demo: World, tmp_path: Path) -> None:
    assert scanned(demo, tmp_path, report(demo, DISPROVED, organization="other")) == ()


def test_a_report_that_is_no_good_is_refused_before_any_request(tmp_path: Path) -> None:
    (tmp_path / "doctor.json").write_text("{}", encoding="utf-8")
    with pytest.raises(InvalidFile, match="run that again"):
        check_request(Request("acme", ("fraud",), tmp_path / "fraud.yaml"))
