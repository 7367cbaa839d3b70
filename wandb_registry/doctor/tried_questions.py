"""The questions that only a throwaway registry can answer, or that trying answers best.

See `questions` for all of them in order.
"""

from __future__ import annotations

from wandb_registry.doctor.findings import Question

CREATION = [
    Question(
        "restricted_creation",
        "Can a restricted registry be created?",
        "yes",
        "up creates no registry, and never an open one instead: ask the organization's admins",
        writes=True,
    ),
    Question(
        "creator_is_admin",
        "Does the creator of a restricted registry become its admin member?",
        "yes",
        "up could lock itself out of what it made: name the acting user as admin in the stack file",
        writes=True,
    ),
    Question(
        "default_role",
        "Which role does a new member get before one is set?",
        "restricted_viewer",
        "Between addition and role a new member has this role; one who is to get less is not added to a "
        "registry that holds anything (override `default-role`)",
        writes=True,
    ),
    Question(
        "restricted_viewers",
        "Is there a role restricted_viewer?",
        "yes",
        "A stack file cannot give it: up fails for that member, and viewer is the lowest role",
        needed=False,
        writes=True,
    ),
    Question(
        "role_needs_member",
        "Is a role refused to somebody who is not a member?",
        "yes",
        "Nothing here depends on it: members are added first anyway",
        needed=False,
        writes=True,
    ),
    Question(
        "seats",
        "Does a viewer's seat leave reading only, whatever the role says?",
        "yes",
        "Roles count alone: the access matrix shows people with a viewer's seat as less than they may do",
        needed=False,
        writes=True,
    ),
]

VISIBILITY = [
    Question(
        "one_way_visibility",
        "Is a restricted registry kept from being opened to the organization?",
        "yes",
        "Any admin of a registry can open it by hand; our guards still refuse, and verify shows it",
        writes=True,
    ),
    Question(
        "closing_visibility",
        "Can a registry of organization visibility be made restricted?",
        "yes",
        "Registries that are open now stay open: map teams to new, restricted ones",
        needed=False,
        writes=True,
    ),
    Question(
        "base_role",
        "Which role has everybody in a registry of organization visibility?",
        "viewer",
        "What people may do in open registries differs from the access matrix",
        writes=True,
    ),
]

BATCHES = [
    Question(
        "batched_mutations",
        "Are several mutations in one document accepted, and done in order?",
        "yes",
        "Each write takes a request of its own: up is slower, and nothing else changes",
        writes=True,
    ),
    Question(
        "partial_failure",
        "Where one mutation of a document fails, does its error name it, and are the others done?",
        "yes",
        "A failed link hides which others were made; set WANDB_REGISTRY_BATCH=1",
        writes=True,
    ),
]

NUMBERS = [
    Question(
        "first_index",
        "Which number gets the first link of a collection?",
        "v0",
        "Every version number comes out different: up stops at the first link of each collection",
        writes=True,
    ),
    Question(
        "relink_same_index",
        "Does linking a linked version again leave it as it is?",
        "yes",
        "A repeated request, after a cut connection, makes a second link: up stops with a wrong number",
        writes=True,
    ),
    Question(
        "index_reuse",
        "Is a number never given again, also when the highest link is taken away?",
        "yes",
        "Missing numbers cannot be made: use `numbering: compact` where versions were deleted",
        writes=True,
    ),
    Question(
        "relink_after_unlink",
        "Does linking again after an unlink give a new number?",
        "yes",
        "Missing numbers cannot be made: use `numbering: compact` where versions were deleted",
        writes=True,
    ),
]

ALIASES = [
    Question(
        "latest_follows",
        "Does latest move to the newest link?",
        "yes",
        "After up, latest may point elsewhere than scan says",
        writes=True,
    ),
    Question(
        "alias_moves",
        "Does an alias that is put on another version leave the first?",
        "yes",
        "A moved alias stands at two versions: up does not read back as written, and stops",
        writes=True,
    ),
    Question(
        "version_alias",
        "Do the aliases of a link contain its number (vN)?",
        "yes",
        "The wandb client shows the source's number after a save on a link; read versions from the name",
        needed=False,
        writes=True,
    ),
    Question(
        "latest_removable",
        "Can latest be taken off like any alias?",
        "yes",
        "Nothing here depends on it: latest is never declared",
        needed=False,
        writes=True,
    ),
    Question(
        "latest_falls_back",
        "Does latest go to the newest link that remains, when its own is unlinked?",
        "yes",
        "After an unlink a collection has no latest until the next link: code that asks for it fails",
        needed=False,
        writes=True,
    ),
    Question(
        "deleted_source",
        "What becomes of a link whose source version is deleted?",
        "the link goes too",
        "Collections keep links that nobody can use; scan names them as SOURCE_GONE",
        needed=False,
        writes=True,
    ),
]

SOURCES = [
    Question(
        "personal_source",
        "Is a version that was logged to a personal entity refused?",
        "yes",
        "Scan leaves out versions that could be linked here: SOURCE_PERSONAL is stricter than the server",
        needed=False,
        writes=True,
    ),
    Question(
        "deduplication",
        "With which versions of an artifact is a new one compared, so that equal content is one version?",
        "any",
        "Nothing here depends on it: nothing is logged",
        needed=False,
        writes=True,
    ),
]

SETTINGS = [
    Question(
        "empty_collection",
        "Can a collection be created without a link?",
        "yes",
        "Empty registered models cannot be carried over: leave them out in migration.yaml",
    ),
    Question(
        "types_only_grow",
        "Do the accepted types of a registry only grow?",
        "yes",
        "Somebody can take a type away by hand; the next up adds it again",
        needed=False,
        writes=True,
    ),
    Question(
        "rename_keeps_id",
        "Does a registry keep its id when it is renamed?",
        "yes",
        "A registry renamed by hand is not found again: rename only through renamed_from",
        writes=True,
    ),
    Question(
        "registry_delete",
        "Can a registry be deleted by its creator?",
        "yes",
        "`delete: destroy` and rollback leave registries behind: delete them in the W&B app",
        writes=True,
    ),
]
