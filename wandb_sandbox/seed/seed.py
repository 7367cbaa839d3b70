"""Fill a new data folder according to a plan."""

from __future__ import annotations

import random
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from wandb_sandbox.errors import SandboxError
from wandb_sandbox.seed import people
from wandb_sandbox.seed.buffer import Buffer
from wandb_sandbox.seed.collections import Places, Writer
from wandb_sandbox.seed.content import CONTENTS, NAMES, file
from wandb_sandbox.seed.plan import ADMIN, ORGANIZATION, TAGS, SeedPlan, teams
from wandb_sandbox.server import take_folder
from wandb_sandbox.store.database import Database
from wandb_sandbox.store.objects import Objects

if TYPE_CHECKING:
    import os

    from wandb_sandbox.seed.people import Team
    from wandb_sandbox.store.rows import Organization

KINDS = ("model", "dataset")
_STAMPED = ("organizations", "entities", "users", "projects", "artifact_types")


class Seeded(NamedTuple):
    """What was made, and the key with which all of it can be seen."""

    organization: str
    teams: int
    collections: int
    links: int
    versions: int
    admin: str
    key: str


def seed(folder: str | os.PathLike[str], plan: SeedPlan) -> Seeded:
    """Make everything in one transaction; SandboxError for a folder in use or one that has content."""
    path = Path(folder)
    lock = take_folder(path)
    try:
        db = Database(path)
        try:
            if db.value("SELECT count(*) FROM organizations"):
                raise SandboxError(f"{path} has content already; name a new folder")
            with db.transaction():
                _fill(db, Objects(path / "files"), plan)
            return _summary(db)
        finally:
            db.close()
    finally:
        lock.release()


def _fill(db: Database, objects: Objects, plan: SeedPlan) -> None:
    draw = random.Random(f"rows {plan.seed}")  # noqa: S311 (the same every time is the point)
    buffer = Buffer(db)
    organization, admin = people.organization(db)
    tags = {name: buffer.make("tags", name=name) for name in TAGS}
    writer, before = Writer(buffer, draw, tags), None
    for number, (name, listed) in enumerate(teams(plan)):
        team = people.team(db, name, organization, admin, before)
        places = _places(buffer, organization, team, admin.id, open_to_all=number % 5 == 0)
        first: dict[str, int] = {}
        for one in listed:
            shared = first.get(one.kind) if one.links > 2 and draw.random() < 0.1 else None
            made = writer.collection(one, places, team, shared)
            first.setdefault(one.kind, made)
        _objects(buffer, objects, team)
        buffer.flush()
        before = team
    for table in _STAMPED:
        db.execute(f"UPDATE {table} SET created_at = '2024-01-01T00:00:00.000000Z'")  # noqa: S608
    db.execute("UPDATE projects SET updated_at = created_at")


def _places(
    buffer: Buffer, organization: Organization, team: Team, admin_id: int, *, open_to_all: bool
) -> Places:
    """The team's source project, its legacy registry, and a registry of which it is a member."""
    own = team.entity.id
    wanted = (
        (own, "training", "PRIVATE", 0),
        (own, "model-registry", "PRIVATE", 0),
        (organization.entity_id, f"wandb-registry-{team.entity.name}", "RESTRICTED", 1),
    )
    ids = []
    for entity, name, access, is_registry in wanted:
        stamp = buffer.stamp()
        made = buffer.make(
            "projects",
            entity_id=entity,
            name=name,
            access="PRIVATE" if is_registry and open_to_all else access,
            allow_all_types=1 - is_registry,
            is_registry=is_registry,
            creator_id=admin_id,
            created_at=stamp,
            updated_at=stamp,
        )
        ids.append(made)
    types = {
        (project, kind): buffer.make("artifact_types", project_id=project, name=kind, created_at=stamp)
        for project in ids
        for kind in KINDS
    }
    buffer.add("project_members", project_id=ids[2], user_id=admin_id, role="admin")
    buffer.add("project_members", project_id=ids[2], user_id=team.admin.id, role="admin")
    buffer.add("project_team_members", project_id=ids[2], entity_id=own, role="member")
    buffer.add("project_protected_aliases", project_id=ids[2], alias="production")
    return Places(ids[0], ids[1], ids[2], types)


def _objects(buffer: Buffer, objects: Objects, team: Team) -> None:
    """The contents of the team's files: each is kept once, however many versions have it."""
    for position in range(len(NAMES)):
        for number in range(CONTENTS):
            one = file(position, number)
            objects.put(objects.artifact_file(team.entity.id, one.hexdigest), one.content)
            buffer.add("objects", entity_id=team.entity.id, md5=one.hexdigest, size=len(one.content))


def _summary(db: Database) -> Seeded:
    def count(where: str) -> int:
        return int(db.value(f"SELECT count(*) FROM {where}"))  # noqa: S608

    return Seeded(
        ORGANIZATION,
        count("entities WHERE kind = 'team'"),
        count("collections WHERE kind = 'PORTFOLIO'"),
        count("memberships m JOIN collections c ON c.id = m.collection_id WHERE c.kind = 'PORTFOLIO'"),
        count("artifacts"),
        ADMIN,
        people.key_of(ADMIN),
    )
