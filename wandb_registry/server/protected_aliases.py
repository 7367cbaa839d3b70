"""Protected aliases of an entity, where the server answers them at all."""

from __future__ import annotations

from wandb_registry.server.capabilities import fields_of
from wandb_registry.server.errors import ServerError
from wandb_registry.server.port import Port

_READ = """
query ProtectedAliases($name: String!) { entity(name: $name) { name protectedAliases(adminType: MODEL) } }
"""


def read_protected_aliases(port: Port, entity: str) -> tuple[str, ...] | None:
    """The protected aliases, sorted; None where this server or key does not tell."""
    if "protectedAliases" not in fields_of(port, "Entity"):
        return None
    try:
        answer = port.execute(_READ, {"name": entity}).get("entity")
    except ServerError:
        return None
    aliases = answer.get("protectedAliases") if isinstance(answer, dict) else None
    return None if aliases is None else tuple(sorted(map(str, aliases)))
