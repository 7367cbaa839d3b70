"""The demo shows each special case that it promises."""

from __future__ import annotations

from collections import Counter

from examples.demo.models import MODELS, artifacts, content
from examples.demo.organization import ENGINEER, OUTSIDER, TEAMS, new_api_key, set_up_calls


def test_every_special_case_is_there() -> None:
    assert len(MODELS) == 6
    filled = [model for model in MODELS if not model.emptied]
    assert all(2 <= len(model.versions) <= 5 for model in filled)
    assert [model.name for model in MODELS if model.emptied] == ["retired"]
    assert all(model.description and (model.tags or model.deleted is not None) for model in filled)
    assert all(any(version.aliases for version in model.versions) for model in filled)
    assert [m for m in filled if m.deleted is not None and 0 < m.deleted < len(m.versions) - 1]
    assert [model for model in MODELS if " " in model.name and not model.name.isascii()]
    linked = Counter((model.team, version.source) for model in MODELS for version in model.versions)
    assert max(linked.values()) == 2


def test_every_linked_version_is_logged_with_bytes_of_its_own() -> None:
    for model in MODELS:
        logged = artifacts(model.team)
        assert all(version.number < logged[version.artifact] for version in model.versions)
    contents = [
        content(name, n)
        for team in TEAMS
        for name, count in artifacts(team.name).items()
        for n in range(count)
    ]
    assert len(set(contents)) == len(contents)


def test_people_in_every_role() -> None:
    people = [person for team in TEAMS for person in team.people]
    assert {person.role for person in people} == {"admin", "member", "view-only"}
    assert any(person.service_account for person in people)
    assert any(person.registry_admin for person in people)
    assert OUTSIDER not in {person.name for person in people}
    users = [call["username"] for subject, call in set_up_calls(new_api_key()) if subject == "user"]
    assert sorted(users) == sorted([ENGINEER, OUTSIDER, *(person.name for person in people)])
    assert len(new_api_key()) >= 40
    assert new_api_key() != new_api_key()
