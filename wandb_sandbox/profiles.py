"""Profiles of servers: switches set as an older server is assumed to behave (docs/sandbox.md)."""

from __future__ import annotations

from wandb_sandbox.errors import InvalidError
from wandb_sandbox.switches import Switches

_AFTER_0_74 = (
    "ARTIFACT_COLLECTIONS_FILTERING_SORTING",
    "ARTIFACT_DIGEST_ALGORITHM",
    "ARTIFACT_V2_DOWNLOAD_HANDLER_SUPPORTS_ARTIFACT_ID",
    "TOTAL_COUNT_IN_FILE_CONNECTION",
    "AUTOMATION_SCOPE_ENTITY",
    "AUTOMATION_EVENT_RUN_METRIC_ZSCORE",
    "AUTOMATION_EVENT_ADD_ARTIFACT_TAG",
    "AUTOMATION_EVENT_ADD_COLLECTION_TAG",
    "AUTOMATION_EVENT_REMOVE_ARTIFACT_TAG",
    "AUTOMATION_EVENT_REMOVE_COLLECTION_TAG",
    "AUTOMATION_EVENT_UNLINK_ARTIFACT",
    "AUTOMATION_ACTION_PUSH_NOTIFICATION",
    "AUTOMATION_ACTION_ARIA",
    "QUERY_AUTOMATIONS_ON_ENTITY",
    "AUTOMATIONS_ON_ORGANIZATION",
)
_AFTER_0_65 = (
    *_AFTER_0_74,
    "ARTIFACT_REGISTRY_SEARCH",
    "INCLUDE_ARTIFACT_TYPES_IN_REGISTRY_CREATION",
    "ARTIFACT_MEMBERSHIP_IN_LINK_ARTIFACT_RESPONSE",
    "USE_ARTIFACT_WITH_ENTITY_AND_PROJECT_INFORMATION",
    "AUTOMATION_EVENT_RUN_METRIC",
    "AUTOMATION_EVENT_RUN_METRIC_CHANGE",
    "AUTOMATION_EVENT_RUN_STATE",
    "AUTOMATION_ACTION_NO_OP",
)


def _before_0_75(without: tuple[str, ...]) -> Switches:
    """Added members were viewers, and there was no restricted viewer; some features were not there yet."""
    off = dict.fromkeys(without, False)
    return Switches().changed(default_role="viewer", restricted_viewers=False, features=off)


PROFILES: dict[str, Switches] = {
    "latest": Switches(),
    "server-0.74": _before_0_75(_AFTER_0_74),
    "server-0.65": _before_0_75(_AFTER_0_65),
}
"""Switches by profile name."""


def profile(name: str) -> Switches:
    """The switches of a profile; InvalidError for a name that is not in PROFILES."""
    if name not in PROFILES:
        raise InvalidError(f"there is no profile {name!r}; known are {', '.join(PROFILES)}")
    return PROFILES[name]
