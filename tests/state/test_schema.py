"""The JSON schema says what the models say."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import pytest
import yaml
from hypothesis import given

from tests.state.strategies import stacks
from wandb_registry.state.dump import dump_stack
from wandb_registry.state.models import StackState
from wandb_registry.state.schema import stack_schema

ROOT = Path(__file__).parents[2]
VALIDATOR = jsonschema.Draft202012Validator(json.loads(stack_schema()))


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


def test_the_file_beside_the_stacks_is_the_schema_of_today() -> None:
    assert (ROOT / "stacks" / "schema.json").read_text() == stack_schema(), "run `make schema`"


@given(stacks())
def test_what_scan_writes_fits_the_schema(stack: StackState) -> None:
    VALIDATOR.validate(yaml.safe_load(dump_stack(stack)))


def test_an_unknown_key_does_not_fit_the_schema() -> None:
    with pytest.raises(jsonschema.ValidationError, match="colour"):
        jsonschema.validate(
            {"version": 1, "organization": "acme", "colour": "red"}, json.loads(stack_schema())
        )
