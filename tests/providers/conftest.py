import pytest

from tests.world import World


@pytest.fixture
def in_process(world: World, monkeypatch: pytest.MonkeyPatch) -> World:
    """The providers of this process act as `root` of the world, and remember nothing of other tests."""
    monkeypatch.setattr("providers.adapter._port", lambda: world.port)
    monkeypatch.setattr("providers.adapter._organizations", {})
    monkeypatch.setattr("providers.adapter._registries", {})
    return world
