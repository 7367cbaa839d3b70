"""Single changes of a stack file, most of which give somebody more than the mapping does."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from tests.properties.built import Built
from tests.properties.organizations import BOTS, OUTSIDERS, TEAMS
from wandb_registry.state.models import RegistryState, StackState
from wandb_registry.state.roles import Role

Registries = dict[str, RegistryState]


def changed(built: Built, stack: StackState, data: st.DataObject) -> StackState:
    """The stack file with one change that a person could make in it."""
    registry = data.draw(st.sampled_from(sorted(stack.registries)))
    change = data.draw(st.sampled_from([_user, _team, _opened, _moved, _copied, _alone, _renamed]))
    registries = dict(stack.registries)
    change(built, registries, registry, data)
    return stack.model_copy(update={"registries": registries})


def _user(built: Built, registries: Registries, name: str, data: st.DataObject) -> None:
    """Somebody gets a role of their own."""
    registries[name] = _with(registries[name], users=_somebody(built, data))


def _team(built: Built, registries: Registries, name: str, data: st.DataObject) -> None:
    """A team gets a role, its own or another's."""
    who = data.draw(st.sampled_from([built.name(team) for team in (*TEAMS, OUTSIDERS)]))
    registries[name] = _with(registries[name], teams={who: data.draw(st.sampled_from(list(Role)))})


def _opened(_built: Built, registries: Registries, name: str, _data: st.DataObject) -> None:
    """The registry becomes visible to the organization."""
    registries[name] = registries[name].model_copy(update={"visibility": "organization"})


def _moved(_built: Built, registries: Registries, name: str, _data: st.DataObject) -> None:
    """Its collections stand in the other team's registry."""
    (other,) = set(registries) - {name}
    taken = {f"from-{key}": one for key, one in registries[name].collections.items()}
    registries[name] = registries[name].model_copy(update={"collections": {}})
    collections = registries[other].collections | taken
    registries[other] = registries[other].model_copy(update={"collections": collections})


def _copied(_built: Built, registries: Registries, name: str, _data: st.DataObject) -> None:
    """They stand in the other team's registry too."""
    (other,) = set(registries) - {name}
    more = {f"from-{key}": one for key, one in registries[name].collections.items()}
    collections = registries[other].collections | more
    registries[other] = registries[other].model_copy(update={"collections": collections})


def _alone(built: Built, registries: Registries, name: str, data: st.DataObject) -> None:
    """They stand in a registry of which the inventory knows nothing, with other members."""
    state = registries[name]
    given: dict[str, Any] = {"users": _somebody(built, data), "teams": {}, "exclusive": True}
    assert state.members is not None
    members = state.members.model_copy(update=given)
    registries[f"new-{name}"] = state.model_copy(update={"members": members})
    registries[name] = state.model_copy(update={"collections": {}})


def _renamed(built: Built, registries: Registries, name: str, data: st.DataObject) -> None:
    """It has another name from the first, without `renamed_from`, and somebody has a role."""
    registries[f"new-{name}"] = registries.pop(name)
    _user(built, registries, f"new-{name}", data)


def _somebody(built: Built, data: st.DataObject) -> dict[str, Role]:
    """Anybody but the engineer, with any role that W&B gives them: service accounts are member at least."""
    who = data.draw(st.sampled_from([one for one in built.everybody if one not in built.acting]))
    bots = [built.name(bot) for bot in BOTS]
    roles = [role for role in Role if who not in bots or role.covers(Role.MEMBER)]
    return {who: data.draw(st.sampled_from(roles))}


def _with(state: RegistryState, **added: dict[str, Role]) -> RegistryState:
    assert state.members is not None
    update = {kind: getattr(state.members, kind) | more for kind, more in added.items()}
    return state.model_copy(update={"members": state.members.model_copy(update=update)})
