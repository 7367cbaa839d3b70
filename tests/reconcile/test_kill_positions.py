"""Killed after any request, before or after it took effect: the next run ends in the same state.

The reconcilers run in process, so that every position can be tried; a handful of positions on the real
engine are in tests/must_show.
"""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.reconcile.desired import EXPECTED, desired
from tests.reconcile.ports import Killed, KilledPort
from tests.world import World


@pytest.mark.parametrize("after", [False, True], ids=["before it was sent", "after it took effect"])
def test_every_kill_position_converges(world: World, after: bool) -> None:
    anew, position, killed = desired(world), 0, True
    while killed:
        want = replace(anew, name=f"models{position}")
        try:
            want.up(KilledPort(world.port, position, after))
            killed = False
        except Killed:
            want.up(world.port)
        assert want.there() == EXPECTED, f"killed at request {position}"
        position += 1
    assert position > 20  # the run was really cut everywhere, from its first request to its last
