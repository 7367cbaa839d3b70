"""Parsed and validated documents, kept for the next request that sends the same text."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, field
from typing import Any

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLError,
    GraphQLSchema,
    InlineFragmentNode,
    OperationDefinitionNode,
    SelectionSetNode,
    VariableNode,
    Visitor,
    parse,
    validate,
    visit,
)
from graphql.execution.values import VariableValues

from wandb_sandbox.errors import InvalidError
from wandb_sandbox.execution.plan import Compiler, Selection
from wandb_sandbox.execution.registry import Resolvers

MAX_DOCUMENT_BYTES = 400_000
MAX_TOKENS = 100_000
MAX_DEPTH = 30
_KEPT = 500


@dataclass(slots=True)
class Operation:
    """One operation of a document, with its plans by the settings of its condition variables."""

    node: OperationDefinitionNode
    kind: str
    name: str | None
    root_fields: tuple[str, ...]
    """The names of the root fields, each as often as it occurs."""
    introspects: bool
    conditions: tuple[str, ...]
    """The variables that `@include` and `@skip` use."""
    plans: dict[tuple[Any, ...], Selection] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Document:
    """A valid document."""

    node: DocumentNode
    fragments: dict[str, FragmentDefinitionNode]
    operations: dict[str | None, Operation]
    nests_pages: bool
    """Whether it asks for pages of versions inside a page of collections."""

    def operation(self, name: str | None) -> Operation:
        """The operation of that name, or the only one; InvalidError where that is not clear."""
        if name is None and len(self.operations) == 1:
            return next(iter(self.operations.values()))
        if name is None:
            raise InvalidError("Must provide operation name if query contains multiple operations.")
        if name not in self.operations:
            raise InvalidError(f"Unknown operation named '{name}'.")
        return self.operations[name]


class Documents:
    """The cache of valid documents of one schema."""

    def __init__(self, schema: GraphQLSchema, resolvers: Resolvers[Any]) -> None:
        self.schema = schema
        self.resolvers = resolvers
        self._kept: OrderedDict[str, Document] = OrderedDict()

    def get(self, text: str) -> Document:
        """The document of this text; InvalidError, with all reasons, for one that is not valid."""
        found = self._kept.get(text)
        if found is not None:
            self._kept.move_to_end(text)
            return found
        made = self._make(text)
        self._kept[text] = made
        if len(self._kept) > _KEPT:
            self._kept.popitem(last=False)
        return made

    def plan(self, document: Document, operation: Operation, variables: VariableValues) -> Selection:
        """The compiled selection of the operation for these variables."""
        setting = tuple(variables.coerced.get(name) for name in operation.conditions)
        found = operation.plans.get(setting)
        if found is None:
            root = self.schema.get_root_type(operation.node.operation)
            if root is None:
                raise InvalidError(f"The schema has no {operation.kind}.")
            compiler = Compiler(self.schema, self.resolvers, document.fragments, variables)
            found = operation.plans[setting] = compiler.selection(root, [operation.node.selection_set])
        return found

    def _make(self, text: str) -> Document:
        if len(text) > MAX_DOCUMENT_BYTES:
            raise InvalidError(f"The document is longer than {MAX_DOCUMENT_BYTES} characters.")
        try:
            node = parse(text, max_tokens=MAX_TOKENS)
            fragments = {d.name.value: d for d in node.definitions if isinstance(d, FragmentDefinitionNode)}
            operations = [d for d in node.definitions if isinstance(d, OperationDefinitionNode)]
            for one in operations:
                _check_depth(one.selection_set, fragments, 1, ())
            errors = validate(self.schema, node)
        except GraphQLError as error:
            raise InvalidError(error.message) from None
        except RecursionError:
            raise InvalidError("The document is nested too deeply.") from None
        if errors:
            raise InvalidError("; ".join(error.message for error in errors[:5]))
        if not operations:
            raise InvalidError("The document has no operation.")
        conditions = _conditions(node)
        made = [_operation(one, conditions) for one in operations]
        pages = _NestedPages()
        visit(node, pages)
        return Document(node, fragments, {one.name: one for one in made}, pages.found)


def _operation(node: OperationDefinitionNode, conditions: tuple[str, ...]) -> Operation:
    roots = _root_fields(node.selection_set)
    introspects = any(name in ("__schema", "__type") for name in roots) or _has_fragments(node.selection_set)
    name = node.name.value if node.name else None
    return Operation(node, node.operation.value, name, tuple(roots), introspects, conditions)


def _root_fields(selection: SelectionSetNode) -> list[str]:
    return [item.name.value for item in selection.selections if isinstance(item, FieldNode)]


def _has_fragments(selection: SelectionSetNode) -> bool:
    # Rare at the root, and they may hide introspection: the reference executor takes them.
    return any(not isinstance(item, FieldNode) for item in selection.selections)


class _ConditionVariables(Visitor):
    def __init__(self) -> None:
        super().__init__()
        self.names: set[str] = set()

    def enter_directive(self, node: Any, *_: Any) -> None:
        for argument in node.arguments:
            if isinstance(argument.value, VariableNode):
                self.names.add(argument.value.name.value)


class _NestedPages(Visitor):
    """Looks inside one definition at a time, which is how such documents are written."""

    outer = "artifactCollections"
    inner = ("artifactMemberships", "artifacts")

    def __init__(self) -> None:
        super().__init__()
        self.found = False
        self._depth = 0

    def enter_field(self, node: FieldNode, *_: Any) -> None:
        if self._depth and node.name.value in self.inner:
            self.found = True
        if node.name.value == self.outer:
            self._depth += 1

    def leave_field(self, node: FieldNode, *_: Any) -> None:
        if node.name.value == self.outer:
            self._depth -= 1


def _conditions(node: DocumentNode) -> tuple[str, ...]:
    visitor = _ConditionVariables()
    visit(node, visitor)
    return tuple(sorted(visitor.names))


def _check_depth(
    selection: SelectionSetNode,
    fragments: dict[str, FragmentDefinitionNode],
    depth: int,
    inside: tuple[str, ...],
) -> None:
    if depth > MAX_DEPTH:
        raise GraphQLError(f"The document is nested deeper than {MAX_DEPTH} levels.")
    for item in selection.selections:
        if isinstance(item, FragmentSpreadNode):
            name = item.name.value
            # A cycle or an unknown name is for validation to tell.
            if name in fragments and name not in inside:
                _check_depth(fragments[name].selection_set, fragments, depth, (*inside, name))
        elif isinstance(item, FieldNode) and item.selection_set:
            _check_depth(item.selection_set, fragments, depth + 1, inside)
        elif isinstance(item, InlineFragmentNode):
            _check_depth(item.selection_set, fragments, depth, inside)
