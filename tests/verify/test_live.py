"""Reading: what an unhelpful server leads to."""

from __future__ import annotations

from typing import Any

import pytest
from wandb.sdk.lib.service.service_connection import WandbApiFailedError

from tests.verify.states import ORGANIZATION, SERVER
from wandb_registry.verify.errors import NoAnswer
from wandb_registry.verify.live import Witness
from wandb_registry.verify.target import NotThere, Unreadable


class Api:
    """Answers `registry` with what the client raises."""

    def __init__(self, **failures: Exception) -> None:
        self.settings = {"base_url": SERVER}
        self.failures = failures
        self.asked: list[str] = []

    def registry(self, name: str, organization: str) -> Any:
        assert organization == ORGANIZATION.name
        self.asked.append(name)
        raise self.failures[name]


def witness(api: Any) -> Witness:
    return Witness(api, ORGANIZATION)


def failed_to_load(cause: Exception | None) -> ValueError:
    error = ValueError("Failed to load registry 'r' in organization 'Acme'.")
    error.__cause__ = cause
    return error


TIMEOUT = WandbApiFailedError("the service process is busy and did not respond in time.")


def test_only_a_failure_without_cause_means_not_there() -> None:
    refused = WandbApiFailedError("permission denied")
    # Without a response the client itself gave up; the message decides what is told.
    api = Api(gone=failed_to_load(None), refused=failed_to_load(refused))
    seen = witness(api).read(["gone", "refused"]).registries
    assert seen == {"gone": NotThere(), "refused": Unreadable("permission denied")}


def test_a_server_that_stops_answering_is_asked_no_further() -> None:
    api = Api(gone=failed_to_load(None), late=failed_to_load(TIMEOUT))
    seen = witness(api).read(["gone", "late", "later", "last"]).registries
    assert api.asked == ["gone", "late"]
    assert seen["gone"] == NotThere()
    assert {seen[name] for name in ("late", "later", "last")} == {Unreadable(str(TIMEOUT))}


def test_no_answer_at_all_is_one_error() -> None:
    with pytest.raises(NoAnswer, match=SERVER) as caught:
        witness(Api(late=failed_to_load(TIMEOUT))).read(["late", "later"])
    assert caught.value.exit_code == 3


def test_progress_is_told_by_registry() -> None:
    told: list[tuple[str, int, int | None]] = []
    api = Api(a=failed_to_load(None), b=failed_to_load(None))
    witness(api).read(["a", "b"], lambda *step: told.append(step))
    assert told == [("registry a", 0, 2), ("registry b", 1, 2)]
