"""Memberships: all members of one registry, exclusive or additive."""

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
from providers.declared import declare_set
from providers.engine_link import warn
from providers.shown_errors import PartlyDone
from wandb_registry.guards.failures import Refusal, lifted
from wandb_registry.guards.members import Members, check_members, check_service_accounts
from wandb_registry.guards.records import check_records
from wandb_registry.reconcile.admission import DEFAULT_ROLE, tolerated_by
from wandb_registry.reconcile.errors import EntriesFailed
from wandb_registry.reconcile.membership_goal import (
    MembershipsGoal,
    MembershipsOutcome,
    namesakes,
    read_members,
    under_another_name,
)
from wandb_registry.reconcile.memberships import apply_memberships, remove_memberships
from wandb_registry.reconcile.principals import Live, still_missing
from wandb_registry.server.members import Principal
from wandb_registry.server.registries import Registry
from wandb_registry.state.inventory import Boundary
from wandb_registry.state.roles import Role


class MembershipsInputs(Inputs):
    """See `MembershipsArgs`."""

    registry: str
    users: dict[str, Role] = Field(default_factory=dict)
    teams: dict[str, Role] = Field(default_factory=dict)
    exclusive: bool = False
    keep_creator: bool = True
    missing_principals: Literal["fail", "warn"] = "fail"
    baseline: tuple[str, ...] = ()
    ids: dict[str, str] = Field(default_factory=dict)
    service_accounts: tuple[str, ...] = ()
    boundary: Boundary = Field(default_factory=dict)
    strange_teams: dict[str, tuple[str, ...]] = Field(default_factory=dict)

    @property
    def members(self) -> Members:
        """The members as the guards read them."""
        return Members(self.users, self.teams)

    @property
    def roles(self) -> dict[Principal, Role]:
        """The desired role of each principal."""
        users = {Principal("user", name): role for name, role in self.users.items()}
        return users | {Principal("team", name): role for name, role in self.teams.items()}


class MembershipsProvider(Adapter[MembershipsInputs]):
    """Adds, changes and removes the members of one registry."""

    model = MembershipsInputs
    not_compared = frozenset({"overrides", "boundary", "ids", "service_accounts", "strange_teams"})

    def guards(self, old: MembershipsInputs | None, new: MembershipsInputs) -> Iterator[Refusal]:
        """Widening, loss of download, the last admin, large removals, and a lost baseline."""
        yield from check_members(
            new.registry,
            old.members if old else None,
            new.members,
            new.boundary,
            keep_creator=new.keep_creator,
            strange_teams=new.strange_teams,
        )
        yield from check_service_accounts(new.registry, new.users, new.service_accounts)
        if old:
            yield from check_records(new.registry, baseline=(old.baseline, new.baseline))

    def create(self, props: Props) -> CreateResult:
        """Adopt the members of the baseline, add the others, and note who created the registry."""
        new, current = self.inputs(props), session(props)
        registry = find_registry(current, new.registry)
        outs = _apply(current, registry, _goal(new, {}), props, first=True)
        return CreateResult(registry.id, outs)

    def read(self, id_: str, props: Props) -> ReadResult:
        """Who is there; members that came by other hands show under `exclusive`.

        Whom an earlier run found missing shows as desired as long as nobody has the name, with a warning.
        """
        old, current = self.inputs(props), session(props)
        registry = registry_of(current, props, id_)
        if registry is None:
            return ReadResult("", {})
        goal, live = read_members(current.port, current.organization, registry, _goal(old, props))
        missing = _still_missing(current, registry, goal, live, props)
        shown = {**MembershipsInputs.among(props), **_shown(goal, live, missing), "registry": registry.name}
        return ReadResult(id_, {**_rest(props), **shown}, shown)

    def update(self, id_: str, olds: Props, news: Props) -> UpdateResult:
        """Bring the members to what is desired."""
        new, current = self.inputs(news), session({**olds, "organization": news["organization"]})
        registry = find_registry(current, new.registry, id_)
        goal = replace(_goal(new, olds), shown=frozenset(self.inputs(olds).roles))
        return UpdateResult(_apply(current, registry, goal, news, first=False))

    def delete(self, id_: str, props: Props) -> None:
        """Remove the members that this resource applied."""
        old, current = self.inputs(props), session(props)
        registry = registry_of(current, props, id_)
        if registry is not None:
            remove_memberships(current.port, current.organization, registry, _goal(old, props))


def label(principal: Principal) -> str:
    """A principal as it stands in inputs and state: `user alice`, `team fraud`."""
    return str(principal)


def parse_label(text: str) -> Principal:
    """The principal behind a label."""
    kind, _, name = text.partition(" ")
    return Principal("team" if kind == "team" else "user", name)


def _goal(inputs: MembershipsInputs, outs: Mapping[str, Any]) -> MembershipsGoal:
    return MembershipsGoal(
        roles=inputs.roles,
        exclusive=inputs.exclusive,
        keep_creator=inputs.keep_creator,
        warn_missing=inputs.missing_principals == "warn",
        baseline=frozenset(map(parse_label, inputs.baseline)),
        applied=frozenset(map(parse_label, outs.get("applied") or ())),
        creator=outs.get("creator") or None,
        ids=_by_principal(inputs.ids),
        known=_by_principal(outs.get("known_ids") or {}),
        service_accounts=frozenset(Principal("user", name) for name in inputs.service_accounts),
        tolerated=tolerated_by(lifted(inputs.overrides, DEFAULT_ROLE, inputs.registry)),
    )


def _by_principal(ids: Mapping[str, str]) -> dict[Principal, str]:
    return {parse_label(text): member_id for text, member_id in ids.items()}


def _apply(
    current: Session, registry: Registry, goal: MembershipsGoal, props: Props, *, first: bool
) -> Props:
    goal = replace(goal, default_role=default_role())
    try:
        outcome = apply_memberships(current.port, current.organization, registry, goal, first=first)
    except EntriesFailed as failed:
        done: MembershipsOutcome = failed.done
        shown = _shown(replace(goal, creator=done.creator), done.members, done.missing)
        inputs = {**MembershipsInputs.among(props), **shown}
        _tell(registry, done)
        raise PartlyDone(str(failed), registry.id, inputs, inputs | _facts(current, registry, done)) from None
    _tell(registry, outcome)
    return MembershipsInputs.among(props) | _facts(current, registry, outcome)


def _tell(registry: Registry, outcome: MembershipsOutcome) -> None:
    for warning in outcome.warnings:
        warn(f"{registry.name}: {warning}")


def _facts(current: Session, registry: Registry, outcome: MembershipsOutcome) -> Props:
    return current.pin | {
        "registry_id": registry.id,
        "applied": sorted(map(label, outcome.applied)),
        "creator": outcome.creator or "",
        "missing": sorted(map(label, outcome.missing)),
        "known_ids": {label(principal): outcome.known[principal] for principal in sorted(outcome.known)},
    }


def _still_missing(
    current: Session, registry: Registry, goal: MembershipsGoal, live: Live, props: Props
) -> frozenset[Principal]:
    """Of those whom the last run found missing, whom nobody has come to be since; a warning for each."""
    noted = {parse_label(text) for text in props.get("missing") or ()} & (set(goal.roles) - set(live))
    told = still_missing(current.port, current.organization, noted, goal.record)
    for one in told:
        warn(f"{registry.name}: {one.line(current.organization, registry.name)}")
    return frozenset(one.principal for one in told)


def _shown(goal: MembershipsGoal, live: Live, missing: frozenset[Principal]) -> Props:
    """The desired fields as they are: strangers only where they would be removed, namesakes never."""
    quiet, others = goal.baseline | under_another_name(goal, live), namesakes(goal, live)
    if goal.creator and goal.keep_creator:
        quiet |= {Principal("user", goal.creator)}
    shown = {principal: goal.roles[principal] for principal in missing} | {
        p: m.role
        for p, m in live.items()
        if p not in others and (p in goal.roles or (p not in quiet and (goal.exclusive or p in goal.applied)))
    }
    return {
        "users": {p.name: str(role) for p, role in sorted(shown.items()) if p.kind == "user"},
        "teams": {p.name: str(role) for p, role in sorted(shown.items()) if p.kind == "team"},
    }


def _rest(props: Props) -> Props:
    return {k: v for k, v in without_provider(props).items() if k not in MembershipsInputs.model_fields}


@dataclass(frozen=True, kw_only=True)
class MembershipsArgs:
    """All members of one registry."""

    organization: pulumi.Input[str]
    """Display name or entity name of the organization."""
    registry: pulumi.Input[str]
    """The registry's name."""
    users: Mapping[str, pulumi.Input[str]]
    """Username -> role: restricted_viewer, viewer, member or admin."""
    teams: Mapping[str, pulumi.Input[str]]
    """Team -> role."""
    exclusive: bool = False
    """Whether members who came by other hands are removed; the preview shows them first."""
    keep_creator: bool = True
    """Whether the user who created the registry stays its admin."""
    missing_principals: str = "fail"
    """`fail` or `warn` where a user is proved to have left the organization; an unknown name always fails."""
    baseline: Sequence[str] = ()
    """Members before this stack (`user alice`, `team fraud`): adopted where named, never removed."""
    ids: Mapping[str, str] | None = None
    """Server ids of members, so that a namesake is never taken for one: `user alice` -> id."""
    service_accounts: Sequence[str] | None = None
    """The users who are service accounts: a listing of the organization that lacks them proves nothing."""
    boundary: Mapping[str, Mapping[str, str]] | None = None
    """The recorded boundary, legacy team -> person -> role."""
    strange_teams: Mapping[str, Sequence[str]] | None = None
    """Teams that the boundary does not name -> their people: named where the team is refused."""
    overrides: Sequence[Mapping[str, str]] = ()
    """Guards that reviewers lift: `{guard, subject, reason, approved_by}` each."""


class Memberships(Resource, module="memberships", name="Memberships"):
    """All memberships of one registry; its resource id is the registry's."""

    applied: pulumi.Output[Sequence[str]]
    """The members that this resource added or changed."""
    creator: pulumi.Output[str]
    """The user whom the server made admin at the registry's creation; "" where unknown."""
    missing: pulumi.Output[Sequence[str]]
    """The desired users who have left the organization, under `missing_principals: warn`."""

    def __init__(self, name: str, args: MembershipsArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        """`name` is the resource's name in the stack."""
        declare_set("members", args.registry)
        props = {**to_props(args), "applied": None, "creator": None, "missing": None}
        super().__init__(MembershipsProvider(), name, props, opts)
