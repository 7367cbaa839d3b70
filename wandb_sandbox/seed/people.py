"""The people of the seeded organization: in every role, of the organization and of each team."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from wandb_sandbox.seed.plan import ADMIN, ORGANIZATION, ORGANIZATION_ENTITY
from wandb_sandbox.store import people, projects

if TYPE_CHECKING:
    from wandb_sandbox.store.database import Database
    from wandb_sandbox.store.rows import Entity, Organization, User

_KEY_LENGTH = 40  # what the client takes at least
TEAM_ROLES = ("admin", "member", "member", "member", "view-only", "view-only", "custom-reviewer")


class Team(NamedTuple):
    """A team with those of its people that make things."""

    entity: Entity
    admin: User
    members: tuple[User, ...]


def key_of(username: str) -> str:
    """The API key of a seeded user that the client takes: the name, filled up."""
    return f"{username}-".ljust(_KEY_LENGTH, "k")


def _user(db: Database, name: str, organization_id: int, role: str, **more: bool) -> User:
    made = people.ensure_user(db, name, **more)
    people.add_key(db, made.id, key_of(name))
    people.set_organization_role(db, organization_id, made.id, role)
    return made


def organization(db: Database) -> tuple[Organization, User]:
    """The organization with its admin, viewers, service account, and somebody who is in no team."""
    made = people.ensure_organization(db, ORGANIZATION, ORGANIZATION_ENTITY)
    projects.ensure_core_registries(db, made.entity_id)
    people.set_custom_role(db, made.id, "custom-reviewer", "member")
    admin = _user(db, ADMIN, made.id, "admin")
    _user(db, "seed-viewer", made.id, "viewer")
    _user(db, "seed-teamless", made.id, "member")
    _user(db, "seed-service", made.id, "member", service=True, organization_wide=True)
    return made, admin


def team(db: Database, name: str, organization: Organization, owner: User, neighbour: Team | None) -> Team:
    """The team with people in every role and the owner as admin; one of the team before is in it too."""
    organization_id = organization.id
    entity = people.ensure_team(db, name, organization_id)
    people.set_team_role(db, entity.id, owner.id, "admin")
    users = []
    for number, role in enumerate(TEAM_ROLES):
        user = _user(db, f"{name}-{role}-{number}", organization_id, "member")
        people.set_team_role(db, entity.id, user.id, role)
        users.append(user)
    robot = _user(db, f"{name}-service", organization_id, "member", service=True)
    people.set_team_role(db, entity.id, robot.id, "member")
    if neighbour is not None:
        people.set_team_role(db, entity.id, neighbour.members[0].id, "view-only")
    registry_admin = users[1]
    db.execute("INSERT INTO workflows_admins VALUES (?, ?)", entity.id, registry_admin.id)
    for alias in ("production", "champion"):
        db.execute("INSERT INTO protected_aliases VALUES (?, ?)", entity.id, alias)
    return Team(entity, users[0], tuple(users[1:4]))
