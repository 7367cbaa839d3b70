"""Every question that doctor asks, with what is assumed and what it means if it is otherwise.

The order is the order of the report. docs/doctor.md explains each.
"""

from __future__ import annotations

from wandb_registry.doctor.findings import EITHER, Question
from wandb_registry.doctor.tried_questions import (
    ALIASES,
    BATCHES,
    CREATION,
    NUMBERS,
    SETTINGS,
    SOURCES,
    VISIBILITY,
)

REACHED = [
    Question("server_version", "Which version is the server?", EITHER, "", needed=False),
    Question(
        "transport",
        "Is the connection encrypted, and the certificate checked?",
        "yes",
        "Whoever listens on the way can read the API key; use an https address and a known certificate",
        needed=False,
    ),
    Question("proxy", "Does a proxy stand in between?", EITHER, "", needed=False),
    Question(
        "clock",
        "Does the server's clock agree with this machine's, within a minute?",
        "yes",
        "Times in audit trail and reports are off against the server's; set the clock",
        needed=False,
    ),
    Question("rate_limit", "Does the server announce rate limits?", EITHER, "", needed=False),
    Question(
        "admin_key",
        "Does the key belong to an ordinary person, not to an administrator of the whole server?",
        "yes",
        "The key sees and may do everything, so nothing that it reads proves anybody's access",
        needed=False,
    ),
]

SCHEMA = [
    Question(
        "introspection",
        "Does the server tell its schema?",
        "yes",
        "What this server has cannot be asked: empty collections and protected aliases are left to people",
    ),
    Question(
        "features",
        "Are the features on that the wandb client needs for registries?",
        "yes",
        "verify cannot read registries through the client; update the server or ask W&B to turn them on",
    ),
    Question(
        "other_features",
        "Are the other features on that the wandb client asks for?",
        "yes",
        "The client takes slower or older ways; nothing here depends on them",
        needed=False,
    ),
    Question(
        "membership_paging",
        "Can the links of a collection be read in pages?",
        "yes",
        "Collections with more links than a page holds cannot be read whole: scan and up stop there",
    ),
    Question(
        "registry_members",
        "Can members of a registry be added, removed and given roles?",
        "yes",
        "Memberships cannot be managed: up fails at the first registry with members",
    ),
    Question(
        "organization_members",
        "Does the server list the people of an organization?",
        "yes",
        "Whether somebody has left the organization cannot be proved: give scan the people by SCIM or CSV",
        needed=False,
    ),
    Question(
        "protected_aliases",
        "Does the server answer protected aliases?",
        "yes",
        "Protected aliases are read in the team's settings and written into the stack file by hand",
        needed=False,
    ),
    Question(
        "registry_admins",
        "Does the server answer Model Registry admins?",
        "yes",
        "Who may touch protected aliases is unprovable: give scan the people by CSV",
        needed=False,
    ),
    Question(
        "read_only_projects", "Does the server say whether a project is read-only?", EITHER, "", needed=False
    ),
    Question(
        "automations",
        "Does the server have automations?",
        "yes",
        "Nothing can be fired by what up writes, and no automation is there to be carried over",
        needed=False,
    ),
    Question(
        "artifact_type_creation",
        "Can an artifact type be created without an artifact?",
        "yes",
        "An empty collection can only have a type that its registry accepts by name",
        needed=False,
    ),
]

READING = [
    Question(
        "large_pages",
        "May a page of 1000 entries be asked for?",
        "yes",
        "Listings of links are refused: scan, up and refresh fail at the first longer collection",
    ),
    Question(
        "page_size",
        "How many entries does a page hold?",
        "1000",
        "Listings take more requests than planned; nothing is left out",
        needed=False,
    ),
    Question(
        "nested_pages",
        "May a page of collections carry the first links of each?",
        "yes",
        "Scan and refresh read collection by collection: two requests more for each",
        needed=False,
    ),
]

SCIM = Question(
    "scim",
    "Does the server list people and seats over SCIM?",
    "yes",
    "What GraphQL does not tell about people has to come by CSV (scan --people)",
    needed=False,
)

CORE_REGISTRIES = Question(
    "core_registries",
    "Has the organization the core registries (Models, Dataset)?",
    "yes",
    "Nothing here depends on them: a mapping to one makes an ordinary registry of that name",
    needed=False,
)

ADMINS_SEE_TEAMS = Question(
    "admins_see_teams",
    "Are the projects of a team closed to organization admins who are not in it?",
    "yes",
    "Organization admins see the legacy registries already: count them in what people had before",
)

LEFT_OVER = Question(
    "left_over",
    "Is a throwaway registry of an earlier, killed run left?",
    "none",
    "Run doctor --write with the key that made it, or delete it in the W&B app",
    needed=False,
)

RIGHTS = {
    command: Question(
        f"rights_{command.replace(' --', '_')}",
        f"May this key run `{command}`?",
        "yes",
        consequence,
        needed=command in ("scan", "up", "verify"),
    )
    for command, consequence in {
        "scan": "scan refuses: use the key of a member of each team",
        "up": "up fails at the first registry: use the key of somebody who may create registries",
        "verify": "verify cannot read the target with this key",
        "cutover": "cutover cannot mark the legacy collections: use the key of a member who may write",
        "doctor --write": "doctor cannot try anything: use the key of somebody who may create registries",
    }.items()
}

ORDER = (
    *REACHED,
    *SCHEMA,
    *READING,
    SCIM,
    CORE_REGISTRIES,
    ADMINS_SEE_TEAMS,
    *RIGHTS.values(),
    *CREATION,
    *VISIBILITY,
    *BATCHES,
    *NUMBERS,
    *ALIASES,
    *SOURCES,
    *SETTINGS,
    LEFT_OVER,
)

QUESTIONS = {question.id: question for question in ORDER}
