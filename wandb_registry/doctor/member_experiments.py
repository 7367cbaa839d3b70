"""Experiments with members: the creator, a guest who is added for a moment, and somebody's seat."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from wandb_registry.doctor.findings import Finding
from wandb_registry.doctor.lab import REFUSALS, Experiment, Lab
from wandb_registry.doctor.questions import QUESTIONS
from wandb_registry.errors import UserError
from wandb_registry.server.collections import create_collection
from wandb_registry.server.errors import NotVisible
from wandb_registry.server.members import (
    Member,
    Principal,
    add_members,
    find_team,
    list_members,
    organization_people,
    remove_members,
    search_user,
    set_roles,
)
from wandb_registry.server.organizations import Organization
from wandb_registry.server.port import Port
from wandb_registry.server.viewer import get_viewer
from wandb_registry.state.roles import Role

# What the reconcilers take for a member that was added and has no role yet.
_EXPECTED_DEFAULTS = (Role.RESTRICTED_VIEWER, Role.VIEWER)


class UnknownPrincipal(UserError):
    """The user or team to try with is not known."""


@dataclass(frozen=True, slots=True)
class Guest:
    """Somebody who is added to the throwaway registry for a moment."""

    principal: Principal
    id: str


def find_guest(port: Port, organization: Organization, name: str) -> Guest:
    """A team or a user by name; UnknownPrincipal where the key finds neither."""
    team = find_team(port, name)
    if team is not None:
        return Guest(Principal("team", name), team)
    people = organization_people(port, organization)
    user = people.get(name) if people is not None else search_user(port, name)
    if user is None:
        raise UnknownPrincipal(f"{name} is neither a team nor a user of {organization} that this key can see")
    return Guest(Principal("user", name), user)


def membership(username: str, guest: Guest | None) -> Experiment:
    """Who is admin after the creation, and how a guest gets a role."""

    def run(lab: Lab) -> Iterator[Finding]:
        question, evidence = QUESTIONS["creator_is_admin"], "the members of a registry just created"
        try:
            members = list_members(lab.port, lab.organization, lab.registry.project)
        except NotVisible:
            yield question.answer("no: its creator does not see it", evidence)
            return
        mine = members.get(Principal("user", username))
        is_admin = mine is not None and mine.role is Role.ADMIN
        found = "yes" if is_admin else f"no: {mine.role if mine else 'no member'}"
        yield question.answer(found, evidence)
        if guest is None:
            for open_question in ("default_role", "restricted_viewers", "role_needs_member"):
                yield QUESTIONS[open_question].unknown(
                    "nobody to add", "Give --principal, a user or a team", needed=False
                )
            return
        try:
            yield from _as_guest(lab, guest)
        finally:
            remove_members(lab.port, lab.registry.id, {guest.principal: guest.id})

    return Experiment(run, ("creator_is_admin", "default_role", "restricted_viewers", "role_needs_member"))


def seats(ordinary: Port | None, *, viewer_seat: bool) -> Experiment:
    """Whether a viewer's seat limits a member's role; `viewer_seat`: the second key's person has one."""

    def run(lab: Lab) -> Iterator[Finding]:
        question = QUESTIONS["seats"]
        if ordinary is None or not viewer_seat:
            yield question.unknown(
                "no key of somebody with a viewer's seat", "Give --second-key and --viewer-seat", needed=False
            )
            return
        viewer = get_viewer(ordinary)
        guest = Guest(Principal("user", viewer.username), viewer.id)
        try:
            add_members(lab.port, lab.registry.id, {guest.principal: guest.id})
            _set_role(lab, guest, Role.MEMBER)
            yield question.answer(_limited(lab, ordinary), "a member with a viewer's seat makes a collection")
        finally:
            remove_members(lab.port, lab.registry.id, {guest.principal: guest.id})

    return Experiment(run, ("seats",))


def _as_guest(lab: Lab, guest: Guest) -> Iterator[Finding]:
    question = QUESTIONS["role_needs_member"]
    refused = _set_role(lab, guest, Role.VIEWER)
    there = _find(lab, guest) is not None
    found = "yes" if refused and not there else ("no: it adds them" if there else "no: nothing happens")
    yield question.answer(found, f"a role given to a {guest.principal.kind} that is no member")
    if there:
        remove_members(lab.port, lab.registry.id, {guest.principal: guest.id})
    add_members(lab.port, lab.registry.id, {guest.principal: guest.id})
    member = _find(lab, guest)
    if member is None:
        raise NotVisible("the member that was added does not read back")
    yield QUESTIONS["default_role"].answer(
        str(member.role),
        f"a {guest.principal.kind} added without a role",
        needed=member.role not in _EXPECTED_DEFAULTS,
    )
    problem = _set_role(lab, guest, Role.RESTRICTED_VIEWER)
    evidence = f"the role given to a {guest.principal.kind}"
    yield QUESTIONS["restricted_viewers"].answer(f"no: {problem}" if problem else "yes", evidence)


def _find(lab: Lab, guest: Guest) -> Member | None:
    members = list_members(lab.port, lab.organization, lab.registry.project)
    return next((one for one in members.values() if one.id == guest.id), None)


def _set_role(lab: Lab, guest: Guest, role: Role) -> str:
    """Give a role; answers the server's refusal, or nothing."""
    member = Member(guest.principal, guest.id, role)
    try:
        problems = set_roles(lab.port, lab.registry.id, [(member, role)])
    except REFUSALS as error:
        return error.message
    problem = problems.get(guest.principal)
    if problem is not None and not isinstance(problem, REFUSALS):
        raise problem
    return problem.message if problem is not None else ""


def _limited(lab: Lab, ordinary: Port) -> str:
    try:
        create_collection(ordinary, lab.home, "doctor-seat", lab.sources.artifact_type, None)
    except REFUSALS:
        return "yes"
    return f"no: {get_viewer(ordinary).username} may write"
