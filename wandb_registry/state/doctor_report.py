"""What doctor found out about a server: `doctor.json` beside the stack files, machine-written, in Git.

Scan, the program and the batches read it through the typed questions below. None always means: nobody
found out, so nothing follows from it.
"""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import Field

from wandb_registry.state.inventory import OrganizationRecord
from wandb_registry.state.models import Model
from wandb_registry.state.recorded import dump_recorded, read_recorded
from wandb_registry.state.roles import Role

FILE_NAME = "doctor.json"

Verdict = Literal["as_assumed", "different", "unknown"]


class FindingRecord(Model):
    """One question with its answer; `needed`: our code rests on it, so that it counts for the exit code."""

    id: str
    question: str
    assumed: str
    found: str
    verdict: Verdict
    consequence: str
    evidence: str
    needed: bool


class ParityRecord(Model):
    """Something that the legacy registry of a team uses, and whether this server has it for registries."""

    team: str
    feature: str
    used: str
    available: Literal["yes", "no", "unknown"]
    blocks: bool
    advice: str


class DoctorReport(Model):
    """One examination of one server; two of the same server differ in `at` only."""

    version: Literal[1] = 1
    at: str  # UTC, ISO 8601, to the second
    server: str
    organization: OrganizationRecord
    teams: tuple[str, ...] = ()
    identity: str  # the username behind the key
    wrote: bool  # whether the questions that need a throwaway registry were ever asked
    features: dict[str, bool] = Field(default_factory=dict)
    findings: tuple[FindingRecord, ...] = ()
    parity: tuple[ParityRecord, ...] = ()

    @property
    def may_fill_gaps(self) -> bool | None:
        """Whether a missing number can be made by linking and unlinking."""
        answers = [self.as_assumed("index_reuse"), self.as_assumed("relink_after_unlink")]
        if False in answers:
            return False
        return True if all(answers) else None

    @property
    def batch_size(self) -> int | None:
        """How many mutations a document may carry: 1 where more are refused, None where nobody knows."""
        return 1 if self.as_assumed("batched_mutations") is False else None

    @property
    def empty_collections(self) -> bool | None:
        """Whether a collection can be made without a link."""
        return self.as_assumed("empty_collection")

    @property
    def restricted_registries(self) -> bool | None:
        """Whether this key can create a restricted registry."""
        return self.as_assumed("restricted_creation")

    @property
    def default_role(self) -> Role | None:
        """The role that a server gives a new member, before one is set."""
        finding = self.finding("default_role")
        if finding is None or finding.verdict == "unknown":
            return None
        return Role(finding.found) if finding.found in set(Role) else None

    @property
    def page_size(self) -> int | None:
        """How many entries a page holds at most."""
        finding = self.finding("page_size")
        known = finding is not None and finding.verdict != "unknown" and finding.found.isdigit()
        return int(finding.found) if finding is not None and known else None

    def as_assumed(self, question: str) -> bool | None:
        """Whether the answer to a question is the assumed one; None where there is no answer."""
        finding = self.finding(question)
        if finding is None or finding.verdict == "unknown":
            return None
        return finding.verdict == "as_assumed"

    def finding(self, question: str) -> FindingRecord | None:
        """The finding of that id."""
        return next((finding for finding in self.findings if finding.id == question), None)

    def gaps(self, team: str) -> tuple[ParityRecord, ...]:
        """What this team's legacy registry uses and this server lacks."""
        return tuple(row for row in self.parity if row.blocks and row.team.casefold() == team.casefold())

    def is_about(self, server: str, organization_id: str) -> bool:
        """Whether it was this server and organization that were examined."""
        return self.server == server and self.organization.id == organization_id


def load_doctor(folder: Path) -> DoctorReport | None:
    """The report in a folder of stack files, or None where there is none; InvalidFile for another content."""
    return load_report(folder / FILE_NAME)


def load_report(path: Path) -> DoctorReport | None:
    """Like `load_doctor`, for a report that stands elsewhere."""
    return read_recorded(path, DoctorReport, "it is written by `wandb-registry doctor`: run that again")


def doctor_of(folder: Path, server: str, organization_id: str) -> DoctorReport | None:
    """The report in a folder where it is about this server and organization, else None."""
    report = load_doctor(folder)
    return report if report is not None and report.is_about(server, organization_id) else None


def dump_report(report: DoctorReport) -> str:
    """The text of a report; the same report gives the same bytes."""
    return dump_recorded(report)
