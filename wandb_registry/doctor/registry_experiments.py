"""Experiments with the registry itself: visibility, types, an empty collection, rename, delete."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from wandb_registry.doctor.findings import Finding
from wandb_registry.doctor.lab import REFUSALS, Experiment, Lab
from wandb_registry.doctor.questions import QUESTIONS
from wandb_registry.doctor.schema import Schema
from wandb_registry.doctor.throwaway import new_name
from wandb_registry.server.collections import create_collection, delete_collection
from wandb_registry.server.errors import PermissionDenied
from wandb_registry.server.port import Port
from wandb_registry.server.registries import get_registry, rename_registry, update_registry

_EMPTY = "doctor-empty"
_OTHER_TYPE = "doctor-type"
_MANIFEST = "query DoctorUse($id: ID!) { artifact(id: $id) { currentManifest { id } } }"
_SEE = "query DoctorSee($id: ID!) { artifact(id: $id) { id } }"


def settings(schema: Schema) -> tuple[Experiment, ...]:
    """Types, an empty collection, rename and delete; to be performed last."""
    empty: tuple[Experiment, ...] = ()
    if not schema.told or schema.has("Mutation", "createArtifactPortfolio"):
        empty = (Experiment(_empty_collection, ("empty_collection",)),)
    return (
        *empty,
        Experiment(_types, ("types_only_grow",)),
        Experiment(_rename_and_delete, ("rename_keeps_id", "registry_delete")),
    )


def visibility(ordinary: Port | None, problem: str) -> Experiment:
    """Open a restricted registry, close an open one; both are empty. `problem`: why nobody can try for us."""

    def run(lab: Lab) -> Iterator[Finding]:
        yield _open(lab)
        open_one = lab.made.create("organization", lab.sources.artifact_type)
        yield _base_role(replace(lab, registry=open_one), ordinary, problem)
        closed = QUESTIONS["closing_visibility"]
        evidence = "an empty throwaway registry of organization visibility"
        try:
            after = update_registry(lab.port, lab.organization, open_one, visibility="restricted")
        except REFUSALS as error:
            yield closed.answer(f"no: {error.message}", evidence)
        else:
            yield closed.answer(
                "yes" if after.visibility == "restricted" else "no: nothing changed", evidence
            )

    return Experiment(run, ("one_way_visibility", "base_role", "closing_visibility"))


def _open(lab: Lab) -> Finding:
    question, evidence = QUESTIONS["one_way_visibility"], "tried on the empty throwaway registry"
    try:
        after = update_registry(lab.port, lab.organization, lab.registry, visibility="organization")
    except REFUSALS:
        return question.answer("yes", evidence)
    if after.visibility == "restricted":
        return question.answer("yes", evidence)
    update_registry(lab.port, lab.organization, lab.registry, visibility="restricted")
    return question.answer("no: it was opened", evidence)


def _base_role(lab: Lab, ordinary: Port | None, problem: str) -> Finding:
    """What somebody without any role of their own may do, with their own key."""
    question = QUESTIONS["base_role"]
    if ordinary is None:
        return question.unknown(problem, "Give --second-key, the key of an ordinary person", needed=False)
    if get_registry(ordinary, lab.organization, lab.registry.name) is None:
        return question.answer("none: it is not seen", "the second key")
    try:
        create_collection(ordinary, lab.home, _EMPTY, lab.sources.artifact_type, None)
    except PermissionDenied:
        pass
    else:
        return question.answer("member or more", "the second key made a collection")
    return _viewer_or_less(lab, ordinary)


def _viewer_or_less(lab: Lab, ordinary: Port) -> Finding:
    """A viewer may use what is linked, a restricted viewer only sees it; tried with a version of our own."""
    question = QUESTIONS["base_role"]
    if not lab.sources.own:
        return question.unknown(
            "viewer or restricted_viewer: only versions that doctor logged itself are shown to others",
            "Give --team of which you are admin",
            needed=False,
        )
    source = lab.sources.ids[0]
    if isinstance(ordinary.execute(_SEE, {"id": source}).get("artifact"), dict):
        return question.unknown(
            "viewer or restricted_viewer: the second key reaches the versions through the team",
            "Give --second-key of somebody outside the team",
            needed=False,
        )
    lab.link("doctor-base-role", source)
    try:
        ordinary.execute(_MANIFEST, {"id": source})
    except REFUSALS:
        return question.answer("restricted_viewer", "the second key may not use a linked version")
    return question.answer("viewer", "the second key may use a linked version, and may not write")


def _empty_collection(lab: Lab) -> Iterator[Finding]:
    question, evidence = QUESTIONS["empty_collection"], "createArtifactPortfolio, tried"
    try:
        create_collection(lab.port, lab.home, _EMPTY, lab.sources.artifact_type, None)
    except REFUSALS as error:
        yield question.answer(f"no: {error.message}", evidence)
        return
    collection_id, links = lab.look(_EMPTY)
    yield question.answer("yes" if not links else "no: it is not empty", evidence)
    delete_collection(lab.port, collection_id)


def _types(lab: Lab) -> Iterator[Finding]:
    before = lab.registry.artifact_types or ()
    update_registry(lab.port, lab.organization, lab.registry, artifact_types=(_OTHER_TYPE,))
    update_registry(lab.port, lab.organization, lab.registry, artifact_types=before)
    live = get_registry(lab.port, lab.organization, lab.registry.name)
    after = (live.artifact_types if live is not None else None) or ()
    found = "yes" if {*before, _OTHER_TYPE} <= set(after) else "no: a type that was left out is gone"
    yield QUESTIONS["types_only_grow"].answer(found, "a type added, then left out")


def _rename_and_delete(lab: Lab) -> Iterator[Finding]:
    new = new_name()
    lab.made.names.append(new)  # before the request: its answer may never come
    rename_registry(lab.port, lab.organization, lab.registry.name, new)
    renamed = get_registry(lab.port, lab.organization, new)
    found = "no: it is not found under its new name"
    if renamed is not None:
        found = "yes" if renamed.id == lab.registry.id else "no: it has another id"
    yield QUESTIONS["rename_keeps_id"].answer(found, "the throwaway registry renamed")
    question, evidence = QUESTIONS["registry_delete"], "the throwaway registry deleted, and looked for"
    try:
        lab.made.delete(lab.registry.id)
    except REFUSALS as error:
        yield question.answer(f"no: {error.message}", evidence)
        return
    left = get_registry(lab.port, lab.organization, new)
    yield question.answer("yes" if left is None else "no: it is still there", evidence)
