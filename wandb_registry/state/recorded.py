"""What commands write as JSON beside the stack files, in Git: read in reviews, edited by nobody."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from wandb_registry.state.problems import InvalidFile, Problem

AnyModel = TypeVar("AnyModel", bound=BaseModel)

_WIDEST = 300  # characters of an entry that stands in one line


def read_recorded(path: Path, model: type[AnyModel], again: str) -> AnyModel | None:
    """The file as a model, or None where there is none; InvalidFile says `again`, how to write it anew."""
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return None
    except (OSError, UnicodeDecodeError) as error:
        raise InvalidFile([Problem(str(path), 0, "", f"cannot be read: {error}")]) from None
    try:
        return model.model_validate_json(text)
    except ValidationError as error:
        details = error.errors(include_url=False)[0]
        place = ".".join(map(str, details["loc"]))
        raise InvalidFile([Problem(str(path), 0, place, f"{details['msg']}; {again}")]) from None


def dump_recorded(model: BaseModel) -> str:
    """The text of a model: deterministic, with a line for each person, link or finding, for readable diffs.

    What is None is left out.
    """
    return _text(model.model_dump(mode="json", exclude_none=True), "") + "\n"


def _text(value: Any, indent: str) -> str:
    if _is_entry(value):
        line = json.dumps(value, ensure_ascii=False)
        if len(line) <= _WIDEST or not isinstance(value, dict | list):
            return line
    deeper = indent + " "
    if isinstance(value, dict):
        items = [
            f"{json.dumps(key, ensure_ascii=False)}: {_text(item, deeper)}" for key, item in value.items()
        ]
        left, right = "{", "}"
    else:
        items = [_text(item, deeper) for item in value]
        left, right = "[", "]"
    lines = (",\n" + deeper).join(items)
    return f"{left}\n{deeper}{lines}\n{indent}{right}"


def _is_entry(value: Any) -> bool:
    """Whether nothing deeper than a list of scalars stands in it."""
    if isinstance(value, dict):
        return all(_is_list_of_scalars(item) for item in value.values())
    return _is_list_of_scalars(value)


def _is_list_of_scalars(value: Any) -> bool:
    items = value if isinstance(value, list) else [value]
    return not any(isinstance(item, dict | list) and item for item in items)
