"""Experiments with sources: a version of a personal entity, and equal content logged twice."""

from __future__ import annotations

from collections.abc import Iterator

from wandb_registry.doctor.findings import Finding
from wandb_registry.doctor.lab import REFUSALS, Experiment, Lab
from wandb_registry.doctor.questions import QUESTIONS
from wandb_registry.doctor.sources import log_again, log_personal

_COLLECTION = "doctor-personal"


def experiments(username: str) -> tuple[Experiment, ...]:
    """Both; `username` is also the name of the person's own entity."""

    def personal(lab: Lab) -> Iterator[Finding]:
        question = QUESTIONS["personal_source"]
        try:
            artifact_id = log_personal(lab.port, lab.made, username)
        except REFUSALS as error:
            yield question.unknown(error.message, "Nothing to do: such versions cannot be made", needed=False)
            return
        evidence = "a version of doctor's own in the person's own entity"
        try:
            lab.link(_COLLECTION, artifact_id)
        except REFUSALS:
            yield question.answer("yes", evidence)
        else:
            yield question.answer("no: it is linked", evidence)

    return (
        Experiment(personal, ("personal_source",)),
        Experiment(_deduplication, ("deduplication",)),
    )


def _deduplication(lab: Lab) -> Iterator[Finding]:
    question = QUESTIONS["deduplication"]
    if not lab.sources.own:
        yield question.unknown(
            "only doctor's own artifacts are logged again", "Give --team of which you are admin", needed=False
        )
        return
    again = log_again(lab.port, lab.made)
    found = "any" if again in lab.sources.ids else "the latest alone"
    yield question.answer(found, "the content of an older version logged again")
