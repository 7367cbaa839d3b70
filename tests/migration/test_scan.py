"""Scan against a local server: everything that the legacy side holds, in few requests, the same each time."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from tests.migration.world import LEGACY, World, key_of
from wandb_registry.errors import UserError
from wandb_registry.migration.mapping import Mapped
from wandb_registry.migration.run import Request, check_request, run_scan, save_scan
from wandb_registry.migration.scan import SameTeamTwice
from wandb_registry.server import contents
from wandb_registry.server.credentials import api_key_connection
from wandb_registry.server.errors import IncompleteListing, NotFound, NotVisible, Unauthorized, Unavailable
from wandb_registry.server.legacy import NotATeam
from wandb_registry.server.port import GraphQL
from wandb_registry.server.scim import Scim
from wandb_registry.state.inventory import inventory_path
from wandb_registry.state.roles import Role
from wandb_sandbox.faults.faults import Fault, Faults


def request_for(
    folder: Path, *teams: str, rules: str = "numbering: exact", organization: str = "acme"
) -> Request:
    """A scan into a folder."""
    config = folder / "migration.yaml"
    config.write_text(rules, encoding="utf-8")
    return Request(organization, teams, folder / "stacks" / "demo.yaml", config)


def scanned(world: World, folder: Path, who: str, *teams: str, rules: str = "numbering: exact") -> Mapped:
    """What a scan with somebody's key finds."""
    return run_scan(world.port(who), request_for(folder, *teams, rules=rules))


def test_everything_of_two_teams(demo: World, tmp_path: Path) -> None:
    result = scanned(demo, tmp_path, "bob", "fraud", "risk")
    fraud, risk = result.stack.registries.values()
    assert list(result.stack.registries) == ["fraud-models", "risk-models"]
    assert fraud.members is not None
    assert fraud.members.teams == {"fraud": Role.VIEWER}
    assert fraud.members.users == {
        "alice": Role.ADMIN,
        "bob": Role.MEMBER,
        "fraud-bot": Role.MEMBER,
        "mara": Role.MEMBER,
    }
    assert fraud.protected_aliases == ("production",)
    assert (fraud.artifact_types, risk.artifact_types) == (("model",), ("scorer",))
    assert list(fraud.collections) == ["churn", "empty", "Größe 1"]
    churn = fraud.collections["churn"]
    assert (churn.description, churn.tags) == ("Customer churn", ("gdpr", "tabular"))
    assert [(s, link.version, link.aliases) for s, link in churn.links.items()] == [
        ("fraud/train/churn-xgb:v0", 0, ("stable",)),
        ("fraud/train/churn-xgb:v2", 2, None),
        ("fraud/train/churn-xgb:v3", 3, ("1.10", "candidate")),
    ]
    assert fraud.collections["empty"].links == {}
    assert fraud.collections["Größe 1"].description is None
    assert {(f.code, f.severity) for f in result.findings} == {
        ("ACCESS_UNPROVABLE", "warning"),
        ("EMPTY_MODEL", "info"),
        ("GAPS", "info"),
        ("ORGANIZATION_ADMINS", "warning"),
        ("PROTECTED_ALIASES", "warning"),
        ("REGISTRY_ADMINS", "warning"),
        ("SHARED_VERSION", "info"),
        ("TEAM_ADMINS", "warning"),
        ("VIEW_ONLY_PEOPLE", "info"),
    }
    legacy = {team.team: team for team in result.inventory.legacy}
    mara = next(who for who in legacy["fraud"].people if who.username == "mara")
    bot = next(who for who in legacy["fraud"].people if who.username == "fraud-bot")
    assert mara.registry_admin
    assert bot.service_account
    assert legacy["fraud"].protected_aliases == ("production",)
    assert legacy["risk"].collections[0].links[1].digest == "digest-risk/train/scores-1"
    assert result.inventory.boundaries["fraud-models"]["fraud"]["vera"] is Role.VIEWER
    assert result.inventory.organization.name == "Acme Inc"


def test_scanning_twice_gives_the_same_bytes(demo: World, tmp_path: Path) -> None:
    written = []
    for teams in (("fraud", "risk"), ("RISK", "Fraud")):
        request = request_for(tmp_path, *teams)
        save_scan(request, run_scan(demo.port("bob"), request))
        written.append((request.out.read_bytes(), inventory_path(request.out).read_bytes()))
    assert written[0] == written[1]


def test_no_key_is_asked_for_or_kept(demo: World, tmp_path: Path) -> None:
    request = request_for(tmp_path, "fraud")
    save_scan(request, run_scan(demo.port("alice"), request))
    texts = [request.out.read_text("utf-8"), inventory_path(request.out).read_text("utf-8")]
    assert not any("canary" in text or "kkkkkkkk" in text for text in texts)


@pytest.mark.parametrize("organization", ["acme", "Acme Inc", "ACME"])
def test_either_name_of_the_organization(demo: World, tmp_path: Path, organization: str) -> None:
    request = request_for(tmp_path, "risk", organization=organization)
    assert run_scan(demo.port("rita"), request).stack.organization == "Acme Inc"


@pytest.mark.parametrize(
    ("who", "organization", "team", "kind", "complaint"),
    [
        ("nobody", "acme", "fraud", Unauthorized, "does not accept the key"),
        ("alice", "nowhere", "fraud", NotFound, "there is no organization nowhere"),
        ("alice", "fraud", "fraud", NotFound, "fraud is no organization but a team"),
        ("alice", "acme", "nothing", NotVisible, "there is no team nothing in organization Acme Inc"),
        ("alice", "acme", "Acme Inc", NotATeam, "Acme Inc is the organization Acme Inc (entity acme)"),
        ("alice", "acme", "acme", NotATeam, "is the organization Acme Inc (entity acme), not a team"),
        ("alice", "acme", "alice", NotATeam, "not a team"),
        ("alice", "acme", "risk", NotVisible, "risk"),
        ("root", "acme", "fraud", NotVisible, "fraud"),
    ],
)
def test_what_is_not_there_or_not_seen(
    demo: World, tmp_path: Path, who: str, organization: str, team: str, kind: type[UserError], complaint: str
) -> None:
    request = request_for(tmp_path, team, organization=organization)
    with pytest.raises(kind) as caught:
        run_scan(demo.port(who), request)
    assert complaint in str(caught.value)
    assert "\n" not in str(caught.value)
    assert not request.out.exists()


def test_a_team_of_another_organization_is_named_with_both(world: World, tmp_path: Path) -> None:
    world.team("here", {"ann": "admin"})
    world.organization("Other Inc", "other")
    world.team("there", {"ann": "admin"}, "Other Inc")
    with pytest.raises(NotATeam) as caught:
        scanned(world, tmp_path, "ann", "there")
    assert "belongs to organization Other Inc (entity other), not to organization Acme Inc" in str(
        caught.value
    )


def test_a_team_given_twice(demo: World, tmp_path: Path) -> None:
    with pytest.raises(SameTeamTwice, match="given twice"):
        check_request(request_for(tmp_path, "fraud", "Fraud"))


def test_an_address_that_does_not_answer(tmp_path: Path) -> None:
    port = GraphQL(api_key_connection("http://127.0.0.1:9", "k" * 40), sleep=lambda _: None)
    with pytest.raises(Unavailable, match=r"http://127\.0\.0\.1:9 does not answer"):
        run_scan(port, request_for(tmp_path, "fraud"))
    port.close()


def test_a_team_without_legacy_registry(world: World, tmp_path: Path) -> None:
    world.team("new", {"ann": "admin"})
    result = scanned(world, tmp_path, "ann", "new")
    assert [f.code for f in result.findings] == ["NO_LEGACY_REGISTRY"]
    assert result.stack.registries == {}


def test_sources_that_the_key_cannot_read_or_that_cannot_be_linked(world: World, tmp_path: Path) -> None:
    world.team("fraud", {"ann": "admin", "bob": "member"})
    world.team("lab", {"ann": "admin"})
    hidden = world.log("ann", "lab/secret/net", 1)
    mine = world.log("ann", "fraud/train/net", 1)
    world.link("ann", f"fraud/{LEGACY}/net", [*hidden, *mine])
    net = scanned(world, tmp_path, "bob", "fraud").stack.registries["fraud-models"].collections["net"]
    assert list(net.links) == [f"artifact:{hidden[0]}", "fraud/train/net:v0"]
    seen = scanned(world, tmp_path, "ann", "fraud").stack.registries["fraud-models"].collections["net"]
    assert list(seen.links) == ["lab/secret/net:v0", "fraud/train/net:v0"]


def test_links_whose_source_was_deleted(world: World, tmp_path: Path) -> None:
    state = world.sandbox.state
    state.switches = state.switches.changed(deleted_source_leaves_link=True)
    world.team("fraud", {"ann": "admin"})
    ids = world.log("ann", "fraud/train/net", 3)
    world.link("ann", f"fraud/{LEGACY}/net", ids)
    world.run(
        "ann",
        "deleteArtifact",
        "DeleteArtifactInput",
        {"artifactID": ids[1], "deleteAliases": True},
        "artifact { id }",
    )
    result = scanned(world, tmp_path, "ann", "fraud")
    assert {"SOURCE_GONE", "GAPS"} <= {f.code for f in result.findings}
    (collection,) = result.inventory.legacy[0].collections
    assert [link.excluded is not None for link in collection.links] == [False, True, False]


def test_what_is_on_the_target_already(world: World, tmp_path: Path) -> None:
    world.team("fraud", {"ann": "admin"})
    ids = world.log("ann", "fraud/train/net", 2)
    world.link("ann", f"fraud/{LEGACY}/net", ids)
    value = {
        "entityName": "acme",
        "name": "wandb-registry-Fraud-Models",
        "access": "PRIVATE",
        "allowAllArtifactTypesInRegistry": True,
    }
    world.run("ann", "upsertModel", "UpsertModelInput", value, "project { id }")
    world.link("ann", "acme/wandb-registry-Fraud-Models/net", [ids[1]], {0: ["gold"]})
    result = scanned(world, tmp_path, "ann", "fraud")
    before = result.inventory.baseline["fraud-models"]
    assert before.visibility == "organization"
    assert before.artifact_types == "any"
    assert before.users == {"ann": Role.ADMIN}
    (link,) = before.collections["net"].links.items()
    assert (link[0], link[1].version, link[1].aliases) == (ids[1], 0, ("gold",))
    assert {f.code for f in result.findings} == {
        "ACCESS_UNPROVABLE",
        "ALREADY_ON_TARGET",
        "NUMBERS_TAKEN",
        "ORGANIZATION_ADMINS",
        "VISIBILITY_KEPT",
        "WOULD_GAIN",
    }
    assert result.stack.registries["fraud-models"].visibility == "organization"


def fill(world: World, collections: int, links: int) -> None:
    """A team with so many collections of so many links each."""
    world.team("big", {"ann": "admin"})
    ids = world.log("ann", "big/train/net", links)
    for n in range(collections):
        world.link("ann", f"big/{LEGACY}/model-{n:03}", ids)


def test_requests_stay_few(world: World, tmp_path: Path) -> None:
    collections, links = 12, 5
    fill(world, collections, links)
    world.sandbox.state.log.clear()
    scanned(world, tmp_path, "ann", "big")
    log = world.sandbox.state.log
    assert log.kinds["mutation"] == 0
    assert log.total <= 13
    assert log.total <= collections * links / 100 + 2 * collections + 20


def test_requests_stay_few_where_pages_may_not_nest(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(world, 12, 5)
    nested = scanned(world, tmp_path, "ann", "big").stack
    monkeypatch.setattr(contents, "_NESTED", contents._NESTED.replace("artifactMemberships", "tooComplex"))
    world.sandbox.state.log.clear()
    assert scanned(world, tmp_path, "ann", "big").stack == nested
    total = world.sandbox.state.log.total
    assert math.ceil(12 * 5 / 100) + 12 < total <= 12 * 5 / 100 + 2 * 12 + 20


def test_long_listings_are_read_to_their_end(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(world, 5, 7)
    whole = scanned(world, tmp_path, "ann", "big").stack
    for name, value in (("_COLLECTIONS", 2), ("_NESTED_LINKS", 2), ("PAGE", 3)):
        monkeypatch.setattr(contents, name, value)
    assert scanned(world, tmp_path, "ann", "big").stack == whole
    assert sum(len(c.links) for c in whole.registries["big-models"].collections.values()) == 35


def test_a_server_that_fails_now_and_then_gives_the_same_scan(demo: World, tmp_path: Path) -> None:
    expected = scanned(demo, tmp_path, "bob", "fraud", "risk")
    demo.sandbox.state.faults.change(
        {"add": [{"kind": "status", "operation": "ContentsOf", "times": 2, "status": 503}]}
    )
    assert scanned(demo, tmp_path, "bob", "fraud", "risk") == expected


@pytest.mark.parametrize("status", [401, 403])
def test_rights_lost_in_mid_run_write_nothing(demo: World, tmp_path: Path, status: int) -> None:
    demo.sandbox.state.faults.change(
        {"add": [{"kind": "status", "operation": "ContentsOf", "times": 1, "status": status}]}
    )
    request = request_for(tmp_path, "fraud")
    with pytest.raises(UserError):
        save_scan(request, run_scan(demo.port("bob"), request))
    assert not request.out.exists()


@pytest.fixture
def faults(demo: World) -> Iterator[Faults]:
    """The faults of the demo's server, which has none afterwards."""
    yield demo.sandbox.state.faults
    demo.sandbox.state.faults.clear()


@pytest.mark.parametrize("keep", [0, None])
@pytest.mark.parametrize(
    ("operation", "listing"),
    [
        ("ContentsOf", "artifactCollections"),
        ("ContentsOf", "artifactMemberships"),
        ("CollectionsOf", "artifactCollections"),
        ("ContentLinks", "artifactMemberships"),
    ],
)
def test_a_listing_cut_short_writes_nothing(
    demo: World,
    tmp_path: Path,
    faults: Faults,
    monkeypatch: pytest.MonkeyPatch,
    operation: str,
    listing: str,
    keep: int | None,
) -> None:
    if operation != "ContentsOf":
        one_by_one = contents._NESTED.replace("artifactMemberships", "tooComplex")
        monkeypatch.setattr(contents, "_NESTED", one_by_one)
    faults.active = [Fault("short_listing", operation, times=-1, connection=listing, keep=keep)]
    request = request_for(tmp_path, "fraud")
    with pytest.raises(IncompleteListing, match=r"fraud/model-registry.* brought \d of \d entries\. Run"):
        save_scan(request, run_scan(demo.port("bob"), request))
    assert not request.out.exists()


def test_a_restricted_source_project_is_found_and_left_out_until_decided(
    world: World, tmp_path: Path
) -> None:
    world.team("fraud", {"ann": "admin", "bob": "member", "ops": "service"})
    secret = world.log("ann", "fraud/secret/net", 1)
    world.link("ann", f"fraud/{LEGACY}/net", [*world.log("ann", "fraud/train/net", 1), *secret])
    world.set_project("fraud", "secret", access="RESTRICTED")
    result = scanned(world, tmp_path, "ann", "fraud")
    assert list(result.stack.registries["fraud-models"].collections["net"].links) == ["fraud/train/net:v0"]
    (finding,) = [f for f in result.findings if f.code == "SOURCE_PROJECT_RESTRICTED"]
    assert "v1 come from the restricted project fraud/secret" in finding.message
    rules = "restricted_sources: {fraud/secret: link}"
    opened = scanned(world, tmp_path, "ann", "fraud", rules=rules)
    assert len(opened.stack.registries["fraud-models"].collections["net"].links) == 2


def test_a_restricted_legacy_registry_and_its_invited_people(world: World, tmp_path: Path) -> None:
    world.team("fraud", {"ann": "admin", "bob": "member", "eve": "member"})
    world.link("ann", f"fraud/{LEGACY}/net", world.log("ann", "fraud/train/net", 1))
    world.set_project("fraud", LEGACY, access="RESTRICTED", members=[{"username": "bob", "role": "viewer"}])
    members = scanned(world, tmp_path, "ann", "fraud").stack.registries["fraud-models"].members
    assert members is not None
    assert members.teams == {}
    assert members.users == {"ann": Role.ADMIN, "bob": Role.VIEWER}


def test_people_csv_tells_what_the_server_does_not(world: World, tmp_path: Path) -> None:
    world.team("fraud", {"ann": "admin"})
    world.link("ann", f"fraud/{LEGACY}/net", world.log("ann", "fraud/train/net", 1))
    people = tmp_path / "people.csv"
    people.write_text("username,service_account\nops,organization\n", encoding="utf-8")
    request = replace(request_for(tmp_path, "fraud"), people=people)
    result = run_scan(world.port("ann"), request)
    assert result.inventory.access is not None
    assert result.inventory.access.unprovable == ()
    assert [p.username for p in result.inventory.access.organization if p.organization_wide] == ["ops"]
    assert result.inventory.access.scanned_by == "ann"
    assert result.inventory.legacy[0].visibility == "team"


def test_service_accounts_of_others_at_work_are_proposed(world: World, tmp_path: Path) -> None:
    world.team("fraud", {"ann": "admin"})
    world.user("ops", service="organization")
    world.join("ops")
    world.link("ann", f"fraud/{LEGACY}/net", world.log("ops", "fraud/train/net", 1))
    result = scanned(world, tmp_path, "ann", "fraud")
    (finding,) = [f for f in result.findings if f.code == "SERVICE_ACCOUNT_AT_WORK"]
    assert "service account ops is not in the team" in finding.message


def test_an_organization_admins_key_reads_seats_by_scim(world: World, tmp_path: Path) -> None:
    world.team("fraud", {"root": "admin", "vic": "member"})
    world.join("vic", seat="viewer")
    world.link("root", f"fraud/{LEGACY}/net", world.log("root", "fraud/train/net", 1))
    connection = api_key_connection(world.sandbox.url, key_of("root"))
    request = request_for(tmp_path, "fraud")
    result = run_scan(world.port("root"), request, open_scim=lambda: Scim(connection, "root"))
    people = {person.username: person.seat for person in result.inventory.legacy[0].people}
    assert people == {"root": "full", "vic": "viewer"}
    members = result.stack.registries["fraud-models"].members
    assert members is not None
    assert (members.teams, members.users) == ({"fraud": Role.VIEWER}, {"root": Role.ADMIN})
