"""Run one operation: reads as they are, mutations field by field in savepoints of one transaction."""

from __future__ import annotations

import logging
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from graphql import GraphQLError, GraphQLResolveInfo, execute_sync
from graphql.execution.values import get_variable_values

from wandb_sandbox.errors import ApiError, InvalidError
from wandb_sandbox.execution.plan import FieldError, NullError, Run, execute_selection

if TYPE_CHECKING:
    from collections.abc import Mapping

    from wandb_sandbox.execution.documents import Document, Documents, Operation
    from wandb_sandbox.resolvers.context import Context

logger = logging.getLogger(__name__)


@dataclass(slots=True)
class Answer:
    """An HTTP status and the JSON body."""

    status: int
    body: dict[str, Any] = field(default_factory=dict)


def refusal(error: ApiError) -> Answer:
    """The answer for a request that was refused as a whole."""
    return Answer(error.status, {"errors": [{"message": error.message, "extensions": {"code": error.code}}]})


def execute(
    documents: Documents,
    document: Document,
    operation: Operation,
    variables: Mapping[str, Any],
    context: Context,
) -> Answer:
    """Execute the operation for the context's actor."""
    if document.nests_pages and not context.switches.nested_pages:
        raise InvalidError("pages inside pages are not allowed")
    coerced = get_variable_values(
        documents.schema, list(operation.node.variable_definitions or ()), dict(variables)
    )
    if isinstance(coerced, list):
        raise InvalidError("; ".join(error.message for error in coerced[:5]))
    if operation.introspects:
        return _by_reference(documents, document, operation, dict(variables), context)
    run = Run(context, coerced)
    plan = documents.plan(document, operation, coerced)
    if operation.kind == "query":
        return _answer(_all_or_null(lambda: execute_selection(plan, None, run), run), run)
    return _mutate(plan, run, context)


def _mutate(plan: Any, run: Run, context: Context) -> Answer:
    if len(plan) > 1 and not context.switches.batched_mutations:
        raise InvalidError("Only one mutation field is allowed in a document.")
    data: dict[str, Any] = {}
    with context.db.transaction():
        for planned in plan:
            before = len(run.errors)
            try:
                with context.db.savepoint():
                    data[planned.key] = planned.value(None, run)
                    if len(run.errors) > before:
                        raise _FieldFailedError
            except _FieldFailedError:
                data[planned.key] = None
            context.refresh()
    return _answer(data, run, partial=True)


class _FieldFailedError(Exception):
    """Takes back what the failed mutation field wrote."""


def _all_or_null(make: Any, run: Run) -> dict[str, Any] | None:
    try:
        made: dict[str, Any] = make()
    except FieldError as error:
        run.errors.append(error)
        return None
    return made


def _answer(data: dict[str, Any] | None, run: Run, *, partial: bool = False) -> Answer:
    if not run.errors:
        return Answer(200, {"data": data})
    body = {"errors": [_shape(error) for error in run.errors], "data": data}
    if partial and data is not None and any(value is not None for value in data.values()):
        return Answer(200, body)  # other fields of the document took effect
    first = run.errors[0].cause
    return Answer(first.status if isinstance(first, ApiError) else 400, body)


def _shape(error: FieldError) -> dict[str, Any]:
    cause = error.cause
    path = list(reversed(error.path))
    if isinstance(cause, ApiError):
        return {"message": cause.message, "path": path, "extensions": {"code": cause.code}}
    if isinstance(cause, GraphQLError):
        return {"message": cause.message, "path": path}
    if not isinstance(cause, NullError):
        logger.error("a resolver failed at %s", path, exc_info=cause)
    message = str(cause) if isinstance(cause, NullError) else f"internal error ({type(cause).__name__})"
    return {"message": message, "path": path, "extensions": {"code": "INTERNAL_ERROR"}}


def _by_reference(
    documents: Documents,
    document: Document,
    operation: Operation,
    variables: dict[str, Any],
    context: Context,
) -> Answer:
    """The reference executor: introspection, and the comparison in the tests."""
    table = documents.resolvers

    def resolve(source: Any, info: GraphQLResolveInfo[Any], **args: Any) -> Any:
        key = (info.parent_type.name, info.field_name)
        if key in table.functions:
            return table.functions[key](source, args, context)
        return table.getters[key](source)

    def type_of(value: Any, _info: GraphQLResolveInfo[Any], abstract: Any) -> str:
        return table.types[abstract.name](value)

    if operation.kind != "query":
        raise InvalidError("Fragments are not supported at the root of a mutation.")
    result = execute_sync(
        documents.schema,
        document.node,
        variable_values=variables,
        operation_name=operation.name,
        field_resolver=resolve,
        type_resolver=type_of,
    )
    body: dict[str, Any] = {"data": result.data}
    if result.errors:
        body["errors"] = [{"message": error.message, "path": error.path} for error in result.errors]
    return Answer(200, body)
