"""Members and roles of one registry: the stack file against the target."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from wandb_registry.state.inventory import BaselineRegistry
from wandb_registry.state.models import RegistryState
from wandb_registry.state.roles import Role
from wandb_registry.verify.observation import Observation, Verdict
from wandb_registry.verify.target import TargetMembers, Unreadable


def compare_members(
    name: str, state: RegistryState, found: TargetMembers | Unreadable, baseline: BaselineRegistry | None
) -> Iterator[Observation]:
    """Declared members with their roles, and under `exclusive` everybody else too."""
    if state.members is None:
        return
    if isinstance(found, Unreadable):
        yield Observation(Verdict.UNREADABLE, "members", name, reason=found.reason)
        return
    absent = Verdict.WARNING if state.members.missing_principals == "warn" else Verdict.DIFFERENCE
    yield from _declared(name, "team", state.members.teams, found.teams, absent)
    yield from _declared(name, "user", state.members.users, found.users, absent)
    if state.exclusive:
        old_teams = baseline.teams if baseline else {}
        old_users = baseline.users if baseline else {}
        teams = _others(found.teams, state.members.teams)
        users = _others(found.users, state.members.users)
        creator = creator_of(state, found, baseline)
        yield from _extra(name, "team", teams, old_teams, None)
        yield from _extra(name, "user", users, old_users, creator)


def creator_of(state: RegistryState, found: TargetMembers, baseline: BaselineRegistry | None) -> str | None:
    """The member whom W&B added as it created the registry, where the file keeps it; None for nobody."""
    if baseline is not None or state.members is None or not state.members.keep_creator:
        return None
    return _creator(_others(found.users, state.members.users), ())


def _declared(
    registry: str, what: str, declared: Mapping[str, Role], found: Mapping[str, str], absent: Verdict
) -> Iterator[Observation]:
    folded = {name.casefold(): role for name, role in found.items()}
    for name, role in declared.items():
        subject = f"{registry} {what} {name}"
        live = folded.get(name.casefold())
        if live is None:
            yield Observation(absent, "member", subject, role, "no member")
        elif live != role:
            yield Observation(Verdict.DIFFERENCE, "role", subject, role, live)


def _others(found: Mapping[str, str], declared: Iterable[str]) -> dict[str, str]:
    known = {name.casefold() for name in declared}
    return {name: role for name, role in found.items() if name.casefold() not in known}


def _creator(extra: Mapping[str, str], old: Iterable[str]) -> str | None:
    """The one admin whom W&B added as it created the registry; None where it could be several."""
    known = {name.casefold() for name in old}
    admins = [name for name, role in extra.items() if role == Role.ADMIN and name.casefold() not in known]
    return admins[0] if len(admins) == 1 else None


def _extra(
    registry: str, what: str, extra: Mapping[str, str], old: Iterable[str], creator: str | None
) -> Iterator[Observation]:
    known = {name.casefold() for name in old}
    for name, role in extra.items():
        subject = f"{registry} {what} {name}"
        if name.casefold() in known:
            reason = "was a member before, and the file never named it: it is never removed"
            yield Observation(Verdict.WARNING, "member", subject, "not named", role, reason)
        elif name == creator:
            reason = "creator: W&B makes whoever creates a registry its admin (keep_creator: true)"
            yield Observation(Verdict.NOTE, "creator", subject, "not named", role, reason)
        else:
            yield Observation(Verdict.DIFFERENCE, "member", subject, "no member", role)
