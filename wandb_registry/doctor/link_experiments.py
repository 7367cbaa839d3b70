"""Experiments with links: numbers, batches, aliases, and a deleted source."""

from __future__ import annotations

from collections.abc import Iterator

from wandb_registry.doctor.findings import Finding
from wandb_registry.doctor.lab import REFUSALS, Experiment, Lab
from wandb_registry.doctor.questions import QUESTIONS
from wandb_registry.server.errors import Invalid
from wandb_registry.server.links import unlink_all
from wandb_registry.server.port import Answer

_NUMBERS = "doctor-numbers"
_BATCH = "doctor-batch"
_ALIASES = "doctor-aliases"
_GONE = "doctor-gone"
_ALIAS = "doctor-moves"
_LATEST = ("latest_falls_back", "latest_removable")
_ABSENT = "QXJ0aWZhY3Q6MA=="  # Artifact:0, in the server's own shape of ids, and nobody's

_THREE = """
mutation DoctorBatch($i0: LinkArtifactInput!, $i1: LinkArtifactInput!, $i2: LinkArtifactInput!) {
  m0: linkArtifact(input: $i0) { versionIndex }
  m1: linkArtifact(input: $i1) { versionIndex }
  m2: linkArtifact(input: $i2) { versionIndex }
}
"""
_ADD = "mutation DoctorAlias($input: AddAliasesInput!) { addAliases(input: $input) { success } }"
_REMOVE = "mutation DoctorAlias($input: DeleteAliasesInput!) { deleteAliases(input: $input) { success } }"
_DELETE = """
mutation DoctorDelete($input: DeleteArtifactInput!) { deleteArtifact(input: $input) { artifact { id } } }
"""


def _numbers(lab: Lab) -> Iterator[Finding]:
    first, second, third = lab.sources.ids[:3]
    index = lab.link(_NUMBERS, first)
    yield QUESTIONS["first_index"].answer(f"v{index}", "one version linked into a new collection")
    highest = lab.link(_NUMBERS, second)
    collection_id, _ = lab.look(_NUMBERS)
    unlink_all(lab.port, collection_id, [second], size=1)
    after = lab.link(_NUMBERS, third)
    found = "yes" if after > highest else f"no: v{after} was given again"
    yield QUESTIONS["index_reuse"].answer(
        found, f"v{highest} unlinked, then another version linked: v{after}"
    )
    back = lab.link(_NUMBERS, second)
    found = "yes" if back > max(after, highest) else f"no: it is v{back} again"
    yield QUESTIONS["relink_after_unlink"].answer(
        found, f"the version that was v{highest} linked again: v{back}"
    )
    again = lab.link(_NUMBERS, first)
    found = "yes" if again == index else f"no: v{index} became v{again}"
    yield QUESTIONS["relink_same_index"].answer(found, "a linked version linked again")


def _batches(lab: Lab) -> Iterator[Finding]:
    first, second, third = lab.sources.ids[:3]
    refused, partial = QUESTIONS["batched_mutations"], QUESTIONS["partial_failure"]
    try:
        answer = _three(lab, first, second, third)
    except Invalid as error:
        yield refused.answer(f"no: {error.message}", "three links in one document")
        yield partial.unknown("documents of several mutations are refused", "", needed=False)
        return
    indexes = [(answer.data.get(f"m{n}") or {}).get("versionIndex") for n in range(3)]
    in_order = not answer.errors and indexes == [0, 1, 2]
    got = ", ".join("nothing" if index is None else f"v{index}" for index in indexes)
    yield refused.answer("yes" if in_order else f"no: they got {got}", f"three links in one document: {got}")
    collection_id, _ = lab.look(_BATCH)
    unlink_all(lab.port, collection_id, [first, third], size=1)
    yield _partial_failure(lab, first, third)


def _partial_failure(lab: Lab, first: str, third: str) -> Finding:
    question, evidence = (
        QUESTIONS["partial_failure"],
        "a link of a version that is not there, between two others",
    )
    try:
        answer = _three(lab, first, _ABSENT, third)
    except REFUSALS as error:
        left = {link.artifact_id for link in lab.look(_BATCH)[1]}
        done = "and the others were not done" if first not in left else "though the others were done"
        return question.answer(f"no: the whole document fails {done} ({error.message})", evidence)
    left = {link.artifact_id for link in lab.look(_BATCH)[1]}
    if "m1" not in answer.errors:
        return question.answer("no: its error does not name it", evidence)
    if not {first, third} <= left:
        return question.answer("no: the others are not done", evidence)
    told = all(isinstance(answer.data.get(key), dict) for key in ("m0", "m2"))
    return question.answer("yes" if told else "no: the others' answers are missing", evidence)


def _aliases(lab: Lab) -> Iterator[Finding]:
    first, second = lab.sources.ids[:2]
    lab.link(_ALIASES, first)
    lab.link(_ALIASES, second)
    holders = [link for link in lab.look(_ALIASES)[1] if "latest" in link.aliases]
    newest = lab.find(_ALIASES, second)
    at = ", ".join(f"v{link.version}" for link in holders) or "no link"
    found = "yes" if holders == [newest] else f"no: it is at {at}"
    yield QUESTIONS["latest_follows"].answer(found, "two versions linked one after the other")
    own = f"v{newest.version}" in newest.aliases
    yield QUESTIONS["version_alias"].answer("yes" if own else "no", "the aliases of a link just made")
    yield _moved(lab, first, second)
    yield from _latest(lab, first, second)


def _moved(lab: Lab, first: str, second: str) -> Finding:
    question, evidence = QUESTIONS["alias_moves"], "one alias put on one version, then on another"
    lab.port.execute(_ADD, {"input": _alias_input(lab, first)})
    try:
        lab.port.execute(_ADD, {"input": _alias_input(lab, second)})
    except REFUSALS as error:
        return question.answer(f"no: {error.message}", evidence)
    holding = [link.artifact_id for link in lab.look(_ALIASES)[1] if _ALIAS in link.aliases]
    found = "yes" if holding == [second] else f"no: {len(holding)} links have it"
    return question.answer(found, evidence)


def _latest(lab: Lab, first: str, second: str) -> Iterator[Finding]:
    """What becomes of `latest`, which stands at one of two links."""
    collection_id, links = lab.look(_ALIASES)
    holder = next((link for link in links if "latest" in link.aliases), None)
    if holder is None or holder.artifact_id is None:
        return
    other = first if holder.artifact_id == second else second
    unlink_all(lab.port, collection_id, [holder.artifact_id], size=1)
    fell = "latest" in lab.find(_ALIASES, other).aliases
    yield QUESTIONS["latest_falls_back"].answer("yes" if fell else "no", "the link with latest unlinked")
    question, evidence = QUESTIONS["latest_removable"], "latest taken off a link"
    if not fell:
        lab.port.execute(_ADD, {"input": _alias_input(lab, other, "latest")})
    try:
        lab.port.execute(_REMOVE, {"input": _alias_input(lab, other, "latest")})
    except REFUSALS as error:
        yield question.answer(f"no: {error.message}", evidence)
        return
    yield question.answer(
        "no: it stays" if "latest" in lab.find(_ALIASES, other).aliases else "yes", evidence
    )


def _deleted_source(lab: Lab) -> Iterator[Finding]:
    question, spare = QUESTIONS["deleted_source"], lab.sources.spare()
    if spare is None:
        yield question.unknown(
            "only versions that doctor logged itself are deleted",
            "Give --team of which you are admin",
            needed=False,
        )
        return
    keeper = lab.sources.ids[0]
    lab.link(_GONE, keeper)
    index = lab.link(_GONE, spare)
    lab.port.execute(_DELETE, {"input": {"artifactID": spare, "deleteAliases": True}})
    left = [link for link in lab.look(_GONE)[1] if link.version == index]
    if not left:
        found = "the link goes too"
    else:
        found = (
            "the link stays without a source" if left[0].artifact_id is None else "the link stays as it was"
        )
    yield question.answer(found, "a version of doctor's own linked, then deleted")


def _three(lab: Lab, *artifact_ids: str) -> Answer:
    inputs = {f"i{n}": _link_input(lab, artifact_id) for n, artifact_id in enumerate(artifact_ids)}
    return lab.port.execute_fields(_THREE, inputs)


def _link_input(lab: Lab, artifact_id: str) -> dict[str, object]:
    return {
        "artifactID": artifact_id,
        "entityName": lab.home.entity,
        "projectName": lab.home.project,
        "artifactPortfolioName": _BATCH,
        "aliases": [],
    }


def _alias_input(lab: Lab, artifact_id: str, alias: str = _ALIAS) -> dict[str, object]:
    place = {
        "alias": alias,
        "artifactCollectionName": _ALIASES,
        "entityName": lab.home.entity,
        "projectName": lab.home.project,
    }
    return {"artifactID": artifact_id, "aliases": [place]}


EXPERIMENTS = (
    Experiment(_batches, ("batched_mutations", "partial_failure"), sources=3),
    Experiment(
        _numbers, ("first_index", "relink_same_index", "index_reuse", "relink_after_unlink"), sources=3
    ),
    Experiment(_aliases, ("latest_follows", "version_alias", "alias_moves", *_LATEST), sources=2),
    Experiment(_deleted_source, ("deleted_source",)),
)
