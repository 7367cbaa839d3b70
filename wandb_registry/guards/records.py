"""Guards over what scan recorded: baseline and recorded boundary never silently vanish.

Without its baseline a resource would take for its own what was there before; without its boundary nobody
would notice a widening. Both go by name in the inventory, so that a rename could lose them.
"""

from __future__ import annotations

from collections.abc import Iterator

from wandb_registry.guards.failures import Refusal


def check_records(subject: str, **records: tuple[object, object]) -> Iterator[Refusal]:
    """`records` by name, each as it was and as it would be; empty is none."""
    lost = sorted(name for name, (old, new) in records.items() if old and not new)
    if lost:
        yield Refusal(
            "record-lost",
            subject,
            f"the inventory no longer holds the {' and '.join(lost)} of {subject}; after a rename keep "
            "renamed_from as long as the inventory has the old name, or scan again",
        )
