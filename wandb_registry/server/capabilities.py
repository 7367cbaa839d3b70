"""What this server can do, asked by introspection as the client itself does."""

from __future__ import annotations

from wandb_registry.server.port import Port

_TYPE = "query TypeFields($name: String!) { __type(name: $name) { fields { name } } }"


def fields_of(port: Port, type_name: str) -> frozenset[str]:
    """The names of the fields of a type of the server's schema; empty where it does not tell."""
    answer = port.execute(_TYPE, {"name": type_name}).get("__type")
    fields = answer.get("fields") if isinstance(answer, dict) else None
    return frozenset(str(field["name"]) for field in fields or ())


def has_mutation(port: Port, name: str) -> bool:
    """Whether the server has a mutation of this name."""
    return name in fields_of(port, "Mutation")
