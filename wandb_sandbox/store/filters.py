"""Mongo-style filters (`$and`, `$regex`, `$in`, ...) as SQL conditions over known fields."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from wandb_sandbox.errors import InvalidError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

_COMPARE = {"$eq": "=", "$ne": "!=", "$gt": ">", "$gte": ">=", "$lt": "<", "$lte": "<="}
_JOIN = {"$and": " AND ", "$or": " OR "}
_MAX_DEPTH = 20


@dataclass(frozen=True, slots=True)
class Field:
    """A field that can be filtered: an SQL expression, or a list reached by `EXISTS (subquery AND ...)`.

    `parse` makes the compared value what the expression holds.
    """

    expression: str
    exists: str = ""
    parse: Callable[[Any], Any] | None = None


@dataclass(frozen=True, slots=True)
class Fields:
    """The fields of one kind of object; `document` is a JSON column whose parts `prefix.a.b` reach."""

    known: Mapping[str, Field]
    document: tuple[str, str] | None = None

    def find(self, name: str) -> tuple[Field, list[Any]]:
        """The field and the parameters of its expression."""
        if self.document and name.startswith(self.document[0] + "."):
            parts = name.split(".")[1:]
            path = "$" + "".join(f".{json.dumps(part)}" for part in parts)
            return Field(f"json_extract({self.document[1]}, ?)"), [path]
        if name not in self.known:
            raise InvalidError(f"cannot filter by {name!r}; known are {', '.join(sorted(self.known))}")
        return self.known[name], []


@dataclass(slots=True)
class _Condition:
    sql: list[str] = field(default_factory=list)
    params: list[Any] = field(default_factory=list)


def compile_filter(text: str | None, fields: Fields) -> tuple[str, list[Any]]:
    """The SQL condition and its parameters for a JSON filter; `1` for none; InvalidError if it is bad."""
    if not text:
        return "1", []
    try:
        document = json.loads(text)
    except ValueError:
        raise InvalidError("filters must be a JSON string") from None
    return _object(document, fields, 0)


def _object(document: Any, fields: Fields, depth: int) -> tuple[str, list[Any]]:
    if not isinstance(document, dict) or depth > _MAX_DEPTH:
        raise InvalidError("a filter must be a JSON object of moderate depth")
    parts: list[str] = []
    params: list[Any] = []
    for key, value in document.items():
        sql, found = _clause(key, value, fields, depth)
        parts.append(sql)
        params.extend(found)
    return (f"({' AND '.join(parts)})" if parts else "1"), params


def _clause(key: str, value: Any, fields: Fields, depth: int) -> tuple[str, list[Any]]:
    if key in ("$and", "$or", "$nor"):
        if not isinstance(value, list):
            raise InvalidError(f"{key} takes a list")
        compiled = [_object(item, fields, depth + 1) for item in value]
        joined = _JOIN.get(key, " OR ").join(sql for sql, _ in compiled) or "1"
        params = [param for _, found in compiled for param in found]
        return (f"NOT coalesce(({joined}), 0)" if key == "$nor" else f"({joined})"), params
    if key == "$not":
        sql, params = _object(value, fields, depth + 1)
        return f"NOT coalesce({sql}, 0)", params
    if key.startswith("$"):
        raise InvalidError(f"the operator {key!r} is not known")
    return _field(key, value, fields, depth)


def _field(name: str, value: Any, fields: Fields, depth: int) -> tuple[str, list[Any]]:
    where, leading = fields.find(name)
    operators = value if isinstance(value, dict) else {"$eq": value}
    parts: list[str] = []
    params: list[Any] = []
    for operator, operand in operators.items():
        sql, found = _operator(where, leading, operator, operand, depth)
        parts.append(sql)
        params.extend(found)
    return " AND ".join(parts) or "1", params


def _operator(
    where: Field, leading: list[Any], operator: str, operand: Any, depth: int
) -> tuple[str, list[Any]]:
    if operator == "$not":
        inner = operand if isinstance(operand, dict) else {"$eq": operand}
        parts = [_operator(where, leading, op, value, depth + 1) for op, value in inner.items()]
        joined = " AND ".join(sql for sql, _ in parts)
        return f"NOT coalesce(({joined}), 0)", [param for _, found in parts for param in found]
    negative = operator in ("$ne", "$nin") and bool(where.exists)
    if negative:
        operator = {"$ne": "$eq", "$nin": "$in"}[operator]
    sql, params = _comparison(where.expression, operator, operand, bool(where.exists))
    if where.parse:
        params = [where.parse(param) for param in params]
    if where.exists:
        sql = f"EXISTS ({where.exists} AND {sql})"
    elif leading:
        params = leading + params
    return (f"NOT {sql}" if negative else sql), params


def _comparison(expression: str, operator: str, operand: Any, listed: bool) -> tuple[str, list[Any]]:
    if operator in _COMPARE:
        return _compare(expression, operator, _scalar(operand))
    if operator in ("$in", "$nin"):
        values = [_scalar(item) for item in operand] if isinstance(operand, list) else None
        if values is None:
            raise InvalidError(f"{operator} takes a list")
        word = "IN" if operator == "$in" else "NOT IN"
        return f"{expression} {word} ({','.join('?' * len(values))})", values
    if operator == "$exists":
        wanted = "IS NOT NULL" if operand or listed else "IS NULL"
        return f"{expression} {wanted}", []
    if operator in ("$regex", "$contains"):
        return _text(expression, operator, operand)
    raise InvalidError(f"the operator {operator!r} is not known")


def _compare(expression: str, operator: str, operand: Any) -> tuple[str, list[Any]]:
    if operand is None:
        return f"{expression} IS {'NOT ' if operator == '$ne' else ''}NULL", []
    return f"{expression} {_COMPARE[operator]} ?", [operand]


def _text(expression: str, operator: str, operand: Any) -> tuple[str, list[Any]]:
    if not isinstance(operand, str):
        raise InvalidError(f"{operator} takes a string")
    if operator == "$contains":
        return f"instr(lower({expression}), lower(?)) > 0", [operand]
    try:
        re.compile(operand)
    except re.error as error:
        raise InvalidError(f"{operand!r} is not a regular expression: {error}") from None
    return f"{expression} REGEXP ?", [operand]


def _scalar(value: Any) -> Any:
    if isinstance(value, list | dict):
        raise InvalidError("a filter compares with a plain value, not with a list or an object")
    return int(value) if isinstance(value, bool) else value
