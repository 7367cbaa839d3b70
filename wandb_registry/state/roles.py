"""The four roles that a member can hold in a registry, lowest first."""

from __future__ import annotations

from enum import StrEnum


class Role(StrEnum):
    """A role in a registry; comparisons follow what the role may do (facts of W&B's role table)."""

    RESTRICTED_VIEWER = "restricted_viewer"
    VIEWER = "viewer"
    MEMBER = "member"
    ADMIN = "admin"

    @property
    def rank(self) -> int:
        """0 for the lowest role, 3 for admin."""
        return list(Role).index(self)

    @property
    def downloads(self) -> bool:
        """Whether the role may use or download a linked artifact (a restricted viewer may only look)."""
        return self is not Role.RESTRICTED_VIEWER

    def covers(self, other: Role) -> bool:
        """Whether this role may do everything that `other` may."""
        return self.rank >= other.rank


def highest(roles: list[Role]) -> Role:
    """The role among `roles` (not empty) that may do the most."""
    return max(roles, key=lambda role: role.rank)
