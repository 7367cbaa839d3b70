"""Membership: one principal in one registry, for hand-written programs; all others are left alone."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

import pulumi
from pulumi.dynamic import CreateResult, ReadResult, Resource, UpdateResult
from pydantic import Field

from providers.adapter import (
    Adapter,
    Inputs,
    Props,
    Session,
    default_role,
    find_registry,
    registry_of,
    session,
    without_provider,
)
from providers.args import to_props
from providers.declared import declare_item
from wandb_registry.guards.failures import Refusal, lifted
from wandb_registry.guards.members import Members, check_members
from wandb_registry.reconcile.admission import DEFAULT_ROLE, tolerated_by
from wandb_registry.reconcile.membership_goal import MembershipsGoal, read_members
from wandb_registry.reconcile.memberships import apply_memberships, remove_memberships
from wandb_registry.server.members import Principal
from wandb_registry.server.registries import Registry
from wandb_registry.state.inventory import Boundary
from wandb_registry.state.roles import Role


class MembershipInputs(Inputs):
    """See `MembershipArgs`."""

    registry: str
    kind: Literal["user", "team"]
    principal: str
    role: Role
    adopt: bool = False
    boundary: Boundary = Field(default_factory=dict)

    @property
    def who(self) -> Principal:
        """The principal."""
        return Principal(self.kind, self.principal)

    @property
    def members(self) -> Members:
        """The one membership, as the guards read it."""
        roles = {self.principal: self.role}
        return Members(users=roles) if self.kind == "user" else Members(teams=roles)


class MembershipProvider(Adapter[MembershipInputs]):
    """Adds, changes and removes one member."""

    model = MembershipInputs
    not_compared = frozenset({"overrides", "boundary", "adopt"})

    def guards(self, old: MembershipInputs | None, new: MembershipInputs) -> Iterator[Refusal]:
        """Widening and loss of download; the last admin is looked for on the server."""
        if old and old.who != new.who:
            message = "a membership keeps its principal; declare another resource for another principal"
            yield Refusal("principal-fixed", f"{new.registry}/{new.principal}", message, final=True)
        before = old.members if old else None
        checks = check_members(new.registry, before, new.members, new.boundary, keep_creator=True)
        yield from (refusal for refusal in checks if refusal.guard != "last-admin")

    def create(self, props: Props) -> CreateResult:
        """Add the member, or adopt it where `adopt` says so."""
        new, current = self.inputs(props), session(props)
        registry = find_registry(current, new.registry)
        return CreateResult(f"{registry.id}/{new.who}", _apply(current, registry, new, {}, props))

    def read(self, id_: str, props: Props) -> ReadResult:
        """The member's role; out of the state where the complete list lacks it."""
        old, current = self.inputs(props), session(props)
        registry = registry_of(current, props)
        if registry is None:
            return ReadResult("", {})
        _, live = read_members(current.port, current.organization, registry, _goal(old, props))
        if old.who not in live:
            return ReadResult("", {})
        seen = {"registry": registry.name, "role": str(live[old.who].role)}
        outs = {**without_provider(props), **seen}
        return ReadResult(id_, outs, MembershipInputs.among(outs))

    def update(self, _id: str, olds: Props, news: Props) -> UpdateResult:
        """Change the role."""
        new, current = self.inputs(news), session({**olds, "organization": news["organization"]})
        registry = find_registry(current, new.registry, str(olds.get("registry_id", "")))
        return UpdateResult(_apply(current, registry, new, olds, news))

    def delete(self, _id: str, props: Props) -> None:
        """Remove the member where this resource added it."""
        old, current = self.inputs(props), session(props)
        registry = registry_of(current, props)
        if registry is not None:
            remove_memberships(current.port, current.organization, registry, _goal(old, props))


def _goal(inputs: MembershipInputs, outs: Mapping[str, Any]) -> MembershipsGoal:
    return MembershipsGoal(
        roles={inputs.who: inputs.role},
        applied=frozenset({inputs.who} if outs.get("added") else ()),
        baseline=frozenset({inputs.who} if inputs.adopt and not outs.get("added") else ()),
        shown=frozenset({inputs.who} if outs else ()),
        tolerated=tolerated_by(lifted(inputs.overrides, DEFAULT_ROLE, inputs.registry)),
    )


def _apply(
    current: Session, registry: Registry, inputs: MembershipInputs, olds: Mapping[str, Any], props: Props
) -> Props:
    goal = replace(_goal(inputs, olds), default_role=default_role())
    _, before = read_members(current.port, current.organization, registry, goal)
    apply_memberships(current.port, current.organization, registry, goal, first=False)
    added = bool(olds["added"]) if "added" in olds else not (inputs.adopt and inputs.who in before)
    return without_provider(props) | current.pin | {"registry_id": registry.id, "added": added}


@dataclass(frozen=True, kw_only=True)
class MembershipArgs:
    """One member of one registry."""

    organization: pulumi.Input[str]
    """Display name or entity name of the organization."""
    registry: pulumi.Input[str]
    """The registry's name."""
    kind: str
    """`user` or `team`."""
    principal: pulumi.Input[str]
    """The username, or the team's name."""
    role: pulumi.Input[str]
    """restricted_viewer, viewer, member or admin."""
    adopt: bool = False
    """Whether a member who is there already is taken over; it is then never removed."""
    boundary: Mapping[str, Mapping[str, str]] | None = None
    """The recorded boundary, legacy team -> person -> role."""
    overrides: Sequence[Mapping[str, str]] = ()
    """Guards that reviewers lift: `{guard, subject, reason, approved_by}` each."""


class Membership(Resource, module="membership", name="Membership"):
    """One principal's membership in one registry."""

    added: pulumi.Output[bool]
    """Whether this resource added the member (an adopted one is never removed)."""

    def __init__(self, name: str, args: MembershipArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        """`name` is the resource's name in the stack."""
        declare_item("members", args.registry)
        super().__init__(MembershipProvider(), name, {**to_props(args), "added": None}, opts)
