from wandb_registry.guards.failures import Refusal, not_lifted
from wandb_registry.guards.members import Members, check_members, check_service_accounts
from wandb_registry.state.inventory import Boundary
from wandb_registry.state.models import Override
from wandb_registry.state.roles import Role

BOUNDARY: Boundary = {"fraud": {"alice": Role.ADMIN, "bob": Role.MEMBER, "vera": Role.VIEWER}}
JUSTIFIED = Members(users={"alice": Role.ADMIN, "bob": Role.MEMBER}, teams={"fraud": Role.VIEWER})


def check(
    new: Members, old: Members | None = None, boundary: Boundary = BOUNDARY, *, keep_creator: bool = True
) -> list[tuple[str, str]]:
    refusals = not_lifted(check_members("models", old, new, boundary, keep_creator=keep_creator), [])
    return [(refusal.guard, refusal.subject) for refusal in refusals]


def test_what_the_legacy_side_justified_passes() -> None:
    assert check(JUSTIFIED) == []
    assert check(JUSTIFIED, JUSTIFIED) == []


def test_a_person_above_the_recorded_boundary_is_named() -> None:
    higher = Members(users={"alice": Role.ADMIN, "vera": Role.MEMBER}, teams={"fraud": Role.VIEWER})
    assert check(higher) == [("widening", "models/vera")]


def test_a_team_role_above_what_one_of_its_people_had_names_that_person() -> None:
    wide = Members(users={"alice": Role.ADMIN}, teams={"fraud": Role.MEMBER})
    assert check(wide) == [("widening", "models/vera")]


def test_somebody_without_any_legacy_access_is_a_widening() -> None:
    assert check(Members(users={**JUSTIFIED.users, "mallory": Role.VIEWER})) == [
        ("widening", "models/mallory")
    ]


def test_a_team_that_was_not_there_is_a_widening() -> None:
    wide = Members(users=JUSTIFIED.users, teams={"fraud": Role.VIEWER, "risk": Role.VIEWER})
    assert check(wide) == [("widening", "models/team risk")]


def test_without_legacy_origin_there_is_no_boundary_to_widen() -> None:
    assert check(Members(users={"mallory": Role.ADMIN}), boundary={}) == []


def test_merging_teams_names_everyone_who_would_see_the_other_teams_models() -> None:
    boundary: Boundary = {"fraud": {"alice": Role.ADMIN}, "risk": {"rita": Role.MEMBER, "alice": Role.VIEWER}}
    merged = Members(users={"alice": Role.VIEWER, "rita": Role.MEMBER})
    assert check(merged, boundary=boundary) == [("merge-widening", "models/rita")]


def test_a_merge_that_stays_below_what_every_team_justified_passes() -> None:
    boundary: Boundary = {"fraud": {"alice": Role.ADMIN}, "risk": {"alice": Role.VIEWER}}
    assert check(Members(users={"alice": Role.VIEWER}), boundary=boundary) == []


def test_a_downgrade_that_removes_download_is_named() -> None:
    old = Members(users={"alice": Role.ADMIN, "bob": Role.VIEWER})
    new = Members(users={"alice": Role.ADMIN, "bob": Role.RESTRICTED_VIEWER})
    assert check(new, old) == [("download-loss", "models/bob")]
    assert check(new, old, boundary={}) == [("download-loss", "models/bob")]


def test_download_that_the_legacy_side_gave_is_not_lost_at_the_first_time_either() -> None:
    new = Members(users={"alice": Role.ADMIN}, teams={"fraud": Role.RESTRICTED_VIEWER})
    assert check(new) == [("download-loss", "models/bob"), ("download-loss", "models/vera")]


def test_a_team_without_legacy_origin_loses_download_as_a_team() -> None:
    old = Members(teams={"fraud": Role.VIEWER})
    assert check(Members(teams={"fraud": Role.RESTRICTED_VIEWER}), old, {}) == [
        ("download-loss", "models/team fraud")
    ]


def test_the_last_admin_stays() -> None:
    old = Members(users={"alice": Role.ADMIN, "bob": Role.MEMBER})
    new = Members(users={"alice": Role.MEMBER, "bob": Role.MEMBER})
    assert check(new, old) == [("last-admin", "models")]


def test_without_the_creator_somebody_must_be_admin() -> None:
    assert check(Members(users={"bob": Role.MEMBER}), keep_creator=False) == [("last-admin", "models")]
    assert check(Members(users={"bob": Role.MEMBER})) == []


def test_a_quarter_of_the_members_and_at_least_five_is_a_large_removal() -> None:
    people = {f"user{n}": Role.VIEWER for n in range(20)}
    old = Members(users=people)
    four_left_out = Members(users=dict(list(people.items())[4:]))
    five_left_out = Members(users=dict(list(people.items())[5:]))
    assert check(four_left_out, old, {}) == []
    assert check(five_left_out, old, {}) == [("removal-share", "models/members")]


def test_five_of_many_is_no_large_removal() -> None:
    people = {f"user{n}": Role.VIEWER for n in range(21)}
    assert check(Members(users=dict(list(people.items())[5:])), Members(users=people), {}) == []


def test_an_override_lifts_exactly_its_guard_and_subject() -> None:
    refusals = [Refusal("widening", "models/vera", "x"), Refusal("widening", "models/bob", "x")]
    lift = Override(guard="widening", subject="models/vera", reason="agreed", approved_by="alice")
    assert not_lifted(refusals, [lift]) == [refusals[1]]


def test_a_final_refusal_is_lifted_by_nothing_and_a_wildcard_is_just_a_name() -> None:
    final = Refusal("visibility", "models", "x", final=True)
    lift = Override(guard="visibility", subject="models", reason="r", approved_by="a")
    assert not_lifted([final], [lift]) == [final]
    star = Override(guard="widening", subject="*", reason="r", approved_by="a")
    assert not_lifted([Refusal("widening", "models/bob", "x")], [star])


def test_a_refusal_tells_the_override_that_lifts_it() -> None:
    text = str(Refusal("widening", "models/vera", "vera would see more"))
    assert "{guard: widening, subject: models/vera, reason: ..., approved_by: ...}" in text


def test_a_service_account_is_member_at_least() -> None:
    def refused(role: Role) -> list[str]:
        return [r.guard for r in check_service_accounts("models", {"ci": role}, ["ci", "elsewhere"])]

    assert refused(Role.VIEWER) == refused(Role.RESTRICTED_VIEWER) == ["service-account-role"]
    assert refused(Role.MEMBER) == refused(Role.ADMIN) == []
