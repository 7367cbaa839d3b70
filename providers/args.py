"""From Args, as programs write them, to the property bag of a resource."""

from __future__ import annotations

import dataclasses
from typing import Any


def to_props(args: Any) -> dict[str, Any]:
    """The fields of an Args object that say something: None is left out, as are empty overrides."""
    fields = {field.name: getattr(args, field.name) for field in dataclasses.fields(args)}
    return {
        name: value
        for name, value in fields.items()
        if value is not None and not (name == "overrides" and len(value) == 0)
    }
