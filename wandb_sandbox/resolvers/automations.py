"""Automations and the integrations that their actions use."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from wandb_sandbox import ids
from wandb_sandbox.errors import InvalidError, NotFoundError, PermissionDeniedError
from wandb_sandbox.permissions.roles import Right
from wandb_sandbox.resolvers.context import Context, table
from wandb_sandbox.resolvers.projects import visible_condition
from wandb_sandbox.resolvers.shapes import global_id, window
from wandb_sandbox.store import automations, collections, people, projects, rows
from wandb_sandbox.store.automations import COLLECTION, ENTITY, PROJECT
from wandb_sandbox.store.filters import Field, Fields, compile_filter
from wandb_sandbox.store.paging import Listing, Order, Page, parse_order, read_page

if TYPE_CHECKING:
    from collections.abc import Mapping

    from wandb_sandbox.store.rows import Collection, Entity, Integration, Organization, Project, Trigger, User

table.attributes("Trigger", rows.Trigger)
global_id("Trigger")
global_id("GenericWebhookIntegration", "SlackIntegration", prefix="Integration")
table.attributes("GenericWebhookIntegration", rows.Integration, urlEndpoint="target")
table.attributes("SlackIntegration", rows.Integration, teamName="name", channelName="target")
table.abstract(
    "Integration", lambda one: "SlackIntegration" if one.kind == "slack" else "GenericWebhookIntegration"
)
table.abstract("TriggeringCondition", lambda _: "FilterEventTriggeringCondition")
table.abstract("TriggeredAction", lambda action: str(action["type"]))

_ACTIONS = {
    "ARIA": ("ariaActionInput", "ARIATriggeredAction"),
    "GENERIC_WEBHOOK": ("genericWebhookActionInput", "GenericWebhookTriggeredAction"),
    "NOTIFICATION": ("notificationActionInput", "NotificationTriggeredAction"),
    "NO_OP": ("noOpActionInput", "NoOpTriggeredAction"),
    "PUSH_NOTIFICATION": ("pushNotificationActionInput", "PushNotificationTriggeredAction"),
    "QUEUE_JOB": ("queueJobActionInput", "QueueJobTriggeredAction"),
}
"""Action type -> the key of its configuration, its GraphQL type."""
_KINDS = {PROJECT: "Project", COLLECTION: "ArtifactCollection", ENTITY: "Entity"}
_FIELDS = Fields({name: Field(f"t.{name}") for name in ("name", "enabled", "created_at", "updated_at")})
_ORDERS = {name: f"t.{name}" for name in ("name", "created_at", "updated_at")}


@table.field("Trigger", "enabled")
def enabled(found: Trigger, _args: Mapping[str, Any], _context: Context) -> bool:
    return bool(found.enabled)


@table.field("Trigger", "scope")
def scope(found: Trigger, _args: Mapping[str, Any], context: Context) -> Project | Collection | Entity | None:
    if found.scope_type == PROJECT:
        return context.load.projects.get(found.scope_id)
    if found.scope_type == COLLECTION:
        return context.load.collections.get(found.scope_id)
    return context.load.entities.get(found.scope_id)


def _scope_type(found: Project | Collection | Entity) -> str:
    if isinstance(found, rows.Collection):
        return "ArtifactPortfolio" if found.kind == "PORTFOLIO" else "ArtifactSequence"
    return "Project" if isinstance(found, rows.Project) else "Entity"


table.abstract("TriggerScope", _scope_type)


@table.field("Trigger", "triggeringCondition")
def condition(found: Trigger, _args: Mapping[str, Any], _context: Context) -> dict[str, str]:
    """Filters of mutation events come back one level deeper than they were sent, those of runs do not."""
    plain = found.event_type.startswith(("RUN_", "WEAVE_"))
    text = found.event_filter if plain else json.dumps({"filter": found.event_filter})
    return {"eventType": found.event_type, "filter": text}


@table.field("Trigger", "triggeredAction")
def action(found: Trigger, _args: Mapping[str, Any], context: Context) -> dict[str, Any]:
    config = json.loads(found.action_config)
    made = {**config, "type": _ACTIONS[found.action_type][1]}
    if "integrationID" in config:
        made["integration"] = automations.integration(
            context.db, ids.decode(config["integrationID"], "Integration")
        )
    return made


@table.field("Project", "triggers")
def of_project(found: Project, _args: Mapping[str, Any], context: Context) -> list[Trigger]:
    return context.db.all(
        rows.Trigger,
        "WHERE (scope_type = 'PROJECT' AND scope_id = ?) OR (scope_type = 'ARTIFACT_COLLECTION' "
        "AND scope_id IN (SELECT id FROM collections WHERE project_id = ?)) ORDER BY id",
        found.id,
        found.id,
    )


@table.field("Entity", "triggers")
def of_entity(found: Entity, args: Mapping[str, Any], context: Context) -> Page:
    where, params = compile_filter(args.get("filters"), _FIELDS)
    seen, seen_params = visible_condition(context, found.id)
    mine = f"SELECT t.id FROM projects t WHERE t.entity_id = ? AND {seen}"  # noqa: S608
    scopes = (
        "((t.scope_type = 'ENTITY' AND t.scope_id = ?) "  # noqa: S608
        f"OR (t.scope_type = 'PROJECT' AND t.scope_id IN ({mine})) "
        "OR (t.scope_type = 'ARTIFACT_COLLECTION' AND t.scope_id IN "
        f"(SELECT id FROM collections WHERE project_id IN ({mine}))))"
    )
    listing = Listing(
        rows.Trigger,
        [where, scopes],
        [*params, found.id, found.id, *seen_params, found.id, *seen_params],
        parse_order(args.get("order"), _ORDERS, Order("t.id")),
    )
    return read_page(context.db, listing, window(args, context))


@table.field("Organization", "triggers")
def of_organization(found: Organization, args: Mapping[str, Any], context: Context) -> Page | None:
    entity = context.load.entities.get(found.entity_id)
    return None if entity is None else of_entity(entity, args, context)


@table.field("User", "projects")
def of_user(found: User, args: Mapping[str, Any], context: Context) -> Page:
    """Projects of the user's own entity, teams and organizations, as far as the key sees them."""
    homes = [found.entity_id]
    if found.id == context.user.id:
        homes += context.access.entities_of_organizations
    conditions = [visible_condition(context, home) for home in homes]
    marks = ",".join("?" * len(homes))
    listing = Listing(
        rows.Project,
        [f"t.entity_id IN ({marks})", *(sql for sql, _ in conditions)],
        [*homes, *(value for _, values in conditions for value in values)],
        Order("t.id", descending=True),
    )
    return read_page(context.db, listing, window(args, context))


@table.field("Entity", "integrations")
def integrations(found: Entity, args: Mapping[str, Any], context: Context) -> Page:
    listing = Listing(rows.Integration, ["t.entity_id = ?"], [found.id], Order("t.id"))
    return read_page(context.db, listing, window(args, context))


def _require(context: Context, scope_type: str, scope_id: int) -> None:
    """Members write automations of projects and registries; admins those of a whole team or organization."""
    if scope_type == ENTITY:
        entity = context.visible_entity(context.load.entities.get(scope_id))
        if entity is None:
            raise NotFoundError("entity not found")
        if not context.access.manages_team(entity):
            raise PermissionDeniedError(f"permission denied: you may not automate in {entity.name!r}")
        return
    if scope_type == COLLECTION:
        scope_id = collections.by_id(context.db, scope_id).project_id
    context.access.require(Right.WRITE, projects.by_id(context.db, scope_id), "change automations")


def _configured(context: Context, kind: str, wanted: Mapping[str, Any]) -> str:
    key = _ACTIONS[kind][0]
    config = wanted.get(key)
    if config is None:
        raise InvalidError(f"an action of type {kind} needs {key}")
    if "integrationID" in config:
        automations.integration(context.db, ids.decode(config["integrationID"], "Integration"))
    return json.dumps(config)


def _values(context: Context, wanted: Mapping[str, Any]) -> dict[str, Any]:
    """The columns of what an input names; checked, and the key may write the scope."""
    values: dict[str, Any] = {
        "name": wanted.get("name"),
        "description": wanted.get("description"),
        "enabled": None if wanted.get("enabled") is None else int(wanted["enabled"]),
        "event_type": wanted.get("triggeringEventType"),
        "event_filter": wanted.get("eventFilter"),
    }
    if values["name"] is not None and not 0 < len(values["name"]) <= 255:
        raise InvalidError("the name of an automation has 1 to 255 characters")
    if wanted.get("scopeID") and wanted.get("scopeType"):
        kind = wanted["scopeType"]
        values |= {"scope_type": kind, "scope_id": ids.decode(wanted["scopeID"], _KINDS[kind])}
        _require(context, kind, values["scope_id"])
    if wanted.get("triggeredActionType"):
        kind = wanted["triggeredActionType"]
        config = _configured(context, kind, wanted.get("triggeredActionConfig") or {})
        values |= {"action_type": kind, "action_config": config}
    _check_filter(values["event_filter"])
    return values


def _check_filter(text: str | None) -> None:
    if text is None:
        return
    try:
        found = json.loads(text)
    except ValueError:
        found = None
    if not isinstance(found, dict):
        raise InvalidError("eventFilter must be a JSON object in a string")


@table.mutation("createFilterTrigger")
def create(_source: None, args: Mapping[str, Any], context: Context) -> dict[str, Any]:
    if args["input"]["triggeredActionType"] == "QUEUE_JOB":
        raise InvalidError("launch actions can no longer be created")
    return {"trigger": automations.create(context.db, context.user.id, _values(context, args["input"]))}


def _writable(context: Context, ident: str) -> Trigger:
    found = automations.by_id(context.db, ids.decode(ident, "Trigger"))
    _require(context, found.scope_type, found.scope_id)
    return found


@table.mutation("updateFilterTrigger")
def update(_source: None, args: Mapping[str, Any], context: Context) -> dict[str, Any]:
    found = _writable(context, args["input"]["id"])
    return {"trigger": automations.update(context.db, found, _values(context, args["input"]))}


@table.mutation("deleteTrigger")
def delete(_source: None, args: Mapping[str, Any], context: Context) -> dict[str, Any]:
    automations.delete(context.db, _writable(context, args["input"]["triggerID"]))
    return {"success": True}


@table.mutation("createGenericWebhookIntegration")
def create_webhook(_source: None, args: Mapping[str, Any], context: Context) -> dict[str, Integration]:
    wanted = args["input"]
    entity = context.visible_entity(people.entity(context.db, wanted["entityName"]))
    if entity is None:
        raise NotFoundError(f"entity {wanted['entityName']!r} not found")
    if entity.id != context.user.entity_id and not context.access.manages_team(entity):
        raise PermissionDeniedError(f"permission denied: you do not administer {entity.name!r}")
    return {
        "integration": automations.add_webhook(context.db, entity.id, wanted["name"], wanted["urlEndpoint"])
    }
