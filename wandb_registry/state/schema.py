"""The JSON schema of stack files, for editors; generated from the models, so it cannot lag behind."""

from __future__ import annotations

import json
from typing import Any

from wandb_registry.state.models import StackState


def stack_schema() -> str:
    """The JSON schema as text, for `stacks/schema.json`."""
    schema: dict[str, Any] = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **StackState.model_json_schema(mode="validation"),
    }
    return json.dumps(schema, indent=2, ensure_ascii=False) + "\n"
