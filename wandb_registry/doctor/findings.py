"""Findings: a question about the server, what was assumed, what was found, and what follows from it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from wandb_registry.state.doctor_report import FindingRecord, Verdict

EITHER = "either"  # nothing rests on the answer; it is only said


@dataclass(frozen=True, slots=True)
class Finding:
    """One answered question.

    `consequence` says what follows where the answer differs, and what to do where there is none;
    `needed`: our code rests on the answer, so that it counts for the exit code.
    """

    id: str
    question: str
    assumed: str
    found: str
    verdict: Verdict
    consequence: str
    evidence: str
    needed: bool


@dataclass(frozen=True, slots=True)
class Question:
    """Something to find out; `writes`: only a throwaway registry can tell."""

    id: str
    text: str
    assumed: str
    consequence: str
    needed: bool = True
    writes: bool = False

    def answer(self, found: str, evidence: str, *, same: bool | None = None, needed: bool = True) -> Finding:
        """The finding; as assumed where `same` says so or, without it, where `found` is what was assumed."""
        if same is None:
            same = self.assumed in (EITHER, found)
        return Finding(
            id=self.id,
            question=self.text,
            assumed=self.assumed,
            found=found,
            verdict="as_assumed" if same else "different",
            consequence="" if same else self.consequence,
            evidence=evidence,
            needed=self.needed and needed,
        )

    def unknown(self, why: str, advice: str, *, needed: bool = True) -> Finding:
        """The finding that nobody could find out."""
        return Finding(
            id=self.id,
            question=self.text,
            assumed=self.assumed,
            found="unknown",
            verdict="unknown",
            consequence=advice,
            evidence=why,
            needed=self.needed and needed,
        )


def exit_code(findings: Iterable[Finding]) -> int:
    """1 where something differs that our code rests on, 3 where it could not be found out, else 0."""
    verdicts = {finding.verdict for finding in findings if finding.needed}
    if "different" in verdicts:
        return 1
    return 3 if "unknown" in verdicts else 0


def keep_known(findings: Iterable[Finding], earlier: Mapping[str, FindingRecord]) -> tuple[Finding, ...]:
    """The findings, where nothing was found out now with the answer of an earlier examination."""
    kept = []
    for finding in findings:
        before = earlier.get(finding.id)
        if finding.verdict == "unknown" and before is not None and before.verdict != "unknown":
            evidence = before.evidence.removesuffix(_EARLIER) + _EARLIER
            finding = replace(
                finding,
                found=before.found,
                verdict=before.verdict,
                consequence=before.consequence,
                evidence=evidence,
                needed=before.needed,
            )
        kept.append(finding)
    return tuple(kept)


_EARLIER = " (found by an earlier run)"
