from __future__ import annotations

from dataclasses import fields
from pathlib import Path

import pytest

from wandb_sandbox.errors import InvalidError
from wandb_sandbox.switches import Switches


def test_features_are_changed_one_by_one() -> None:
    changed = Switches().changed(features={"FILESTREAM_GZIP": True})
    assert changed.features["FILESTREAM_GZIP"]
    assert changed.features["ARTIFACT_REGISTRY_SEARCH"]
    assert not Switches().features["FILESTREAM_GZIP"]


@pytest.mark.parametrize("change", [{"nothing": True}, {"index_reuse": "yes"}, {"max_page_size": True}])
def test_a_wrong_name_or_type_is_refused(change: dict[str, object]) -> None:
    with pytest.raises(InvalidError):
        Switches().changed(**change)


def test_every_switch_is_documented() -> None:
    page = (Path(__file__).parents[2] / "docs" / "sandbox.md").read_text("utf-8")
    assert [one.name for one in fields(Switches) if f"| `{one.name}` |" not in page] == []
