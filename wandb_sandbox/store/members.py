"""Direct members of a registry: users and teams with a role."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wandb_sandbox.errors import NotFoundError
from wandb_sandbox.permissions.roles import RegistryRole
from wandb_sandbox.store import rows
from wandb_sandbox.store.database import Database, columns

if TYPE_CHECKING:
    from wandb_sandbox.store.rows import Entity, User


def add_user(db: Database, project_id: int, user: User, role: RegistryRole) -> None:
    """Add the user with that role; a member keeps the role that it has."""
    db.execute("INSERT OR IGNORE INTO project_members VALUES (?, ?, ?)", project_id, user.id, role.label)


def add_team(db: Database, project_id: int, team: Entity, role: RegistryRole) -> None:
    """Add the team with that role; a member keeps the role that it has."""
    db.execute("INSERT OR IGNORE INTO project_team_members VALUES (?, ?, ?)", project_id, team.id, role.label)


def remove_user(db: Database, project_id: int, user_id: int) -> None:
    """Remove the user; nothing happens to one who is not a member."""
    db.execute("DELETE FROM project_members WHERE project_id = ? AND user_id = ?", project_id, user_id)


def remove_team(db: Database, project_id: int, entity_id: int) -> None:
    """Remove the team; nothing happens to one that is not a member."""
    db.execute(
        "DELETE FROM project_team_members WHERE project_id = ? AND entity_id = ?", project_id, entity_id
    )


def set_user_role(db: Database, project_id: int, user_id: int, role: RegistryRole) -> None:
    """Change a member's role; NotFoundError for somebody who is not a member."""
    sql = "UPDATE project_members SET role = ? WHERE project_id = ? AND user_id = ?"
    if not db.change(sql, role.label, project_id, user_id):
        raise NotFoundError("the user is not a member of the registry")


def set_team_role(db: Database, project_id: int, entity_id: int, role: RegistryRole) -> None:
    """Change a team's role; NotFoundError for a team that is not a member."""
    sql = "UPDATE project_team_members SET role = ? WHERE project_id = ? AND entity_id = ?"
    if not db.change(sql, role.label, project_id, entity_id):
        raise NotFoundError("the team is not a member of the registry")


def users(db: Database, project_id: int) -> list[tuple[User, str]]:
    """The users among the members, with their roles."""
    found = db.tuples(
        f"SELECT {columns(rows.User, 'u')}, m.role FROM project_members m JOIN users u ON u.id = m.user_id "  # noqa: S608
        "WHERE m.project_id = ? ORDER BY u.id",
        project_id,
    )
    return [(rows.User._make(row[:-1]), row[-1]) for row in found]


def teams(db: Database, project_id: int) -> list[tuple[Entity, str]]:
    """The teams among the members, with their roles."""
    found = db.tuples(
        f"SELECT {columns(rows.Entity, 'e')}, m.role FROM project_team_members m "  # noqa: S608
        "JOIN entities e ON e.id = m.entity_id WHERE m.project_id = ? ORDER BY e.id",
        project_id,
    )
    return [(rows.Entity._make(row[:-1]), row[-1]) for row in found]
