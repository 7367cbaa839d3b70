"""The matrix as JSON, Markdown and HTML: complete, deterministic, and nothing in it can break out."""

from __future__ import annotations

import json

from tests.access.states import accepted, admin, inventory, person, registry, stack, team
from wandb_registry.access.matrix import Matrix, declared_matrix
from wandb_registry.access.render import as_html, as_json, as_markdown, classes, summary
from wandb_registry.state.people import Difference, Unprovable
from wandb_registry.state.roles import Role

EVIL = "<script>alert(1)</script> | `x` [a](b)"


def found(*people: str, **more: object) -> Matrix:
    """A team with these members, and an organization admin."""
    fraud = team("fraud", *(person(name) for name in people), models=("churn", "score"))
    told = inventory(fraud, organization=(admin("root"),), **more)
    return declared_matrix(
        stack(fraud_models=registry({}, {"fraud": Role.MEMBER}, models=("churn", "score"))), told
    )


def test_json_names_each_person_and_collection_of_a_group_once() -> None:
    text = as_json("stacks/fraud.yaml", found("ann", "bob"))
    assert text == as_json("stacks/fraud.yaml", found("bob", "ann"))
    document = json.loads(text)
    (block,) = document["blocks"]
    assert block["collections"] == {"fraud/churn": "fraud-models/churn", "fraud/score": "fraud-models/score"}
    assert [row["people"] for row in block["rows"]] == [["root"], ["ann", "bob"]]
    assert block["rows"][1]["before"] == {
        "rights": ["read", "download", "write"],
        "reason": "member of team fraud",
    }
    assert block["rows"][0]["changes"][0]["difference"] == "organization_admins"
    assert document["summary"] == {
        "registries": 1,
        "collections": 2,
        "people": 3,
        "rows": 2,
        "open": 1,
        "unprovable": 0,
    }
    assert text.count('"ann"') == 1


def test_classes_are_counted_with_what_decided_them() -> None:
    decided = found("ann", accepted=(accepted(Difference.ORGANIZATION_ADMINS),))
    ((name, people, open_ones, settled),) = [
        (one.name, one.people, one.open, one.settled) for one in classes(decided)
    ]
    assert (name, people, open_ones, settled) == (
        "organization_admins",
        ("root",),
        0,
        ("accepted: so decided",),
    )
    assert summary(decided)["open"] == 0


def test_markdown_has_tables_that_no_name_can_break() -> None:
    doubt = Unprovable(what="roles", subject=EVIL, reason="not told")
    text = as_markdown("stacks/fraud.yaml", found("ann", EVIL, unprovable=(doubt,)))
    assert "| root | gains | gains | gains | – | gains |" in text
    assert "| organization\\_admins | 1: root | 1 |" in text
    assert "NOT DECIDED" in text
    assert "<script>" not in text
    rows = [line for line in text.splitlines() if line.startswith("| ") and "alert" in line]
    assert len(rows) == 2
    columns = [line.replace("\\|", "").count("|") for line in rows]
    assert columns == [4, 10]  # of the table of doubts, and of the matrix


def test_a_page_escapes_everything_and_loads_nothing() -> None:
    page = as_html(EVIL, found(EVIL))
    assert "<script>" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
    assert "default-src &#39;none&#39;" in page or "default-src 'none'" in page
    assert "http" not in page.split("</head>")[1]


def test_long_lists_are_whole_in_a_page_and_cut_in_markdown() -> None:
    many = found(*(f"p{n:03}" for n in range(100)))
    assert "p099" in as_html("s", many)
    assert "and 70 more" in as_markdown("s", many)
    assert "p099" not in as_markdown("s", many)
