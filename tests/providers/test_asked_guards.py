"""Each provider asks its guards in `check`, without engine and server; what they say is tested with them."""

from __future__ import annotations

from typing import Any

import pytest

from providers.adapter import Adapter
from providers.links import LinksProvider
from providers.membership import MembershipProvider
from providers.memberships import MembershipsProvider
from providers.registry import RegistryProvider

Props = dict[str, Any]

BOUNDARY = {"fraud": {"alice": "admin", "bob": "viewer"}}
MODELS: Props = {"organization": "acme", "registry": "models"}


@pytest.mark.parametrize(
    ("provider", "old", "new", "refusal"),
    [
        (
            RegistryProvider(),
            {},
            {"organization": "acme", "name": "models", "visibility": "organization", "boundary": BOUNDARY},
            "widening",
        ),
        (
            RegistryProvider(),
            {},
            {
                "organization": "acme",
                "name": "models",
                "visibility": "restricted",
                "baseline": {"id": "p1", "visibility": "organization"},
            },
            "one-way-visibility",
        ),
        (
            MembershipsProvider(),
            {},
            {**MODELS, "users": {"bob": "member"}, "boundary": BOUNDARY},
            "widening",
        ),
        (
            MembershipsProvider(),
            {**MODELS, "users": {"alice": "admin"}},
            {**MODELS, "users": {"alice": "member"}},
            "last-admin",
        ),
        (
            MembershipProvider(),
            {},
            {**MODELS, "kind": "user", "principal": "bob", "role": "member", "boundary": BOUNDARY},
            "widening",
        ),
        (
            LinksProvider(),
            {},
            {**MODELS, "collection": "churn", "links": {"a": "0000 v3 fraud/train/churn:v3"}},
            "numbering-unproven",
        ),
        (
            LinksProvider(),
            {
                **MODELS,
                "collection": "churn",
                "links": {f"a{n}": f"{n:04d} fraud/train/churn:v{n}" for n in range(5)},
            },
            {**MODELS, "collection": "churn", "links": {}},
            "removal-share",
        ),
    ],
)
def test_a_refusal_is_a_failure_of_check(
    provider: Adapter[Any], old: Props, new: Props, refusal: str
) -> None:
    (failure,) = provider.check(old, new).failures
    assert failure.reason.startswith(f"{refusal}: ")


def test_one_membership_says_nothing_of_the_other_admins() -> None:
    admin = {**MODELS, "kind": "user", "principal": "alice", "role": "admin"}
    assert MembershipProvider().check(admin, {**admin, "role": "member"}).failures == []
