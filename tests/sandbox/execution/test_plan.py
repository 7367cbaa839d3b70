"""The compiled plans answer what the reference executor answers."""

from __future__ import annotations

from typing import Any

import pytest
from graphql import build_schema, execute_sync, parse
from graphql.execution.values import get_variable_values

from wandb_sandbox.errors import InvalidError
from wandb_sandbox.execution.documents import Documents
from wandb_sandbox.execution.plan import FieldError, Run, execute_selection
from wandb_sandbox.execution.registry import Resolvers

SCHEMA = """
interface Animal { name: String! }
type Dog implements Animal { name: String! barks: Boolean friend: Animal }
type Cat implements Animal { name: String! lives(of: Int = 9): Int! friends: [Animal!]! }
union Pet = Dog | Cat
type Query { animals: [Animal] pet(name: String!): Pet broken: String sure: String! many: [Cat!] dogs: [Dog] }
"""
REX: dict[str, Any] = {"kind": "Dog", "name": "Rex", "barks": True, "friend": None}
TOM: dict[str, Any] = {"kind": "Cat", "name": "Tom", "friends": [REX]}
BAD: dict[str, Any] = {"kind": "Cat", "name": None, "friends": []}


def make() -> Documents:
    table = Resolvers()
    table.abstract("Animal", lambda value: value["kind"])
    table.abstract("Pet", lambda value: value["kind"])
    for kind, names in {"Dog": ("name", "barks", "friend"), "Cat": ("name", "friends")}.items():
        for name in names:
            table.getters[kind, name] = lambda source, name=name: source[name]
    table.field("Cat", "lives")(lambda _source, args, _context: args["of"])
    table.query("animals")(lambda *_: [REX, TOM, None])
    table.query("pet")(lambda _source, args, _context: {"Rex": REX, "Tom": TOM}.get(args["name"]))
    table.query("many")(lambda *_: [TOM, BAD])
    table.query("dogs")(lambda *_: [REX, None])

    def fail(*_: Any) -> None:
        raise InvalidError("no")

    table.query("broken")(fail)
    table.query("sure")(fail)
    schema = build_schema(SCHEMA)
    table.finish(schema)
    return Documents(schema, table)


def planned(documents: Documents, text: str, variables: dict[str, Any]) -> tuple[Any, list[Any]]:
    document = documents.get(text)
    operation = document.operation(None)
    values = get_variable_values(documents.schema, list(operation.node.variable_definitions or ()), variables)
    assert not isinstance(values, list)
    run = Run(None, values)
    try:
        data: Any = execute_selection(documents.plan(document, operation, values), None, run)
    except FieldError as error:
        run.errors.append(error)
        data = None
    return data, sorted(list(reversed(error.path)) for error in run.errors)


def reference(documents: Documents, text: str, variables: dict[str, Any]) -> tuple[Any, list[Any]]:
    table = documents.resolvers

    def resolve(source: Any, info: Any, **args: Any) -> Any:
        key = (info.parent_type.name, info.field_name)
        return (
            table.functions[key](source, args, None) if key in table.functions else table.getters[key](source)
        )

    answer = execute_sync(
        documents.schema,
        parse(text),
        variable_values=variables,
        field_resolver=resolve,
        type_resolver=lambda value, *_: value["kind"],
    )
    return answer.data, sorted(list(error.path or []) for error in answer.errors or [])


@pytest.mark.parametrize(
    ("text", "variables"),
    [
        ("{ animals { __typename name } }", {}),
        ("{ animals { name ... on Dog { barks } ... on Cat { lives } } }", {}),
        ("{ a: animals { n: name } b: animals { name } }", {}),
        (
            '{ pet(name: "Tom") { ...P } } fragment P on Pet { ... on Animal { name } ...C } '
            "fragment C on Cat { friends { ...D } lives(of: 3) } fragment D on Dog { barks friend { name } }",
            {},
        ),
        ("query($n: String!) { pet(name: $n) { __typename } }", {"n": "Rex"}),
        ("query($n: String!) { pet(name: $n) { __typename } }", {"n": "Nobody"}),
        ("query($o: Int) { animals { ... on Cat { lives(of: $o) } } }", {"o": 7}),
        ("query($o: Int) { animals { ... on Cat { lives(of: $o) } } }", {}),
        (
            "query($w: Boolean!) { animals { name @include(if: $w) ... @skip(if: $w) { __typename } } }",
            {"w": True},
        ),
        (
            "query($w: Boolean!) { animals { name @include(if: $w) ... @skip(if: $w) { __typename } } }",
            {"w": False},
        ),
        ("{ animals { name } animals { ... on Cat { friends { name } } } }", {}),
        ("{ animals { ... on Cat { friends { name } friends { __typename } } } }", {}),
        ("{ broken animals { name } }", {}),
        ("{ sure animals { name } }", {}),
        ("{ many { name } }", {}),
        ("{ many { lives } }", {}),
        ("{ dogs { name } }", {}),
    ],
)
def test_a_plan_answers_what_the_reference_does(text: str, variables: dict[str, Any]) -> None:
    documents = make()
    assert planned(documents, text, variables) == reference(documents, text, variables)


def test_a_field_without_an_answer_stops_the_start() -> None:
    with pytest.raises(ValueError, match=r"no resolver for Query\.x"):
        Resolvers().finish(build_schema("type Query { x: Int }"))


def test_two_resolvers_for_a_field_stop_the_start() -> None:
    table = Resolvers()
    table.query("x")(lambda *_: 1)
    with pytest.raises(ValueError, match="two resolvers"):
        table.query("x")(lambda *_: 2)
