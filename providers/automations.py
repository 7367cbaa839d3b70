"""Other people's automations: asked for before a write that would fire them, each list once a process."""

from __future__ import annotations

import threading
from collections.abc import Iterable

from providers.adapter import Session
from wandb_registry.guards.automations import Writes
from wandb_registry.reconcile.automations import Automations, require_quiet
from wandb_registry.state.models import Override

_read: dict[tuple[str, str], Automations] = {}
_reading = threading.Lock()


def stop_for_automations(current: Session, overrides: Iterable[Override], *writes: Writes) -> None:
    """Raise AutomationsWouldFire where the writes would fire one that no override acknowledges.

    StackGuard asks for the whole stack before the first write of a run; each resource asks again for
    itself, because drift is healed without any change of the stack's summary.
    """
    key = (current.port.base_url, current.organization.id)
    with _reading:
        known = _read.setdefault(key, Automations(current.port, current.organization))
    require_quiet(known, writes, overrides)
