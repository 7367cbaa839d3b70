"""`pulumi preview --json` and `pulumi stack export`, read strictly.

A failed preview is valid JSON with a part of the steps, so it is rejected, never read as a small plan.
"""

from __future__ import annotations

from collections import Counter
from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from wandb_registry.plan_guard.errors import PreviewRejected, StateRejected

_URN = "urn:pulumi:"
# Steps that change nothing; `replace` stands beside the two that it is made of.
QUIET_STEPS = frozenset({"same", "refresh", "read", "replace"})


class _Read(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore", populate_by_name=True)


class ResourceState(_Read):
    """A resource as a step or a state shows it."""

    urn: str
    type: str
    inputs: dict[str, Any] = Field(default_factory=dict)
    outputs: dict[str, Any] = Field(default_factory=dict)
    retain: bool = Field(False, alias="retainOnDelete")
    leftover: bool = Field(False, alias="delete")  # what a replacement has yet to delete


class Step(_Read):
    """What the engine would do to one resource."""

    op: str
    urn: str
    old: ResourceState | None = Field(None, alias="oldState")
    new: ResourceState | None = Field(None, alias="newState")


class _Diagnostic(_Read):
    message: str = ""
    severity: str = ""


class Preview(_Read):
    """A whole preview."""

    steps: tuple[Step, ...] = ()
    diagnostics: tuple[_Diagnostic, ...] = ()
    counts: dict[str, int] | None = Field(None, alias="changeSummary")

    @property
    def stack(self) -> str:
        """The stack that every step is of, "" where there is none."""
        return next((stack_of(step.urn) for step in self.steps), "")


class _Deployment(_Read):
    resources: tuple[ResourceState, ...] = ()


class _Export(_Read):
    deployment: _Deployment


AnyRead = TypeVar("AnyRead", bound=_Read)


def stack_of(urn: str) -> str:
    """The stack in a URN."""
    return urn.removeprefix(_URN).partition("::")[0]


def read_preview(text: str, name: str) -> Preview:
    """A preview from the JSON in `name`; PreviewRejected where it failed or is not whole."""
    again = "Mend what it says, and make it anew: pulumi preview --json"
    try:
        preview = Preview.model_validate_json(text)
    except ValidationError:
        raise PreviewRejected(f"{name} is no output of `pulumi preview --json`", advice=again) from None
    for diagnostic in preview.diagnostics:
        if diagnostic.severity == "error":
            message = " ".join(diagnostic.message.split()).removeprefix("error: ")
            raise PreviewRejected(f"{name} failed, so it is not the whole plan: {message}", advice=again)
    if preview.counts is None:
        raise PreviewRejected(f"{name} did not run to its end", advice=again)
    shown = Counter(step.op for step in preview.steps if step.op not in QUIET_STEPS)
    counted = {op: count for op, count in preview.counts.items() if op not in QUIET_STEPS and count}
    if shown != counted:
        raise PreviewRejected(f"{name} counts other steps than it shows: it is not whole", advice=again)
    stacks = {stack_of(step.urn) for step in preview.steps}
    if len(stacks) > 1:
        raise PreviewRejected(f"{name} is of several stacks: {', '.join(sorted(stacks))}")
    return preview


def read_state(text: str, name: str, stack: str) -> tuple[ResourceState, ...]:
    """The resources of `pulumi stack export`; StateRejected where it is none, or of another stack."""
    try:
        export = _Export.model_validate_json(text)
    except ValidationError:
        raise StateRejected(f"{name} is no output of `pulumi stack export`") from None
    resources = export.deployment.resources
    others = {stack_of(resource.urn) for resource in resources} - {stack}
    if others and stack:
        raise StateRejected(f"{name} is of stack {', '.join(sorted(others))}, and the preview of {stack}")
    return tuple(resource for resource in resources if not resource.leftover)
