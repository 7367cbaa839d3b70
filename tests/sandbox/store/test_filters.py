from __future__ import annotations

import json
import sqlite3
from typing import Any

import pytest

from wandb_sandbox.errors import InvalidError
from wandb_sandbox.store.database import _regexp
from wandb_sandbox.store.filters import Field, Fields, compile_filter

FIELDS = Fields(
    {
        "name": Field("t.name"),
        "size": Field("t.size"),
        "tag": Field("g.tag", "SELECT 1 FROM tags g WHERE g.owner = t.name"),
    },
    document=("metadata", "t.document"),
)


@pytest.fixture
def db() -> sqlite3.Connection:
    db = sqlite3.connect(":memory:")
    db.create_function("regexp", 2, _regexp)
    db.executescript(
        """CREATE TABLE t (name TEXT, size INTEGER, document TEXT);
        CREATE TABLE tags (owner TEXT, tag TEXT);
        INSERT INTO t VALUES ('a', 1, '{"x": {"y": 3}, "k.d": 1}'),
          ('b', 2, '{"x": {"y": 4}}'), ('c', NULL, NULL);
        INSERT INTO tags VALUES ('a', 'red'), ('a', 'blue'), ('b', 'red');"""
    )
    return db


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        ({}, "abc"),
        ({"name": "a"}, "a"),
        ({"name": {"$ne": "a"}}, "bc"),
        ({"size": {"$gt": 1}}, "b"),
        ({"size": {"$gte": 1, "$lt": 2}}, "a"),
        ({"size": None}, "c"),
        ({"size": {"$ne": None}}, "ab"),
        ({"size": {"$exists": False}}, "c"),
        ({"size": {"$exists": True}}, "ab"),
        ({"name": {"$in": ["a", "c"]}}, "ac"),
        ({"name": {"$nin": ["a", "c"]}}, "b"),
        ({"name": {"$regex": "^[ab]$"}}, "ab"),
        ({"name": {"$contains": "B"}}, "b"),
        ({"$or": [{"name": "a"}, {"size": 2}]}, "ab"),
        ({"$nor": [{"name": "a"}, {"size": 2}]}, "c"),
        ({"$and": [{"name": {"$ne": "b"}}, {"size": {"$lte": 2}}]}, "a"),
        ({"$not": {"size": {"$gt": 1}}}, "ac"),
        ({"size": {"$not": {"$gt": 1}}}, "ac"),
        ({"tag": "red"}, "ab"),
        ({"tag": {"$ne": "blue"}}, "bc"),
        ({"tag": {"$in": ["blue"]}}, "a"),
        ({"tag": {"$nin": ["blue"]}}, "bc"),
        ({"tag": {"$exists": True}}, "ab"),
        ({"metadata.x.y": 3}, "a"),
        ({"metadata.x.y": {"$gt": 3}}, "b"),
        ({"metadata.x.y": {"$not": {"$eq": 3}}}, "bc"),
    ],
)
def test_what_a_filter_finds(db: sqlite3.Connection, wanted: dict[str, Any], expected: str) -> None:
    condition, params = compile_filter(json.dumps(wanted), FIELDS)
    found = db.execute(f"SELECT name FROM t WHERE {condition} ORDER BY name", params).fetchall()  # noqa: S608
    assert "".join(name for (name,) in found) == expected


@pytest.mark.parametrize(
    "text",
    [
        "{",
        "[]",
        '{"other": 1}',
        '{"$where": 1}',
        '{"name": {"$near": 1}}',
        '{"name": {"$regex": "("}}',
        '{"name": {"$regex": 1}}',
        '{"name": {"$in": "a"}}',
        '{"name": [1]}',
        '{"$or": {}}',
        '{"$not": ' * 25 + "{}" + "}" * 25,
        '{"name\'; DROP TABLE t; --": 1}',
    ],
)
def test_a_bad_filter_is_invalid(text: str) -> None:
    with pytest.raises(InvalidError):
        compile_filter(text, FIELDS)
