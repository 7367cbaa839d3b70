"""The mutations of a document: which fields it calls, each with its input."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from graphql import (
    FieldNode,
    OperationDefinitionNode,
    OperationType,
    ValueNode,
    parse,
    value_from_ast_untyped,
)


@dataclass(frozen=True, slots=True)
class Mutation:
    """One mutation field: the key of its answer, its name, and what it is given."""

    key: str
    field: str
    input: Mapping[str, Any]


def is_mutation(document: str) -> bool:
    """Whether a document of ours writes; each holds one operation and begins with it."""
    return document.lstrip().startswith("mutation")


def mutations_of(document: str, variables: Mapping[str, Any]) -> list[Mutation]:
    """Every mutation of a document, in order."""
    return [
        Mutation(
            key, field, _input({name: value_from_ast_untyped(node, dict(variables)) for name, node in given})
        )
        for key, field, given in _fields(document)
    ]


def _input(arguments: dict[str, Any]) -> Mapping[str, Any]:
    only = arguments.get("input")
    return only if len(arguments) == 1 and isinstance(only, dict) else arguments


@functools.lru_cache(maxsize=64)
def _fields(document: str) -> tuple[tuple[str, str, tuple[tuple[str, ValueNode], ...]], ...]:
    """Response key, field and arguments of each root field; batches of one size share their text."""
    operations = [
        definition
        for definition in parse(document, no_location=True).definitions
        if isinstance(definition, OperationDefinitionNode) and definition.operation is OperationType.MUTATION
    ]
    return tuple(
        (
            field.alias.value if field.alias else field.name.value,
            field.name.value,
            tuple((argument.name.value, argument.value) for argument in field.arguments or ()),
        )
        for operation in operations
        for field in operation.selection_set.selections
        if isinstance(field, FieldNode)
    )
