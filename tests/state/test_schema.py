"""The JSON schema says what the models say."""

from __future__ import annotations

import json

from wandb_registry.state.schema import stack_schema


def test_the_schema_refuses_unknown_keys_everywhere() -> None:
    schema = json.loads(stack_schema())
    objects = [schema, *(d for d in schema["$defs"].values() if d.get("type") == "object")]
    assert len(objects) == 7
    assert all(found["additionalProperties"] is False for found in objects)


def test_the_schema_names_what_people_write() -> None:
    schema = json.loads(stack_schema())
    assert set(schema["properties"]) == {"version", "organization", "registries", "legacy", "overrides"}
    assert "organization" in schema["required"]
    assert set(schema["$defs"]["Role"]["enum"]) == {"restricted_viewer", "viewer", "member", "admin"}
    version = schema["$defs"]["LinkState"]["properties"]["version"]["anyOf"][0]
    assert version == {"type": "string", "pattern": "^v(0|[1-9][0-9]*)$"}


def test_the_schema_is_the_same_each_time() -> None:
    assert stack_schema() == stack_schema()
    assert stack_schema().endswith("}\n")
