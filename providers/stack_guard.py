"""StackGuard: the rules that span resources, checked before any of them.

A resource taken out of a program gets no `check`, and a `check` sees only its own inputs; so one
resource a stack, declared first, on which all others depend, carries a summary of them all.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pulumi
from pulumi.dynamic import CreateResult, ReadResult, Resource, UpdateResult
from pydantic import Field

from providers.adapter import (
    Adapter,
    Inputs,
    Props,
    session,
    without_provider,
)
from providers.args import to_props
from providers.automations import stop_for_automations
from wandb_registry.guards.automations import writes_of_stack
from wandb_registry.guards.failures import Refusal
from wandb_registry.guards.stack import RegistrySummary, Stack, check_stack, split
from wandb_registry.state.models import Model, Visibility
from wandb_registry.state.roles import Role


class Summary(Model):
    """One registry: members by label; by collection the number of links, the fingerprints of sources, and a
    digest of aliases and tags."""

    visibility: Visibility
    members: dict[str, Role] = Field(default_factory=dict)
    collections: dict[str, str] = Field(default_factory=dict)
    sources: dict[str, str] = Field(default_factory=dict)
    marks: dict[str, str] = Field(default_factory=dict)
    renamed_from: str | None = None
    renamed_collections: dict[str, str] = Field(default_factory=dict)

    @property
    def summary(self) -> RegistrySummary:
        """As the guards read it."""
        return RegistrySummary(
            self.visibility,
            self.members,
            {name: split(self.sources.get(name, "")) for name in self.collections},
            self.renamed_from,
            self.renamed_collections,
            self.marks,
        )


class StackGuardInputs(Inputs):
    """See `StackGuardArgs`."""

    registries: dict[str, Summary] = Field(default_factory=dict)

    @property
    def summaries(self) -> Stack:
        """As the guards read them."""
        return {name: registry.summary for name, registry in self.registries.items()}

    @property
    def contents(self) -> dict[str, tuple[object, ...]]:
        """What links, aliases and tags each registry is to hold."""
        return {name: (r.collections, r.sources, r.marks) for name, r in self.registries.items()}


class StackGuardProvider(Adapter[StackGuardInputs]):
    """Checks without a request, and before the first write of a run asks what that write would set off."""

    model = StackGuardInputs

    def guards(self, old: StackGuardInputs | None, new: StackGuardInputs) -> Iterator[Refusal]:
        """Every rule that spans resources."""
        if old is not None:
            yield from check_stack(old.summaries, new.summaries)

    def differs(self, old: StackGuardInputs, new: StackGuardInputs) -> bool:
        """Only where a write hangs on it: the engine keeps the newest inputs by itself.

        So a renamed team, or a `renamed_from` that has served, leaves a stack unchanged.
        """
        return old.contents != new.contents

    def create(self, props: Props) -> CreateResult:
        """Stop where automations would fire, else remember the summary."""
        self._require_quiet({}, props)
        return CreateResult("guard", without_provider(props))

    def read(self, id_: str, props: Props) -> ReadResult:
        """The summary is of the file, so there is nothing to read."""
        return ReadResult(id_, without_provider(props))

    def update(self, _id: str, olds: Props, news: Props) -> UpdateResult:
        """Stop where automations would fire, else remember the new summary."""
        self._require_quiet(self.inputs(olds).summaries, news)
        return UpdateResult(without_provider(news))

    def delete(self, _id: str, _props: Props) -> None:
        """Nothing is there to be deleted."""

    def _require_quiet(self, old: Stack, props: Props) -> None:
        new = self.inputs(props)
        stop_for_automations(session(props), new.overrides, *writes_of_stack(old, new.summaries))


@dataclass(frozen=True, kw_only=True)
class StackGuardArgs:
    """A summary of a stack."""

    organization: str
    """Display name or entity name of the organization."""
    registries: Mapping[str, Mapping[str, Any]]
    """Registry -> `{visibility, members, collections, sources, marks?, renamed_from?,
    renamed_collections?}`."""
    overrides: Sequence[Mapping[str, str]] = ()
    """Guards that reviewers lift: `{guard, subject, reason, approved_by}` each."""


class StackGuard(Resource, module="stack_guard", name="StackGuard"):
    """The guards of one stack."""

    def __init__(self, name: str, args: StackGuardArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        """`name` is the resource's name in the stack."""
        super().__init__(StackGuardProvider(), name, to_props(args), opts)
