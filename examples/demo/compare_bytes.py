"""Download each link by its old and its new path with the public client, and compare the bytes.

`python -m examples.demo.compare_bytes stacks/demo.yaml` takes the paths from the inventory.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import wandb

from wandb_registry.state.inventory import Inventory, load_inventory


def main(stack_file: str) -> int:
    """The exit code: 0 where all bytes are equal."""
    inventory = load_inventory(Path(stack_file))
    if inventory is None:
        print(f"{stack_file} has no inventory", file=sys.stderr)
        return 1
    api, different, count = wandb.Api(), 0, 0
    for old, new in _pairs(inventory):
        count += 1
        if _download(api, old) != _download(api, new):
            print(f"NOT the same bytes: {old} and {new}", file=sys.stderr)
            different += 1
    print(f"{count} links have the same bytes by their old and their new path")
    return int(different > 0 or count == 0)


def _pairs(inventory: Inventory) -> Iterator[tuple[str, str]]:
    """Old path and new path of each link; under `numbering: exact` the number is the same."""
    for team in inventory.legacy:
        for model in team.collections:
            if model.target is None:
                continue
            registry, collection = model.target
            new = f"{inventory.organization.entity}/wandb-registry-{registry}/{collection}"
            for link in model.links:
                yield f"{team.team}/model-registry/{model.name}:v{link.version}", f"{new}:v{link.version}"


def _download(api: wandb.Api, path: str) -> dict[str, bytes]:
    """The files by name, from the server: the client's cache would answer both paths with one file."""
    with tempfile.TemporaryDirectory() as folder:
        root = Path(api.artifact(path).download(root=folder, skip_cache=True))
        files = {str(file.relative_to(root)): file.read_bytes() for file in root.rglob("*") if file.is_file()}
    if not files:
        raise SystemExit(f"{path} holds no file")
    return files


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
