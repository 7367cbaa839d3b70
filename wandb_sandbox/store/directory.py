"""The directory of an organization: its people with role, seat and teams; its teams; its own roles."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from wandb_sandbox.store import rows
from wandb_sandbox.store.database import Database, columns

if TYPE_CHECKING:
    from wandb_sandbox.store.rows import Entity, User


class Person(NamedTuple):
    """Somebody in the organization; `teams` are names and roles."""

    user: User
    role: str
    seat: str
    teams: tuple[tuple[str, str], ...]


class Team(NamedTuple):
    """A team and its people."""

    entity: Entity
    members: tuple[User, ...]


def people(db: Database, organization_id: int) -> list[Person]:
    """Everybody in the organization but service accounts, by user id."""
    size = len(rows.User._fields)
    found = db.tuples(
        f"SELECT {columns(rows.User, 'u')}, m.role, m.seat FROM organization_members m "  # noqa: S608
        "JOIN users u ON u.id = m.user_id WHERE m.organization_id = ? AND u.account_type != 'SERVICE' "
        "ORDER BY u.id",
        organization_id,
    )
    memberships = db.tuples(
        "SELECT t.user_id, e.name, t.role FROM team_members t JOIN entities e ON e.id = t.entity_id "
        "WHERE e.organization_id = ? AND t.pending = 0 ORDER BY e.id",
        organization_id,
    )
    teams: dict[int, list[tuple[str, str]]] = {}
    for user_id, team, role in memberships:
        teams.setdefault(user_id, []).append((team, role))
    return [
        Person(rows.User._make(row[:size]), row[size], row[size + 1], tuple(teams.get(row[0], ())))
        for row in found
    ]


def teams(db: Database, organization_id: int) -> list[Team]:
    """The organization's teams by id, with their people by user id, without service accounts."""
    found = db.all(rows.Entity, "WHERE kind = 'team' AND organization_id = ? ORDER BY id", organization_id)
    size = len(rows.User._fields)
    rows_found = db.tuples(
        f"SELECT {columns(rows.User, 'u')}, t.entity_id FROM team_members t "  # noqa: S608
        "JOIN users u ON u.id = t.user_id JOIN entities e ON e.id = t.entity_id "
        "WHERE e.organization_id = ? AND t.pending = 0 AND u.account_type != 'SERVICE' ORDER BY u.id",
        organization_id,
    )
    members: dict[int, list[User]] = {}
    for row in rows_found:
        members.setdefault(row[size], []).append(rows.User._make(row[:size]))
    return [Team(entity, tuple(members.get(entity.id, ()))) for entity in found]


def roles(db: Database, organization_id: int) -> list[tuple[str, str]]:
    """Name and inherited role of the organization's own roles, by name."""
    sql = "SELECT name, inherits FROM custom_roles WHERE organization_id = ? ORDER BY name"
    return [(name, inherits) for name, inherits in db.tuples(sql, organization_id)]
