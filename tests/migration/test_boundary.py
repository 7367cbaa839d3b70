"""Roles: everybody gets what they had, nobody more, and the team the lowest that all its people need."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.migration.facts import person, rules, team
from wandb_registry.migration.boundary import Access, access_of, unmapped_roles
from wandb_registry.migration.facts import TeamFacts
from wandb_registry.state.inventory import Person
from wandb_registry.state.roles import Role, highest

PEOPLE = st.lists(
    st.builds(
        person,
        st.sampled_from(["ann", "bob", "cem", "dot", "eve"]),
        st.sampled_from(["admin", "member", "view-only"]),
        service_account=st.booleans(),
        registry_admin=st.booleans(),
    ),
    unique_by=lambda who: who.username,
)
TEAMS = st.lists(PEOPLE, min_size=1, max_size=3).map(
    lambda teams: [TeamFacts(f"team{n}", tuple(people)) for n, people in enumerate(teams)]
)
LEGACY = {"admin": Role.ADMIN, "member": Role.MEMBER, "view-only": Role.VIEWER}


def needs(who: Person) -> Role:
    """What somebody had, as the design says it."""
    return Role.MEMBER if who.service_account else LEGACY[who.team_role]


def effective(access: Access, teams: list[TeamFacts], username: str) -> Role:
    """What somebody gets: the highest of the own entry and of the teams."""
    through = [access.teams[t.team] for t in teams if username in {who.username for who in t.people}]
    own = [access.users[username]] if username in access.users else []
    return highest(through + own)


@given(TEAMS)
def test_everybody_gets_what_the_legacy_side_gave_and_nobody_more(teams: list[TeamFacts]) -> None:
    access = access_of(teams, rules().config)
    for username in {who.username for t in teams for who in t.people}:
        had = highest([needs(who) for t in teams for who in t.people if who.username == username])
        assert effective(access, teams, username) is had
        assert highest([b[username] for b in access.boundary.values() if username in b]) is had


@given(TEAMS)
def test_only_those_who_need_more_get_an_entry(teams: list[TeamFacts]) -> None:
    access = access_of(teams, rules().config)
    for username, role in access.users.items():
        without = Access(access.teams, {}, access.boundary)
        assert not effective(without, teams, username).covers(role)


@given(TEAMS)
def test_a_team_gets_no_more_than_its_lowest_person_nor_than_member(teams: list[TeamFacts]) -> None:
    access = access_of(teams, rules().config)
    for one in teams:
        role = access.teams[one.team]
        assert Role.MEMBER.covers(role)
        assert role.downloads
        assert all(needs(who).covers(role) for who in one.people)


@given(TEAMS)
def test_the_boundary_names_everybody_team_by_team(teams: list[TeamFacts]) -> None:
    boundary = access_of(teams, rules().config).boundary
    assert boundary == {t.team: {who.username: needs(who) for who in t.people} for t in teams}


@given(TEAMS)
def test_the_reviewers_choice_makes_registry_admins_admins(teams: list[TeamFacts]) -> None:
    access = access_of(teams, rules("registry_admins: admin").config)
    for one in teams:
        for who in one.people:
            if who.registry_admin:
                assert effective(access, teams, who.username) is Role.ADMIN
                assert access.boundary[one.team][who.username] is Role.ADMIN


def test_the_role_map_does_not_move_the_boundary() -> None:
    fraud = team("fraud", people=(person("vera", "view-only"), person("ann", "admin")))
    access = access_of([fraud], rules("roles: {view-only: member}").config)
    assert access.teams == {"fraud": Role.MEMBER}
    assert access.boundary["fraud"]["vera"] is Role.VIEWER


@pytest.mark.parametrize("mapped", ["", "roles: {service: member}"])
def test_a_service_account_is_member_whatever_its_seat(mapped: str) -> None:
    bot = person("bot", service_account=True).model_copy(update={"seat": "viewer"})
    access = access_of([team("fraud", people=(bot, person("vera", "view-only")))], rules(mapped).config)
    assert access.users == {"bot": Role.MEMBER}


def test_people_with_another_name_in_the_organization() -> None:
    fraud = team("fraud", people=(person("bob", "admin"), person("vera", "view-only")))
    access = access_of([fraud], rules("people: {bob: robert}").config)
    assert access.users == {"robert": Role.ADMIN}
    assert access.boundary == {"fraud": {"robert": Role.ADMIN, "vera": Role.VIEWER}}


def test_custom_roles_are_what_the_reviewers_say_and_nothing_else() -> None:
    fraud = team("fraud", people=(person("ann", "auditor"), person("bob", "member")))
    assert unmapped_roles(fraud.people, rules().config) == {"auditor": ["ann"]}
    undecided = access_of([fraud], rules().config)
    assert undecided.boundary == {"fraud": {"bob": Role.MEMBER}}
    decided = rules("roles: {auditor: viewer}").config
    assert unmapped_roles(fraud.people, decided) == {}
    access = access_of([fraud], decided)
    assert access.teams == {"fraud": Role.VIEWER}
    assert access.users == {"bob": Role.MEMBER}
    assert access.boundary == {"fraud": {"ann": Role.VIEWER, "bob": Role.MEMBER}}


@pytest.mark.parametrize("people", [(), (person("a", "admin"), person("b", "admin"))])
def test_teams_of_nobody_and_of_admins_only(people: tuple[Person, ...]) -> None:
    access = access_of([TeamFacts("fraud", people)], rules().config)
    assert access.teams == {"fraud": Role.MEMBER if people else Role.VIEWER}
    assert access.users == {who.username: Role.ADMIN for who in people}
