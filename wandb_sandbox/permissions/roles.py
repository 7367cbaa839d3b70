"""The roles of registries and teams and what each may do (wandb/docs, models/registry)."""

from __future__ import annotations

from enum import IntEnum, StrEnum

from wandb_sandbox.errors import InvalidError


class Right(StrEnum):
    """What can be done to a project and the things in it."""

    SEE = "see"
    """See collections, versions, settings and members."""
    USE = "use"
    """Use or download a version."""
    WRITE = "write"
    """Create, link, unlink, alias, tag, describe, delete collections; name and accepted types."""
    PROTECT = "protect"
    """Put on and take off protected aliases, and what holds one."""
    MANAGE = "manage"
    """Visibility, members and their roles; delete the registry."""


class RegistryRole(IntEnum):
    """Roles in a registry; a higher one may do all that a lower one may."""

    RESTRICTED_VIEWER = 1
    VIEWER = 2
    MEMBER = 3
    ADMIN = 4

    @property
    def label(self) -> str:
        """The name on the wire."""
        return self.name.lower()

    @classmethod
    def parse(cls, name: str) -> RegistryRole:
        """From the name on the wire; InvalidError for another one."""
        try:
            return next(role for role in cls if role.label == name)
        except StopIteration:
            known = ", ".join(role.label for role in cls)
            raise InvalidError(f"{name!r} is not a registry role; known are {known}") from None


LOWEST: dict[Right, RegistryRole] = {
    Right.SEE: RegistryRole.RESTRICTED_VIEWER,
    Right.USE: RegistryRole.VIEWER,
    Right.WRITE: RegistryRole.MEMBER,
    Right.PROTECT: RegistryRole.ADMIN,
    Right.MANAGE: RegistryRole.ADMIN,
}
"""The lowest registry role that has the right."""

TEAM_ROLES = ("admin", "member", "view-only")
"""The predefined roles in a team; any other name is a custom role, which inherits one of these."""

TEAM_RIGHTS: dict[str, frozenset[Right]] = {
    "admin": frozenset({Right.SEE, Right.USE, Right.WRITE, Right.MANAGE}),
    "member": frozenset({Right.SEE, Right.USE, Right.WRITE}),
    "view-only": frozenset({Right.SEE, Right.USE}),
    "viewer": frozenset({Right.SEE, Right.USE}),
    "restricted_viewer": frozenset({Right.SEE}),
}
"""What a role may do in projects of teams. PROTECT is for the Model Registry admins alone."""


SEAT_RIGHTS: dict[str, frozenset[Right]] = {
    "full": frozenset(Right),
    "viewer": frozenset({Right.SEE, Right.USE}),
    "none": frozenset(),
}
"""What is left of a role to somebody with that seat in the organization."""


def team_rights(role: str) -> frozenset[Right]:
    """The rights of a role in a team or team project; a custom one that nobody defined is as member."""
    return TEAM_RIGHTS.get(role, TEAM_RIGHTS["member"])
