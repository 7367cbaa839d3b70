"""Reading what a command wrote as JSON beside the stack files: nobody edits it by hand."""

from __future__ import annotations

from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel, ValidationError

from wandb_registry.state.problems import InvalidFile, Problem

AnyModel = TypeVar("AnyModel", bound=BaseModel)


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
