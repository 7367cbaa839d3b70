"""Somebody without access, with the real client, who tries again and again to read a registry.

Run as a process: arguments are the organization, its entity, the registry and a collection. It ends with
its standard input, and prints how often it tried and what it could read.
"""

from __future__ import annotations

import json
import sys
import threading
from collections.abc import Callable


def main(organization: str, entity: str, registry: str, collection: str) -> None:
    """Poll until nobody holds the other end of standard input."""
    import wandb

    api = wandb.Api(timeout=30)
    path = f"{entity}/wandb-registry-{registry}/{collection}"
    attempts: dict[str, Callable[[], object]] = {
        "listed": lambda: [found.name for found in api.registries(organization) if registry in found.name],
        "loaded": lambda: api.registry(registry, organization).name,
        "collection": lambda: [
            c.name for c in api.registries(organization).collections() if c.name == collection
        ],
        "linked": lambda: api.artifact(f"{path}:v0").name,
    }
    ended = threading.Event()
    threading.Thread(target=lambda: (sys.stdin.read(), ended.set()), daemon=True).start()
    tries, reads = 0, []
    while not ended.is_set():
        for what, attempt in attempts.items():
            tries += 1
            try:
                seen = attempt()
            except (ValueError, wandb.errors.CommError):
                continue
            if seen:
                reads.append(f"{what}: {seen}")
        if tries == len(attempts):
            print("polling", flush=True)
    print(json.dumps({"tries": tries, "reads": reads}), flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
