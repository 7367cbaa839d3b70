"""What listings can be filtered and ordered by, in both spellings that the client uses."""

from __future__ import annotations

from wandb_sandbox.store.filters import Field, Fields
from wandb_sandbox.store.links import VERSION

_COLLECTION_TAG = (
    "SELECT 1 FROM collection_tags ct JOIN tags g ON g.id = ct.tag_id WHERE ct.collection_id = c.id"
)
_ARTIFACT_TAG = "SELECT 1 FROM artifact_tags at JOIN tags g ON g.id = at.tag_id WHERE at.artifact_id = a.id"
_ALIAS = "SELECT 1 FROM aliases al WHERE al.membership_id = m.id"


def _version(value: object) -> object:
    """A version index, also from its spelling vN."""
    found = VERSION.match(value) if isinstance(value, str) else None
    return int(found[1]) if found else value


PROJECT_FIELDS = Fields(
    {
        "id": Field("t.id"),
        "project_id": Field("t.id"),
        "name": Field("t.name"),
        "entity_id": Field("t.entity_id"),
        "description": Field("t.description"),
        "created_at": Field("t.created_at"),
        "updated_at": Field("t.updated_at"),
    }
)
"""Of projects, in the table `t`."""

PROJECT_ORDERS = {"name": "t.name", "created_at": "t.created_at", "updated_at": "t.updated_at", "id": "t.id"}

COLLECTION_FIELDS = Fields(
    {
        "artifact_collection_id": Field("c.id"),
        "collection_id": Field("c.id"),
        "id": Field("c.id"),
        "name": Field("c.name"),
        "collection_name": Field("c.name"),
        "artifact_collection_name": Field("c.name"),
        "tag": Field("g.name", _COLLECTION_TAG),
        "tags": Field("g.name", _COLLECTION_TAG),
        "description": Field("c.description"),
        "created_at": Field("c.created_at"),
        "updated_at": Field("c.updated_at"),
        "state": Field("c.state"),
    }
)
"""Of collections, in the table `c`."""

COLLECTION_ORDERS = {
    "name": "c.name",
    "created_at": "c.created_at",
    "updated_at": "c.updated_at",
    "id": "c.id",
}

VERSION_FIELDS = Fields(
    {
        "id": Field("a.id"),
        "artifact_id": Field("a.id"),
        "version": Field("m.version_index", parse=_version),
        "version_index": Field("m.version_index", parse=_version),
        "tag": Field("g.name", _ARTIFACT_TAG),
        "tags": Field("g.name", _ARTIFACT_TAG),
        "alias": Field("al.alias", _ALIAS),
        "aliases": Field("al.alias", _ALIAS),
        "state": Field("a.state"),
        "digest": Field("a.digest"),
        "description": Field("a.description"),
        "created_at": Field("a.created_at"),
        "artifact_created_at": Field("a.created_at"),
        "updated_at": Field("a.updated_at"),
        "artifact_size": Field("a.size"),
        "size": Field("a.size"),
        "acm_created_at": Field("m.created_at"),
        "linked_at": Field("m.created_at"),
    },
    document=("metadata", "a.metadata"),
)
"""Of versions: artifacts `a` seen through memberships `m`."""

VERSION_ORDERS = {
    "created_at": "a.created_at",
    "artifact_created_at": "a.created_at",
    "updated_at": "coalesce(a.updated_at, '')",
    "artifact_size": "a.size",
    "size": "a.size",
    "acm_created_at": "m.created_at",
    "linked_at": "m.created_at",
    "version": "m.version_index",
    "version_index": "m.version_index",
    "versionindex": "m.version_index",
    "id": "m.id",
    "name": "m.version_index",
}

REGISTRY_ORDERS = {
    **VERSION_ORDERS,
    "created_at": "r.artifact_created_at",
    "artifact_created_at": "r.artifact_created_at",
    "acm_created_at": "r.linked_at",
    "linked_at": "r.linked_at",
    "id": "r.membership_id",
}
"""Of links over all registries, which are found by the rows `r` of registry_links."""
