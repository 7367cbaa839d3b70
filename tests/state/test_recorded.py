"""What commands write as JSON is read in reviews: a line an entry, the same bytes for the same content."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel

from wandb_registry.state.recorded import dump_recorded


class Anything(BaseModel):
    """Any JSON."""

    value: dict[str, object]
    note: str | None = None


JSON = st.recursive(
    st.booleans() | st.integers(-9, 9) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=3), inner, max_size=4),
    max_leaves=20,
)


@given(st.dictionaries(st.text(max_size=3), JSON))
def test_what_is_written_is_read_back(value: dict[str, object]) -> None:
    text = dump_recorded(Anything(value=value))
    assert Anything.model_validate_json(text).value == value
    assert text == dump_recorded(Anything(value=value))


def test_an_entry_is_a_line_and_what_is_not_told_is_left_out() -> None:
    links = [{"version": 0, "aliases": ["best", "eu"]}, {"version": 1, "aliases": []}]
    assert dump_recorded(Anything(value={"name": "churn", "links": links})).splitlines() == [
        "{",
        ' "value": {',
        '  "name": "churn",',
        '  "links": [',
        '   {"version": 0, "aliases": ["best", "eu"]},',
        '   {"version": 1, "aliases": []}',
        "  ]",
        " }",
        "}",
    ]


def test_a_long_list_has_a_line_for_each_item() -> None:
    names = [f"person-{n}" for n in range(100)]
    assert len(dump_recorded(Anything(value={"names": names})).splitlines()) == 6 + len(names)
