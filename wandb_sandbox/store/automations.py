"""Automations (triggers): what they are, which of them an event fires, and the log of those that fired.

Nothing is sent anywhere: an automation that fires is a row in the log.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from wandb_sandbox import ids
from wandb_sandbox.errors import ConflictError, NotFoundError
from wandb_sandbox.store import rows
from wandb_sandbox.store.database import Database, now

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from wandb_sandbox.store.rows import Integration, Trigger

LINK, UNLINK, CREATE = "LINK_MODEL", "UNLINK_ARTIFACT", "CREATE_ARTIFACT"
ADD_ALIAS = "ADD_ARTIFACT_ALIAS"
COLLECTION, PROJECT, ENTITY = "ARTIFACT_COLLECTION", "PROJECT", "ENTITY"
COLUMNS = (
    "name",
    "description",
    "enabled",
    "scope_type",
    "scope_id",
    "event_type",
    "event_filter",
    "action_type",
    "action_config",
)
"""What `create` and `update` take."""


def by_id(db: Database, ident: int) -> Trigger:
    """By id; NotFoundError if there is none."""
    found = db.one(rows.Trigger, "WHERE id = ?", ident)
    if found is None:
        raise NotFoundError("automation not found")
    return found


def create(db: Database, user_id: int, values: Mapping[str, Any]) -> Trigger:
    """A new automation; ConflictError if its scope has one of that name."""
    _refuse_taken(db, values["scope_type"], values["scope_id"], values["name"], 0)
    stamp = now()
    ident = db.execute(
        f"INSERT INTO triggers ({', '.join(COLUMNS)}, user_id, created_at, updated_at) "  # noqa: S608
        f"VALUES ({', '.join('?' * (len(COLUMNS) + 3))})",
        *(values.get(column) for column in COLUMNS),
        user_id,
        stamp,
        stamp,
    )
    return by_id(db, ident)


def update(db: Database, found: Trigger, values: Mapping[str, Any]) -> Trigger:
    """Change what is given; None leaves it."""
    changed = found._replace(**{name: value for name, value in values.items() if value is not None})
    _refuse_taken(db, changed.scope_type, changed.scope_id, changed.name, found.id)
    assigned = ", ".join(f"{column} = ?" for column in COLUMNS)
    db.execute(
        f"UPDATE triggers SET {assigned}, updated_at = ? WHERE id = ?",  # noqa: S608
        *(getattr(changed, column) for column in COLUMNS),
        now(),
        found.id,
    )
    return by_id(db, found.id)


def _refuse_taken(db: Database, scope_type: str, scope_id: int, name: str, ident: int) -> None:
    sql = "SELECT 1 FROM triggers WHERE scope_type = ? AND scope_id = ? AND name = ? AND id != ?"
    if db.value(sql, scope_type, scope_id, name, ident):
        raise ConflictError(f"an automation {name!r} already exists there")


def delete(db: Database, found: Trigger) -> None:
    """Remove an automation; what it fired stays in the log."""
    db.execute("DELETE FROM triggers WHERE id = ?", found.id)


def add_webhook(db: Database, entity_id: int, name: str, url: str) -> Integration:
    """A webhook of an entity; it is never called."""
    sql = "INSERT INTO integrations (entity_id, kind, name, target) VALUES (?, 'webhook', ?, ?)"
    return integration(db, db.execute(sql, entity_id, name, url))


def integration(db: Database, ident: int) -> Integration:
    """By id; NotFoundError if there is none."""
    found = db.one(rows.Integration, "WHERE id = ?", ident)
    if found is None:
        raise NotFoundError("integration not found")
    return found


def happened(
    db: Database,
    event: str,
    collection_id: int,
    artifact_id: int | None = None,
    *,
    aliases: Iterable[str] = (),
    tags: Iterable[str] = (),
) -> None:
    """Log every enabled automation whose scope holds the collection and whose filter the event meets."""
    found = db.all(
        rows.Trigger,
        "WHERE enabled = 1 AND event_type = ? AND ((scope_type = 'ARTIFACT_COLLECTION' AND scope_id = ?) "
        "OR (scope_type = 'PROJECT' AND scope_id = (SELECT project_id FROM collections WHERE id = ?)) "
        "OR (scope_type = 'ENTITY' AND scope_id = (SELECT p.entity_id FROM collections c "
        "JOIN projects p ON p.id = c.project_id WHERE c.id = ?))) ORDER BY id",
        event,
        collection_id,
        collection_id,
        collection_id,
    )
    facts = {"alias": list(aliases), "tag": list(tags)}
    for one in found:
        if _meets(json.loads(one.event_filter), facts):
            _log(db, one, event, collection_id, artifact_id, facts)


def _log(
    db: Database,
    fired: Trigger,
    event: str,
    collection_id: int,
    artifact_id: int | None,
    facts: dict[str, list[str]],
) -> None:
    db.execute(
        "INSERT INTO fired_triggers (trigger_id, name, event_type, project_id, collection_id, artifact_id, "
        "detail, created_at) SELECT ?, ?, ?, project_id, id, ?, ?, ? FROM collections WHERE id = ?",
        fired.id,
        fired.name,
        event,
        artifact_id,
        json.dumps(facts),
        now(),
        collection_id,
    )


def fired(db: Database, since: int = 0) -> list[dict[str, Any]]:
    """The automations that fired, oldest first, after number `since`; what is gone since is null."""
    found = db.tuples(
        "SELECT f.id, f.trigger_id, f.name, f.event_type, e.name, p.name, c.name, f.artifact_id, f.detail, "
        "f.created_at FROM fired_triggers f LEFT JOIN projects p ON p.id = f.project_id "
        "LEFT JOIN entities e ON e.id = p.entity_id LEFT JOIN collections c ON c.id = f.collection_id "
        "WHERE f.id > ? ORDER BY f.id",
        since,
    )
    return [
        {
            "number": row[0],
            "automation": ids.encode("Trigger", row[1]),
            "name": row[2],
            "event": row[3],
            "entity": row[4],
            "project": row[5],
            "collection": row[6],
            "artifact": None if row[7] is None else ids.encode("Artifact", row[7]),
            **{
                f"{key}es" if key == "alias" else f"{key}s": value
                for key, value in json.loads(row[8]).items()
            },
            "time": row[9],
        }
        for row in found
    ]


_TESTS: dict[str, Callable[[list[str], Any], bool]] = {
    "$eq": lambda values, wanted: wanted in values,
    "$ne": lambda values, wanted: wanted not in values,
    "$in": lambda values, wanted: any(value in wanted for value in values),
    "$nin": lambda values, wanted: not any(value in wanted for value in values),
    "$contains": lambda values, wanted: any(wanted in value for value in values),
    "$regex": lambda values, wanted: any(re.search(wanted, value) for value in values),
    "$exists": lambda values, wanted: bool(values) is bool(wanted),
}


def _meets(wanted: Any, facts: dict[str, list[str]]) -> bool:
    """Whether an event meets a Mongo-style filter over `alias` and `tag`; an unknown part is not met."""
    if not isinstance(wanted, dict):
        return False
    return all(_meets_part(key, value, facts) for key, value in wanted.items())


def _meets_part(key: str, value: Any, facts: dict[str, list[str]]) -> bool:
    if key in ("$and", "$or", "$nor"):
        parts = [_meets(part, facts) for part in value]
        return {"$and": all(parts), "$or": any(parts) or not parts, "$nor": not any(parts)}[key]
    if key == "$not":
        return not _meets(value, facts)
    if key not in facts:
        return False
    tests = value if isinstance(value, dict) else {"$eq": value}
    return all(test in _TESTS and _TESTS[test](facts[key], operand) for test, operand in tests.items())
