"""Previews and states as the engine writes them, in few words."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from wandb_registry.plan_guard.plan import Plan, make_plan
from wandb_registry.plan_guard.preview import read_preview, read_state

STACK = "team"
SERVER = "http://wandb.test"
_MODULES = {
    "Registry": "registry",
    "Memberships": "memberships",
    "Membership": "membership",
    "Collection": "collection",
    "Links": "links",
    "Link": "link",
    "StackGuard": "stack_guard",
}
State = dict[str, Any]


def resource(
    kind: str, resource_name: str, /, *, retain: bool = False, outs: State | None = None, **inputs: Any
) -> State:
    """A resource in a state; its outs are its inputs with `outs`."""
    token = f"pulumi-python:dynamic/{_MODULES[kind]}:{kind}"
    inputs = {"organization": "Acme", **inputs}
    made: State = {
        "urn": f"urn:pulumi:{STACK}::wandb-registry::{token}::{resource_name}",
        "custom": True,
        "type": token,
        "inputs": inputs,
        "outputs": {**inputs, **(outs or {})},
    }
    return {**made, "retainOnDelete": True} if retain else made


def registry(name: str = "models", **changes: Any) -> State:
    options = {"visibility": "restricted", "outs": {"registry_id": f"id of {name}"}, **changes}
    return resource("Registry", name, name=name, **options)


def memberships(users: dict[str, str], teams: dict[str, str] | None = None, **changes: Any) -> State:
    name = changes.pop("registry", "models")
    labels = [*(f"user {user}" for user in users), *(f"team {team}" for team in teams or {})]
    outs = {"applied": sorted(labels), "creator": "root", **changes.pop("outs", {})}
    fields = {"exclusive": True, "keep_creator": True, "baseline": [], **changes}
    return resource(
        "Memberships", f"{name}/members", registry=name, users=users, teams=teams or {}, outs=outs, **fields
    )


def collection(name: str = "churn", registry: str = "models", **changes: Any) -> State:
    outs = {"collection_id": f"id of {name}"}
    return resource(
        "Collection", f"{registry}/{name}", registry=registry, name=name, type="model", outs=outs, **changes
    )


def links(*ids: str, name: str = "churn", registry: str = "models", **changes: Any) -> State:
    lines = {i: f"{n:04d} v{n} fraud/train/{name}:v{n}" for n, i in enumerate(ids)}
    outs = {"applied": {i: i for i in ids}, "collection_id": f"id of {name}"}
    fields = {"links": lines, "baseline": [], "delete": "destroy", "fill_gaps": False, **changes}
    return resource(
        "Links", f"{registry}/{name}/links", registry=registry, collection=name, outs=outs, **fields
    )


@dataclass
class Story:
    """A state, and the steps of a preview on it."""

    state: list[State]
    steps: list[dict[str, Any]] = field(default_factory=list)

    def refresh(self, *seen: State) -> Story:
        old = {item["urn"]: item for item in self.state}
        for item in seen:
            urn = item["urn"]
            self.steps.append({"op": "refresh", "urn": urn, "oldState": old[urn], "newState": item})
        return self

    def gone(self, item: State) -> Story:
        self.steps.append({"op": "refresh", "urn": item["urn"], "oldState": item})
        return self

    def create(self, *items: State) -> Story:
        for item in items:
            new = {key: value for key, value in item.items() if key != "outputs"}
            self.steps.append({"op": "create", "urn": item["urn"], "newState": new})
        return self

    def update(self, old: State, new: State) -> Story:
        shown = {key: value for key, value in new.items() if key != "outputs"}
        self.steps.append({"op": "update", "urn": new["urn"], "oldState": old, "newState": shown})
        return self

    def delete(self, *items: State) -> Story:
        self.steps.extend({"op": "delete", "urn": item["urn"], "oldState": item} for item in items)
        return self

    @property
    def preview(self) -> dict[str, Any]:
        stack = f"urn:pulumi:{STACK}::wandb-registry::pulumi:pulumi:Stack::wandb-registry-{STACK}"
        steps = [{"op": "same", "urn": stack}, *self.steps]
        return {"steps": steps, "changeSummary": Counter(s["op"] for s in steps if s["op"] != "refresh")}

    @property
    def export(self) -> dict[str, Any]:
        return {"version": 3, "deployment": {"resources": self.state}}

    @property
    def plan(self) -> Plan:
        preview = read_preview(json.dumps(self.preview), "the preview")
        return make_plan(preview, read_state(json.dumps(self.export), "the state", preview.stack))
