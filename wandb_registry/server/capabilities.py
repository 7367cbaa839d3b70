"""What this server can do, asked by introspection as the client itself does."""

from __future__ import annotations

import threading
from weakref import WeakKeyDictionary

from wandb_registry.server.port import Port

# A server's schema does not change within a run, and each collection asks what it can do.
_known: WeakKeyDictionary[Port, dict[str, frozenset[str]]] = WeakKeyDictionary()
_known_lock = threading.Lock()

_TYPE = "query TypeFields($name: String!) { __type(name: $name) { fields { name } } }"

_ARGUMENTS = """
query TypeArguments($name: String!) { __type(name: $name) { fields { name args { name } } } }
"""


def fields_of(port: Port, type_name: str) -> frozenset[str]:
    """The names of the fields of a type of the server's schema, asked once; empty where it does not tell."""
    with _known_lock:
        known = _known.setdefault(port, {})
        if type_name not in known:
            known[type_name] = _ask(port, type_name)
        return known[type_name]


def _ask(port: Port, type_name: str) -> frozenset[str]:
    answer = port.execute(_TYPE, {"name": type_name}).get("__type")
    fields = answer.get("fields") if isinstance(answer, dict) else None
    return frozenset(str(field["name"]) for field in fields or ())


def arguments_of(port: Port, type_name: str) -> dict[str, frozenset[str]]:
    """The fields of a type, each with the names of its arguments; empty where the server does not tell."""
    answer = port.execute(_ARGUMENTS, {"name": type_name}).get("__type")
    fields = answer.get("fields") if isinstance(answer, dict) else None
    return {
        str(field["name"]): frozenset(str(argument["name"]) for argument in field.get("args") or ())
        for field in fields or ()
    }


def has_mutation(port: Port, name: str) -> bool:
    """Whether the server has a mutation of this name."""
    return name in fields_of(port, "Mutation")
