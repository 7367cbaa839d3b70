"""Bad input in stack files: each problem with its file, line and path, before anything is sent."""

from __future__ import annotations

from pathlib import Path

import pytest

from wandb_registry.state import document
from wandb_registry.state.load import check_folder, load_stack, parse_stack, stack_files
from wandb_registry.state.problems import InvalidFile
from wandb_registry.state.roles import Role

GOOD = """\
version: 1
organization: acme
registries:
  fraud-models:
    visibility: restricted
    description: Models of team fraud
    artifact_types: [model]
    members:
      teams: {fraud: member}
      users: {alice: admin}
    protected_aliases: [production]
    collections:
      churn:
        type: model
        description: Customer churn
        tags: [tabular]
        links:
          fraud/train/churn-xgb:v3: {version: v0, aliases: [production], id: QXJ0aWZhY3Q6MTIz}
          fraud/train/churn-xgb:v9: {version: v2, id: QXJ0aWZhY3Q6NDU2}
legacy: [{team: fraud, digest: "sha256:0000000000000000000000000000000000000000000000000000000000000000"}]
overrides: []
"""


def complaints(text: str) -> list[str]:
    """Every problem with the text, as a person reads it."""
    with pytest.raises(InvalidFile) as caught:
        parse_stack(text, "stacks/fraud.yaml")
    return str(caught.value).splitlines()


def replaced(old: str, new: str) -> str:
    """The good file with one thing changed."""
    assert GOOD.count(old) == 1, old
    return GOOD.replace(old, new)


def test_the_example_of_the_design_loads() -> None:
    registry = parse_stack(GOOD, "x").registries["fraud-models"]
    links = registry.collections["churn"].links
    assert registry.exclusive
    assert registry.members is not None
    assert registry.members.users == {"alice": Role.ADMIN}
    assert [(str(s), link.version, link.aliases, link.id) for s, link in links.items()] == [
        ("fraud/train/churn-xgb:v3", 0, ("production",), "QXJ0aWZhY3Q6MTIz"),
        ("fraud/train/churn-xgb:v9", 2, None, "QXJ0aWZhY3Q6NDU2"),
    ]


REGISTRY = "registries.fraud-models"
CHURN = f"{REGISTRY}.collections.churn"
LINKS = f"{CHURN}.links"
FIRST, SECOND = "fraud/train/churn-xgb:v3", "fraud/train/churn-xgb:v9"
ALIASES = "v0, aliases: [production]"
NO_TYPE, TYPE = "        type: model\n", "        type: model\n        type: model\n"

# What is changed, into what; line, path and message of the problem.
CHANGES = [
    ("    description: M", "    descripton: M", 6, f"{REGISTRY}.descripton", "not known"),
    ("overrides: []", "overrides: []\nfoo: 1", 22, "foo", "not known"),
    (NO_TYPE, TYPE, 15, f"{CHURN}.type", "stands twice, first in line 14"),
    (ALIASES, "v0, aliases: [latest]", 18, f"{LINKS}.{FIRST}.aliases[0]", "latest follows the newest link"),
    (ALIASES, "v0, aliases: [v3]", 18, f"{LINKS}.{FIRST}.aliases[0]", "v3 is a version, not an alias"),
    (ALIASES, "v0, aliases: [a, a]", 18, f"{LINKS}.{FIRST}", "names an alias twice"),
    (
        "v2, id: QXJ0aWZhY3Q6NDU2}",
        "v2, aliases: [production]}",
        19,
        f"{LINKS}.{SECOND}",
        f"alias production is used by {FIRST} too",
    ),
    (SECOND, "fraud/train/x:prod", 19, f"{LINKS}.fraud/train/x:prod", "names no version"),
    (SECOND, "x:v9", 19, f"{LINKS}.x:v9", "is no source"),
    ("version: v2", "version: v0", 19, f"{LINKS}.{SECOND}", "v0 stands below v0"),
    ("version: v2", "version: 2", 19, f"{LINKS}.{SECOND}.version", "is not a version"),
    ("QXJ0aWZhY3Q6NDU2", "QXJ0aWZhY3Q6MTIz", 19, f"{LINKS}.{SECOND}", "one version is linked once"),
    ("  fraud-models:", "  fraud/models:", 4, "registries.fraud/models", "must contain none of /"),
    (
        "  fraud-models:",
        f"  {'a' * 114}:",
        4,
        f"registries.{'a' * 114}",
        "at most 113 characters, this one 114",
    ),
    ("      churn:", "      a/b:", 13, f"{REGISTRY}.collections.a/b", "neither / nor :"),
    ("      churn:", f"      {'c' * 129}:", 13, f"{REGISTRY}.collections.{'c' * 129}", "at most 128"),
    ("alice: admin", "alice: owner", 10, f"{REGISTRY}.members.users.alice", "'owner' is not possible"),
    (": restricted", ": private", 5, f"{REGISTRY}.visibility", "'private' is not possible"),
    ("artifact_types: [model]", "artifact_types: [data]", 14, f"{CHURN}.type", "takes data, not model"),
    ("tags: [tabular]", "tags: [a/b]", 16, f"{CHURN}.tags[0]", "a tag is made of"),
    ("version: 1\n", "version: 2\n", 1, "version", "'2' is not possible"),
    ("organization: acme\n", "", 1, "organization", "is missing"),
    ("sha256:0000", "sha256:000", 20, "legacy[0].digest", "pattern"),
]


@pytest.mark.parametrize(("old", "new", "line", "path", "message"), CHANGES)
def test_a_problem_has_file_line_and_path(old: str, new: str, line: int, path: str, message: str) -> None:
    found = complaints(replaced(old, new))
    matching = [text for text in found if text.startswith(f"stacks/fraud.yaml:{line}: {path}: ")]
    assert matching, found
    assert message in matching[0]


def test_two_models_of_one_name_without_case_name_both() -> None:
    text = replaced("      churn:\n", "      Churn: {type: model}\n      churn:\n")
    assert complaints(text) == [
        "stacks/fraud.yaml:14: registries.fraud-models.collections.churn: and Churn are one model to W&B, "
        "which compares names without case"
    ]


def test_two_registries_of_one_name_without_case() -> None:
    text = replaced(
        "registries:\n", "registries:\n  Fraud-Models: {visibility: restricted, artifact_types: any}\n"
    )
    assert "registries.fraud-models: and Fraud-Models are one registry" in complaints(text)[0]


def test_every_problem_is_told_at_once() -> None:
    text = replaced("visibility: restricted", "visibility: private").replace("alice: admin", "alice: owner")
    assert [line.split(": ")[0] for line in complaints(text)] == [
        "stacks/fraud.yaml:5",
        "stacks/fraud.yaml:10",
    ]


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("a: [1\nb: 2", "stacks/fraud.yaml:2: is not YAML"),
        ("a: &x [*x]", "contains itself through an anchor"),
        ("{[1, 2]: x}", "has a key that is no text"),
        ("x: &a {b: 1}\ny: {<<: *a}", "y: uses the merge key <<"),
        ("registries: 3", "registries: must be a mapping"),
        ("- 1", "must be a mapping"),
        ("", "organization: is missing"),
    ],
)
def test_what_is_no_stack_file(text: str, complaint: str) -> None:
    assert any(complaint in line for line in complaints(text))


def test_anchors_that_multiply_without_bounds_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(document, "_MOST_NODES", 10_000)
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 9)]
    assert "beyond all bounds" in complaints("\n".join(lines))[0]


def test_a_file_that_is_missing_or_no_text(tmp_path: Path) -> None:
    with pytest.raises(InvalidFile, match="there is no such file"):
        load_stack(tmp_path / "none.yaml")
    (tmp_path / "bytes.yaml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(InvalidFile, match="cannot be read"):
        load_stack(tmp_path / "bytes.yaml")


def test_scalars_stay_the_text_that_stands_there() -> None:
    text = replaced(ALIASES, "v0, aliases: [1.10, on, no, 2024-01-01, 0x10, ~x, 1_000]")
    link = parse_stack(text, "x").registries["fraud-models"].collections["churn"].links
    assert next(iter(link.values())).aliases == ("1.10", "on", "no", "2024-01-01", "0x10", "~x", "1_000")


@pytest.mark.parametrize("nothing", ["", "~", "null"])
def test_nothing_is_left_out_and_quoted_nothing_is_text(nothing: str) -> None:
    def description(text: str) -> str | None:
        changed = replaced("description: Customer churn", f"description: {text}")
        return parse_stack(changed, "x").registries["fraud-models"].collections["churn"].description

    assert description(nothing) is None
    assert description(f"'{nothing}'") == nothing


def test_left_out_is_not_the_same_as_empty() -> None:
    text = replaced("description: Customer churn", 'description: ""').replace("tags: [tabular]", "tags: []")
    churn = parse_stack(text, "x").registries["fraud-models"].collections["churn"]
    assert (churn.description, churn.tags) == ("", ())
    bare = replaced("        description: Customer churn\n        tags: [tabular]\n", "")
    churn = parse_stack(bare, "x").registries["fraud-models"].collections["churn"]
    assert (churn.description, churn.tags) == (None, None)


@pytest.mark.parametrize(
    ("registry", "complaint"),
    [
        ("models: {visibility: restricted, artifact_types: any}", "always visible to the organization"),
        ("dataset: {visibility: organization, artifact_types: any, renamed_from: x}", "whose name is fixed"),
        ("a: {visibility: organization, artifact_types: any, renamed_from: a}", "names itself"),
        (
            "a: {visibility: restricted, artifact_types: any, renamed_from: b}\n"
            "  b: {visibility: restricted, artifact_types: any}",
            "b still stands in the file",
        ),
        (
            "a: {visibility: restricted, artifact_types: any, renamed_from: c}\n"
            "  b: {visibility: restricted, artifact_types: any, renamed_from: c}",
            "a was renamed from c too",
        ),
        (
            "a: {visibility: restricted, artifact_types: any, members: {exclusive: yes}}",
            "neither true nor false",
        ),
        ("a: {visibility: restricted, artifact_types: any, manage: never}", "'never' is not possible"),
        ("wandb-registry-a: {visibility: restricted, artifact_types: any}", "leave out the prefix"),
    ],
)
def test_rules_of_registries(registry: str, complaint: str) -> None:
    text = f"version: 1\norganization: acme\nregistries:\n  {registry}\n"
    assert any(complaint in line for line in complaints(text))


def test_exclusive_is_the_default_where_restricted() -> None:
    def exclusive(visibility: str, members: str) -> bool:
        text = (
            "version: 1\norganization: acme\nregistries:\n"
            f"  a: {{visibility: {visibility}, artifact_types: any{members}}}\n"
        )
        return parse_stack(text, "x").registries["a"].exclusive

    assert exclusive("restricted", ", members: {}")
    assert not exclusive("organization", ", members: {}")
    assert not exclusive("restricted", ", members: {exclusive: false}")
    assert not exclusive("restricted", "")


def test_a_registry_belongs_to_one_stack(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text(GOOD, encoding="utf-8")
    (tmp_path / "b.yaml").write_text(GOOD.replace("fraud-models:", "Fraud-Models:"), encoding="utf-8")
    with pytest.raises(InvalidFile) as caught:
        check_folder(tmp_path)
    assert str(caught.value) == (
        f"{tmp_path}/b.yaml:4: registries.Fraud-Models: is declared in {tmp_path}/a.yaml too; "
        "a registry belongs to one stack"
    )


def test_other_organizations_and_configuration_of_pulumi_do_not_collide(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text(GOOD, encoding="utf-8")
    (tmp_path / "Pulumi.a.yaml").write_text(GOOD, encoding="utf-8")
    other = GOOD.replace("organization: acme", "organization: other")
    (tmp_path / "b.yaml").write_text(other, encoding="utf-8")
    check_folder(tmp_path)
    assert [path.name for path in stack_files(tmp_path)] == ["a.yaml", "b.yaml"]
