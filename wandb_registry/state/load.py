"""Loading desired state: from a file to a checked model, or to problems with their lines."""

from __future__ import annotations

from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from wandb_registry.state.document import Document, Place, parse_document, read_document
from wandb_registry.state.models import StackState
from wandb_registry.state.problems import InvalidFile, Problem
from wandb_registry.state.rules import check_stack

AnyModel = TypeVar("AnyModel", bound=BaseModel)

# Pydantic's own words where they would not help somebody who edits YAML.
_WORDS = {
    "extra_forbidden": "is not known here",
    "missing": "is missing",
    "string_type": "must be text",
    "dict_type": "must be a mapping",
    "model_type": "must be a mapping",
    "model_attributes_type": "must be a mapping",
    "tuple_type": "must be a list",
    "list_type": "must be a list",
    "string_too_short": "must not be empty",
}


def load_stack(path: Path) -> StackState:
    """The checked desired state of one stack file; InvalidFile with every problem found."""
    return _stack(read_document(path))


def parse_stack(text: str, file: str) -> StackState:
    """Like `load_stack`, for text that stands in no file yet."""
    return _stack(parse_document(text, file))


def check_folder(folder: Path) -> None:
    """Each registry belongs to exactly one stack; InvalidFile names both files otherwise."""
    owners: dict[str, tuple[Path, str]] = {}
    problems: list[Problem] = []
    for path in stack_files(folder):
        document = read_document(path)
        data = document.data if isinstance(document.data, dict) else {}
        registries = data.get("registries")
        for name in registries if isinstance(registries, dict) else ():
            owner, _ = owners.setdefault(f"{data.get('organization')}/{name}".casefold(), (path, name))
            if owner != path:
                message = f"is declared in {owner} too; a registry belongs to one stack"
                problems.append(document.problem(("registries", name), message))
    if problems:
        raise InvalidFile(problems)


def stack_files(folder: Path) -> list[Path]:
    """The stack files of a folder, without Pulumi's own configuration, sorted."""
    return sorted(path for path in folder.glob("*.yaml") if not path.name.startswith("Pulumi."))


def validate(document: Document, model: type[AnyModel]) -> AnyModel:
    """The document as a model; InvalidFile with every problem and its line."""
    data = {} if document.data is None else document.data
    try:
        return model.model_validate(data)
    except ValidationError as error:
        raise InvalidFile([_problem(document, details) for details in error.errors()]) from None


def _stack(document: Document) -> StackState:
    stack = validate(document, StackState)
    if problems := [document.problem(place, message) for place, message in check_stack(stack)]:
        raise InvalidFile(problems)
    return stack


def _problem(document: Document, details: Any) -> Problem:
    place = _place(details["loc"])
    kind = details["type"]
    if kind in ("literal_error", "enum"):
        message = f"{details['input']!r} is not possible; it is {details['ctx']['expected']}"
    elif kind == "value_error":
        message = str(details["ctx"]["error"])
    else:
        message = _WORDS.get(kind, details["msg"])
    return document.problem(place, message)


def _place(loc: tuple[str | int, ...]) -> Place:
    """Pydantic's location without its own marks for keys and for the branches of a union."""
    return tuple(step for step in loc if step != "[key]" and not _is_branch(step))


def _is_branch(step: str | int) -> bool:
    return isinstance(step, str) and (step.startswith(("tuple[", "literal[", "constrained-")))
