"""Behaviours of the real server that nobody outside knows for sure, each one a switch."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field, fields
from typing import Any

from wandb_sandbox.errors import InvalidError

FEATURES: dict[str, bool] = {
    "ARTIFACT_REGISTRY_SEARCH": True,
    "INCLUDE_ARTIFACT_TYPES_IN_REGISTRY_CREATION": True,
    "ARTIFACT_MEMBERSHIP_IN_LINK_ARTIFACT_RESPONSE": True,
    "ARTIFACT_COLLECTIONS_FILTERING_SORTING": True,
    "ARTIFACT_DIGEST_ALGORITHM": True,
    "USE_ARTIFACT_WITH_ENTITY_AND_PROJECT_INFORMATION": True,
    "ARTIFACT_V2_DOWNLOAD_HANDLER_SUPPORTS_ARTIFACT_ID": True,
    "TOTAL_COUNT_IN_FILE_CONNECTION": True,
    "ARTIFACT_TAGS": True,
    "CLIENT_IDS": True,
    "PROJECT_ARTIFACT_COLLECTION_MEMBERSHIP": True,
    "ARTIFACT_COLLECTION_MEMBERSHIP_FILES": True,
    "ARTIFACT_COLLECTION_MEMBERSHIP_FILE_DOWNLOAD_HANDLER": True,
    "LARGE_FILENAMES": True,
    "MARK_RUN_FILES_UPLOADED": False,
    "FILESTREAM_GZIP": False,
    "AUTOMATION_SCOPE_ENTITY": True,
    "AUTOMATION_EVENT_RUN_METRIC": True,
    "AUTOMATION_EVENT_RUN_METRIC_CHANGE": True,
    "AUTOMATION_EVENT_RUN_METRIC_ZSCORE": True,
    "AUTOMATION_EVENT_RUN_STATE": True,
    "AUTOMATION_EVENT_ADD_ARTIFACT_TAG": True,
    "AUTOMATION_EVENT_ADD_COLLECTION_TAG": True,
    "AUTOMATION_EVENT_REMOVE_ARTIFACT_TAG": True,
    "AUTOMATION_EVENT_REMOVE_COLLECTION_TAG": True,
    "AUTOMATION_EVENT_UNLINK_ARTIFACT": True,
    "AUTOMATION_ACTION_NO_OP": True,
    "AUTOMATION_ACTION_PUSH_NOTIFICATION": True,
    "AUTOMATION_ACTION_ARIA": True,
    "QUERY_AUTOMATIONS_ON_ENTITY": True,
    "AUTOMATIONS_ON_ORGANIZATION": True,
}


@dataclass(frozen=True)
class Switches:
    """Assumed behaviours; the defaults are the assumptions of the documentation (docs/sandbox.md)."""

    index_reuse: bool = False
    """A freed highest version index is given out again."""
    relink_after_unlink_gives_new_number: bool = True
    """Linking again after an unlink gives a new index; else the old one."""
    relink_is_idempotent: bool = True
    """Linking what is linked answers the link that is there; else it gets a new number."""
    latest_follows_links: bool = True
    """`latest` moves to the version that was linked last; else it is set once."""
    alias_moves: bool = True
    """Adding an alias that another version of the collection has moves it; else it is a conflict."""
    nested_pages: bool = True
    """A document may ask for pages of versions inside a page of collections."""
    batched_mutations: bool = True
    """Several mutation fields in one document are accepted."""
    default_role: str = "restricted_viewer"
    """Role of a user or team that is added to a registry; service accounts get member."""
    restricted_viewers: bool = True
    """There is a role restricted_viewer."""
    organization_base_role: str = "viewer"
    """Role of everyone in the organization in a registry of organization visibility."""
    empty_collection: bool = True
    """`createArtifactPortfolio` is in the schema."""
    organization_members: bool = True
    """`Organization.members` is in the schema."""
    protected_aliases: bool = True
    """`Entity.protectedAliases` and its mutations are in the schema."""
    workflows_admins: bool = True
    """`Entity.workflowsAdmins` (Model Registry admins) and its mutations are in the schema."""
    artifact_type_creation: bool = True
    """`createArtifactType` is in the schema."""
    automations: bool = True
    """Automations (triggers) and integrations are in the schema."""
    scim: bool = True
    """The SCIM endpoints are there, for keys of organization admins."""
    creator_becomes_admin: bool = True
    """Whoever creates a registry is a member of it with role admin."""
    restricted_creation_refused: bool = False
    """Creating a restricted registry answers a permission error."""
    visibility_can_close: bool = True
    """A registry of organization visibility can be made restricted."""
    visibility_can_open: bool = False
    """A restricted registry can be changed to organization visibility."""
    seats_limit: bool = True
    """A viewer seat leaves reading of what roles give, no seat leaves nothing; else seats are only told."""
    organization_admins_see_teams: bool = False
    """Organization admins are as admins in the projects of all teams of the organization."""
    core_registries: bool = True
    """An organization has the core registries from its creation."""
    foreign_sources_refused: bool = True
    """Only versions logged to a team of the organization can be linked to its registries."""
    update_adds_members: bool = False
    """Giving a role to somebody who is not a member makes them one; else that is an error."""
    latest_can_be_removed: bool = True
    """`deleteAliases` takes `latest` off as any alias."""
    latest_falls_back: bool = True
    """When the version with `latest` is unlinked, the newest that remains gets it."""
    deduplicates_any_version: bool = True
    """An equal digest is looked for in every version of the sequence; else in its newest alone."""
    large_pages_refused: bool = False
    """A `first` above `max_page_size` is an error; else it is cut."""
    implicit_version_alias: bool = True
    """`Artifact.aliases` and `membership.aliases` contain the implicit vN."""
    deleted_source_leaves_link: bool = False
    """A link whose source version was deleted stays, with a null artifact; else it goes too."""
    max_page_size: int = 1000
    """A larger `first` is cut to this."""
    features: dict[str, bool] = field(default_factory=lambda: dict(FEATURES))
    """The server's feature flags."""

    def changed(self, **changes: Any) -> Switches:
        """A copy with some switches set otherwise; InvalidError for an unknown name or a wrong type."""
        values = asdict(self)
        for name, value in changes.items():
            if name not in values:
                known = ", ".join(f.name for f in fields(self))
                raise InvalidError(f"there is no switch {name!r}; known are {known}")
            if type(value) is not type(values[name]):
                wanted = type(values[name]).__name__
                raise InvalidError(f"switch {name!r} takes a {wanted}")
            values[name] = {**values[name], **value} if name == "features" else value
        return Switches(**values)

    def as_json(self) -> dict[str, Any]:
        """Name and value of each switch."""
        return asdict(self)
