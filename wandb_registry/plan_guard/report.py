"""A verdict as lines and as JSON."""

from __future__ import annotations

import json
from collections.abc import Iterator

from wandb_registry.plan_guard.run import Verdict


def lines(verdict: Verdict) -> Iterator[str]:
    """One line for each thing that stands against the plan, and a last one with the outcome."""
    for refusal in verdict.refusals:
        yield f"refused: {refusal}"
    for what in verdict.unproven:
        yield f"not proved: {what}"
    for override in verdict.lifted:
        yield (
            f"lifted: {override.guard} for {override.subject}, approved by {override.approved_by}: "
            f"{override.reason}"
        )
    counts = ", ".join(f"{count} {op}" for op, count in verdict.counts.items()) or "no change"
    outcome = {0: "nothing stands against it", 1: "refused", 3: "not proved to be safe"}[verdict.exit_code]
    yield f"stack {verdict.stack}: {counts}; {outcome}"


def as_json(verdict: Verdict) -> str:
    """The same for programs."""
    return json.dumps(
        {
            "stack": verdict.stack,
            "changes": verdict.counts,
            "exit_code": verdict.exit_code,
            "refusals": [
                {
                    "guard": refusal.guard,
                    "subject": refusal.subject,
                    "message": refusal.message,
                    "can_be_lifted": not refusal.final,
                }
                for refusal in verdict.refusals
            ],
            "lifted": [override.model_dump() for override in verdict.lifted],
            "unproven": list(verdict.unproven),
        },
        indent=2,
        ensure_ascii=False,
    )
