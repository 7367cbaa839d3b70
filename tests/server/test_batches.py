"""Several mutations in one document, and servers that refuse that."""

from __future__ import annotations

from typing import Any

import pytest

from wandb_registry.server.batches import run_batch
from wandb_registry.server.errors import Invalid, ServerError, Unavailable
from wandb_registry.server.port import Answer


class Server:
    """Takes at most `most` mutations a document, and refuses those whose input is bad."""

    base_url = "https://wandb.example.com"

    def __init__(self, most: int) -> None:
        self.most = most
        self.done: list[int] = []
        self.documents = 0

    def execute(self, document: str, variables: Any) -> dict[str, Any]:
        raise AssertionError("batches take what each field brought")

    def execute_fields(self, document: str, variables: Any) -> Answer:
        self.documents += 1
        if len(variables) > self.most:
            raise Invalid("only one mutation field is allowed in a document")
        data: dict[str, Any] = {}
        errors: dict[str, ServerError] = {}
        for n, value in enumerate(variables.values()):
            if value["number"] < 0:
                errors[f"m{n}"] = Invalid("negative")
            else:
                self.done.append(value["number"])
                data[f"m{n}"] = {"number": value["number"]}
        return Answer(data, errors)


def send(server: Server, *numbers: int, size: int = 50) -> list[Any]:
    mutations = [("count", "CountInput", {"number": number}) for number in numbers]
    return run_batch(server, "Count", mutations, "number", size=size)


def test_as_many_a_document_as_asked_for() -> None:
    server = Server(most=50)
    assert [one["number"] for one in send(server, 0, 1, 2, 3, 4, size=2)] == [0, 1, 2, 3, 4]
    assert server.documents == 3


def test_a_server_that_refuses_batches_is_asked_one_by_one_and_nothing_is_doubled() -> None:
    server = Server(most=1)
    results = send(server, 0, -1, 2)
    assert server.done == [0, 2]
    assert [isinstance(one, Invalid) for one in results] == [False, True, False]
    assert server.documents == 4


def test_a_document_that_is_no_good_at_all_is_an_error() -> None:
    with pytest.raises(Invalid, match="only one"):
        send(Server(most=0), 0, 1)


def test_a_server_that_does_not_answer_is_not_asked_again() -> None:
    class Silent(Server):
        def execute_fields(self, document: str, variables: Any) -> Answer:
            self.documents += 1
            raise Unavailable("no answer")

    server = Silent(most=50)
    with pytest.raises(Unavailable):
        send(server, 0, 1)
    assert server.documents == 1
