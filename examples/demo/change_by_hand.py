"""What somebody might click together in the app: `python -m examples.demo.change_by_hand`."""

from __future__ import annotations

import wandb

from examples.demo.models import CHURN
from examples.demo.organization import DISPLAY_NAME, ENTITY, STRANGER, VISION

REGISTRY = "fraud-models"
DESCRIPTION = "changed by hand"
ALIAS = "production"
ALIAS_NOW_ON = 3  # it was on v2


def main() -> None:
    """Move an alias, add a member, change a description."""
    api = wandb.Api()
    path = f"{ENTITY}/wandb-registry-{REGISTRY}/{CHURN.name}"

    artifact = api.artifact(f"{path}:v{ALIAS_NOW_ON}")
    artifact.link(path, aliases=[ALIAS])
    print(f"{path}: alias {ALIAS} moved to v{ALIAS_NOW_ON}")

    member = next(m for m in api.team(VISION.name).members if m.username == STRANGER)
    api.registry(REGISTRY, organization=DISPLAY_NAME).add_members(member.id)
    print(f"{REGISTRY}: {STRANGER} of team {VISION.name} added as a member")

    collection = api.artifact_collection("model", path)
    collection.description = DESCRIPTION
    collection.save()
    print(f"{path}: description changed")


if __name__ == "__main__":
    main()
