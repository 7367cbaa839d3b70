"""The rights of the access matrix, and which role has which (facts of W&B's role tables)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntFlag

from wandb_registry.state.roles import Role


class Right(IntFlag):
    """What somebody may do to a collection: the columns of the matrix."""

    READ = 1
    """See the collection, its versions and their details."""
    DOWNLOAD = 2
    """Use and download a version."""
    WRITE = 4
    """Link and unlink, aliases, description, tags."""
    PROTECT = 8
    """Put on and take off protected aliases."""
    MANAGE = 16
    """Decide who else may do what."""


NONE = Right(0)
READS = Right.READ | Right.DOWNLOAD
WRITES = READS | Right.WRITE
EVERYTHING = WRITES | Right.PROTECT | Right.MANAGE
COLUMNS = (Right.READ, Right.DOWNLOAD, Right.WRITE, Right.PROTECT, Right.MANAGE)
NAMES = {
    Right.READ: "read",
    Right.DOWNLOAD: "download",
    Right.WRITE: "write",
    Right.PROTECT: "protected aliases",
    Right.MANAGE: "manage",
}

OF_ROLE: dict[Role, Right] = {
    Role.RESTRICTED_VIEWER: Right.READ,
    Role.VIEWER: READS,
    Role.MEMBER: WRITES,
    Role.ADMIN: EVERYTHING,
}
# In a team's projects. Protected aliases are for the Model Registry admins alone, even where there are
# team admins.
OF_TEAM_ROLE: dict[str, Right] = {
    "admin": WRITES | Right.MANAGE,
    "member": WRITES,
    "view-only": READS,
}


@dataclass(frozen=True, slots=True)
class Grant:
    """Rights and why somebody has them; `reason` is "" where there are none."""

    rights: Right = NONE
    reason: str = ""

    def __or__(self, other: Grant) -> Grant:
        """Both together, with the reasons of those that give something."""
        reasons = dict.fromkeys(grant.reason for grant in (self, other) if grant.rights and grant.reason)
        return Grant(self.rights | other.rights, "; ".join(reasons))


def words(rights: Right) -> str:
    """Rights as words, in the order of the columns; `nothing` for none."""
    return ", ".join(NAMES[right] for right in COLUMNS if right in rights) or "nothing"
