"""A strict schema: what is not declared is a 400, for every mutation and every type."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from graphql import GraphQLObjectType, get_named_type, parse, validate

from wandb_sandbox.http.state import load_schema

if TYPE_CHECKING:
    from tests.sandbox.support import World

SCHEMA = load_schema()
MUTATIONS = {
    name: str(field.args["input"].type).rstrip("!")
    for name, field in (SCHEMA.mutation_type.fields if SCHEMA.mutation_type else {}).items()
    if "input" in field.args
}
OBJECTS = sorted(
    name
    for name, kind in SCHEMA.type_map.items()
    if isinstance(kind, GraphQLObjectType) and not name.startswith("__")
)


def document(name: str) -> str:
    return f"mutation($i: {MUTATIONS[name]}!) {{ {name}(input: $i) {{ __typename }} }}"


@pytest.mark.parametrize("name", sorted(MUTATIONS))
def test_an_unknown_input_key(world: World, name: str) -> None:
    answer = world.do(document(name), noSuchKey=1)
    assert answer.status == 400
    assert "noSuchKey" in answer.message


@pytest.mark.parametrize("name", sorted(MUTATIONS))
def test_an_unknown_argument_of_a_mutation(world: World, name: str) -> None:
    wanted = document(name).replace("(input: $i)", "(input: $i, noSuchArgument: 1)")
    answer = world.do(wanted)
    assert (answer.status, "noSuchArgument" in answer.message) == (400, True)


@pytest.mark.parametrize("name", OBJECTS)
def test_an_unknown_field(name: str) -> None:
    errors = validate(SCHEMA, parse(f"fragment F on {name} {{ noSuchField }}"))
    assert any("noSuchField" in error.message for error in errors)


def test_introspection_tells_every_input(world: World) -> None:
    """As the client asks before it sends a field that older servers do not have."""
    asked = "query($n: String!) { __type(name: $n) { inputFields { name type { kind name } } } }"
    for name, kind in MUTATIONS.items():
        found = world.ask(asked, n=kind).data["__type"]
        declared = SCHEMA.type_map[get_named_type(SCHEMA.type_map[kind]).name]
        assert {one["name"] for one in found["inputFields"]} == set(declared.fields), name
