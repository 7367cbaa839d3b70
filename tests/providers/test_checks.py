"""`check` and `diff` of every provider, without engine and server: they call no API."""

from __future__ import annotations

from typing import Any

import pytest
from pulumi.dynamic.dynamic import serialize_provider
from pulumi.runtime.rpc import UNKNOWN

from providers.adapter import Adapter
from providers.collection import CollectionProvider
from providers.link import LinkProvider
from providers.links import LinksProvider
from providers.links_inputs import LinkItem, link_lines
from providers.membership import MembershipProvider
from providers.memberships import MembershipsProvider
from providers.registry import RegistryProvider
from providers.stack_guard import StackGuardProvider

Props = dict[str, Any]

REGISTRY: Props = {
    "organization": "acme",
    "name": "models",
    "visibility": "restricted",
    "artifact_types": ["model"],
}
MEMBERSHIPS: Props = {"organization": "acme", "registry": "models", "users": {"alice": "admin"}, "teams": {}}
MEMBERSHIP: Props = {
    "organization": "acme",
    "registry": "models",
    "kind": "user",
    "principal": "alice",
    "role": "viewer",
}
COLLECTION: Props = {"organization": "acme", "registry": "models", "name": "churn", "type": "model"}
LINKS: Props = {
    "organization": "acme",
    "registry": "models",
    "collection": "churn",
    "links": {
        "QQ==": "0000 v0 fraud/train/churn:v3 [best, production]",
        "Qg==": "0001 v1 fraud/train/churn:v4",
    },
}
LINK: Props = {
    "organization": "acme",
    "registry": "models",
    "collection": "churn",
    "source": "fraud/train/churn:v3",
    "aliases": ["production"],
}
GUARD: Props = {"organization": "acme", "registries": {"models": {"visibility": "restricted"}}}
ALL: list[tuple[Adapter[Any], Props]] = [
    (RegistryProvider(), REGISTRY),
    (MembershipsProvider(), MEMBERSHIPS),
    (MembershipProvider(), MEMBERSHIP),
    (CollectionProvider(), COLLECTION),
    (LinksProvider(), LINKS),
    (LinkProvider(), LINK),
    (StackGuardProvider(), GUARD),
]
each = pytest.mark.parametrize(("provider", "props"), ALL, ids=[type(p).__name__ for p, _ in ALL])


def reasons(provider: Adapter[Any], olds: Props, news: Props) -> list[str]:
    return [failure.reason for failure in provider.check(olds, news).failures]


def changes(provider: Adapter[Any], olds: Props, news: Props) -> bool:
    return bool(provider.diff("id", olds, news).changes)


@each
def test_good_inputs_pass_and_make_no_difference_to_themselves(provider: Adapter[Any], props: Props) -> None:
    assert reasons(provider, {}, props) == []
    assert reasons(provider, props, props) == []
    assert not changes(provider, props, props)


@each
def test_an_override_alone_is_no_change(provider: Adapter[Any], props: Props) -> None:
    override = {"guard": "widening", "subject": "models/eve", "reason": "r", "approved_by": "a"}
    assert not changes(provider, props, props | {"overrides": [override]})


@each
def test_what_up_alone_can_tell_is_checked_by_nobody_and_is_a_change(
    provider: Adapter[Any], props: Props
) -> None:
    later = props | {"organization": UNKNOWN}
    assert reasons(provider, props, later) == []
    assert changes(provider, props, later)


@each
def test_the_pickled_provider_is_short_and_names_no_place(provider: Adapter[Any], props: Props) -> None:
    pickled = serialize_provider(provider)
    assert len(pickled) < 300
    assert pickled == serialize_provider(type(provider)())
    assert not vars(provider)


@each
def test_the_secret_of_a_provider_is_that_there_is_none(provider: Adapter[Any], props: Props) -> None:
    assert provider.serialize_as_secret_always is False


@pytest.mark.parametrize(
    ("provider", "props", "reason"),
    [
        (
            RegistryProvider(),
            REGISTRY | {"name": "a/b"},
            "name: a registry's name must contain none of / \\ # ? % : or a line break",
        ),
        (
            RegistryProvider(),
            REGISTRY | {"visibility": "secret"},
            "visibility: Input should be 'restricted' or 'organization'",
        ),
        (
            CollectionProvider(),
            COLLECTION | {"name": "a/b"},
            "name: a collection's name must contain neither / nor :",
        ),
        (
            LinksProvider(),
            LINKS | {"links": {"QQ==": "nonsense"}},
            "links: 'nonsense' is no link; write 'ORDER [vN] SOURCE [aliases]'",
        ),
        (
            LinkProvider(),
            LINK | {"source": "fraud/train/churn:best"},
            "source: 'fraud/train/churn:best' names no version; a source is entity/project/name:vN "
            "(an alias moves)",
        ),
        (
            LinkProvider(),
            LINK | {"aliases": ["latest"]},
            "aliases.0: latest follows the newest link by itself and cannot be declared",
        ),
        (
            MembershipProvider(),
            MEMBERSHIP | {"role": "owner"},
            "role: Input should be 'restricted_viewer', 'viewer', 'member' or 'admin'",
        ),
    ],
)
def test_a_bad_input_is_one_line_that_names_its_place(
    provider: Adapter[Any], props: Props, reason: str
) -> None:
    assert reasons(provider, {}, props) == [reason]


def test_what_never_changes_is_refused() -> None:
    assert reasons(CollectionProvider(), COLLECTION, COLLECTION | {"type": "dataset"}) == [
        "type-fixed: churn has type model, and W&B never changes it; choose another name"
    ]
    [line] = reasons(MembershipProvider(), MEMBERSHIP, MEMBERSHIP | {"principal": "bob"})
    assert line.startswith("principal-fixed: ")


@pytest.mark.parametrize(
    ("provider", "props", "record"),
    [
        (RegistryProvider(), REGISTRY, {"baseline": {"id": "x", "visibility": "restricted"}}),
        (RegistryProvider(), REGISTRY, {"boundary": {"fraud": {"alice": "admin"}}}),
        (CollectionProvider(), COLLECTION, {"baseline_id": "x"}),
        (LinksProvider(), LINKS, {"baseline": ["QQ=="]}),
        (MembershipsProvider(), MEMBERSHIPS, {"baseline": ["user alice"]}),
    ],
)
def test_a_record_of_scan_does_not_vanish_silently(
    provider: Adapter[Any], props: Props, record: Props
) -> None:
    [line] = reasons(provider, props | record, props)
    assert line.startswith("record-lost: the inventory no longer holds the b")
    assert reasons(provider, props, props | record) == []


def test_the_label_and_the_position_of_a_link_are_only_shown() -> None:
    relabelled = {"Qg==": "0000 v1 risk/train/churn:v4", "QQ==": "0007 v0 risk/x/churn:v3 [production, best]"}
    assert not changes(LinksProvider(), LINKS, LINKS | {"links": relabelled})


@pytest.mark.parametrize(
    "line", ["0000 v2 fraud/train/churn:v3 [best, production]", "0000 v0 fraud/train/churn:v3 [best]"]
)
def test_a_number_and_an_alias_of_a_link_are_a_change(line: str) -> None:
    assert changes(LinksProvider(), LINKS, LINKS | {"links": LINKS["links"] | {"QQ==": line}})


def test_a_link_more_or_less_is_a_change() -> None:
    fewer = LINKS | {"links": {"QQ==": LINKS["links"]["QQ=="]}}
    assert changes(LinksProvider(), LINKS, fewer)
    assert changes(LinksProvider(), fewer, LINKS)


def test_a_field_left_out_is_not_managed() -> None:
    described = {"description": "By hand"}
    assert not changes(RegistryProvider(), REGISTRY | described, REGISTRY)
    assert changes(RegistryProvider(), REGISTRY | described, REGISTRY | {"description": ""})
    by_hand = described | {"tags": ["x"]}
    assert not changes(CollectionProvider(), COLLECTION | by_hand, COLLECTION)
    assert changes(CollectionProvider(), COLLECTION | by_hand, COLLECTION | {"tags": []})
    assert not changes(LinkProvider(), LINK, {key: LINK[key] for key in LINK if key != "aliases"})


def test_another_path_of_a_single_link_is_for_update_to_look_at() -> None:
    renamed = LINK | {"source": "risk/train/churn:v3"}
    assert reasons(LinkProvider(), LINK, renamed) == []
    assert changes(LinkProvider(), LINK, renamed)


def test_tags_and_aliases_have_no_order() -> None:
    assert not changes(
        CollectionProvider(), COLLECTION | {"tags": ["a", "b"]}, COLLECTION | {"tags": ["b", "a"]}
    )
    assert not changes(LinkProvider(), LINK | {"aliases": ["a", "b"]}, LINK | {"aliases": ["b", "a"]})


def test_types_only_grow() -> None:
    both = REGISTRY | {"artifact_types": ["dataset", "model"]}
    assert not changes(RegistryProvider(), both, REGISTRY)
    assert changes(RegistryProvider(), REGISTRY, both)
    assert not changes(RegistryProvider(), REGISTRY | {"artifact_types": "any"}, REGISTRY)


def test_the_boundary_of_members_is_for_guards_alone() -> None:
    recorded = {"boundary": {"fraud": {"alice": "admin"}}, "ids": {"user alice": "VXNlcjox"}}
    assert not changes(MembershipsProvider(), MEMBERSHIPS, MEMBERSHIPS | recorded)


def test_link_lines_carry_the_order_and_know_the_id_of_a_source_by_id() -> None:
    assert link_lines(
        [
            LinkItem(source="fraud/train/churn:v3", id="QQ==", version=0, aliases=["b", "a"]),
            LinkItem(source="artifact:Qg==", accept_version=4),
            LinkItem(source="fraud/train/churn:v9"),
        ]
    ) == {
        "QQ==": "0000 v0 fraud/train/churn:v3 [a, b]",
        "Qg==": "0001 artifact:Qg== accepts v4",
        "fraud/train/churn:v9": "0002 fraud/train/churn:v9",
    }
