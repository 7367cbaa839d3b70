"""What a server can do is asked once."""

from __future__ import annotations

from typing import Any

from wandb_registry.server.capabilities import fields_of, has_mutation
from wandb_registry.server.port import Answer, Variables


class Asked:
    """A server with one mutation; counts how often it is asked."""

    base_url = "http://127.0.0.1"

    def __init__(self) -> None:
        self.count = 0

    def execute(self, document: str, variables: Variables) -> dict[str, Any]:
        self.count += 1
        fields = [{"name": "linkArtifact"}] if variables["name"] == "Mutation" else None
        return {"__type": {"fields": fields}}

    def execute_fields(self, document: str, variables: Variables) -> Answer:
        raise AssertionError("not asked for")


def test_a_type_is_asked_for_once_a_port() -> None:
    port = Asked()
    assert has_mutation(port, "linkArtifact")
    assert not has_mutation(port, "createArtifactPortfolio")
    assert fields_of(port, "Entity") == frozenset()
    assert port.count == 2
    assert has_mutation(other := Asked(), "linkArtifact")
    assert other.count == 1
