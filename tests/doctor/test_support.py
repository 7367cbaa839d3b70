"""The letter to W&B: ready to be sent, with what only they can do."""

from __future__ import annotations

from tests.doctor.bench import Bench
from wandb_registry.doctor.support import support_request


def test_the_letter_names_organization_teams_and_server(bench: Bench) -> None:
    letter = support_request(bench.everything())
    for part in (
        "Subject: Migration of legacy Model Registries to the W&B Registry: Acme Inc",
        "Organization: Acme Inc (entity acme, id T3",
        "Teams: fraud",
        f"Server: {bench.world.sandbox.url}",
        "Version: <as your account page shows it>",
        "model-registry of these teams read-only",
        "redirect the old paths",
        "legacy ones (fraud: production)",
        "do not start your own migration",
    ):
        assert part in letter
    assert "root" not in letter
    assert max(map(len, letter.splitlines())) <= 110


def test_the_letter_asks_for_what_the_server_lacks(bench: Bench) -> None:
    bench.switch(
        restricted_creation_refused=True,
        empty_collection=False,
        features={"ARTIFACT_REGISTRY_SEARCH": False},
    )
    letter = support_request(bench.everything(teams=()))
    for part in (
        "Teams: <the teams to migrate>",
        "let our key create restricted registries",
        "turn these server features on: ARTIFACT_REGISTRY_SEARCH",
        "offer createArtifactPortfolio",
        "a version number of a registry collection is never given twice",
    ):
        assert part in letter
    bench.switch(restricted_creation_refused=False)
    assert "empty models. Please tell us how to proceed" in support_request(bench.everything())
