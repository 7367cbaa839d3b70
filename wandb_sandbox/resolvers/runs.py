"""Runs: made and changed by the client's run lifecycle, read by the public API."""

from __future__ import annotations

import json
import secrets
from typing import TYPE_CHECKING, Any

from wandb_sandbox import ids
from wandb_sandbox.errors import InvalidError, NotFoundError
from wandb_sandbox.permissions.roles import Right
from wandb_sandbox.resolvers.artifact_writes import ensure_project
from wandb_sandbox.resolvers.context import Context, table
from wandb_sandbox.resolvers.shapes import global_id, window
from wandb_sandbox.store import rows, runs
from wandb_sandbox.store.filters import Field, Fields, compile_filter
from wandb_sandbox.store.paging import Listing, Order, Page, parse_order, read_page

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from wandb_sandbox.store.rows import Project, Run, User

table.attributes(
    "Run",
    rows.Run,
    group="group_name",
    commit="commit_hash",
    summaryMetrics="summary_metrics",
    projectId="project_id",
)
table.constant("Run", sweepName=None, systemMetrics="{}")
global_id("Run")

_TAGS = "SELECT 1 FROM json_each(t.tags) j WHERE 1"
_DOCUMENTS = {"config": "t.config", "summary_metrics": "t.summary_metrics", "summary": "t.summary_metrics"}


class _RunFields(Fields):
    """Also `config.KEY`, whose value stands in a field `value` of its own, and `summary_metrics.KEY`."""

    def find(self, name: str) -> tuple[Field, list[Any]]:
        head, _, rest = name.partition(".")
        if not rest or head not in _DOCUMENTS:
            return super().find(name)
        path = "$" + "".join(f".{json.dumps(part)}" for part in rest.split("."))
        column = _DOCUMENTS[head]
        if head != "config":
            return Field(f"json_extract({column}, ?)"), [path]
        key, *inner = rest.split(".")
        value = f"$.{json.dumps(key)}.value" + "".join(f".{json.dumps(part)}" for part in inner)
        return Field(f"coalesce(json_extract({column}, ?), json_extract({column}, ?))"), [value, path]


_FIELDS = _RunFields(
    {
        "name": Field("t.name"),
        "display_name": Field("t.display_name"),
        "displayName": Field("t.display_name"),
        "state": Field("t.state"),
        "group": Field("t.group_name"),
        "jobType": Field("t.job_type"),
        "created_at": Field("t.created_at"),
        "createdAt": Field("t.created_at"),
        "heartbeat_at": Field("t.heartbeat_at"),
        "tags": Field("j.value", _TAGS),
        "tag": Field("j.value", _TAGS),
    }
)
_ORDERS = {"created_at": "t.created_at", "name": "t.name", "heartbeat_at": "t.heartbeat_at", "id": "t.id"}
_INPUT_COLUMNS = {
    "displayName": "display_name",
    "description": "description",
    "notes": "notes",
    "state": "state",
    "config": "config",
    "summaryMetrics": "summary_metrics",
    "groupName": "group_name",
    "jobType": "job_type",
    "commit": "commit_hash",
    "host": "host",
    "jobProgram": "program",
    "jobRepo": "repo",
}


@table.mutation("upsertBucket")
def upsert_bucket(_source: None, args: Mapping[str, Any], context: Context) -> dict[str, Any]:
    """Make or change a run; its project is made where it is not there."""
    wanted = args["input"]
    changes = {column: wanted.get(name) for name, column in _INPUT_COLUMNS.items()}
    _check_json(wanted)
    if wanted.get("tags") is not None:
        changes["tags"] = json.dumps(wanted["tags"])
    if wanted.get("id"):
        found: Run | None = writable(context, wanted["id"])
    else:
        project = ensure_project(
            context, wanted.get("entityName"), wanted.get("modelName") or "uncategorized"
        )
        name = wanted.get("name") or secrets.token_hex(4)
        found = runs.run(context.db, project.id, name)
        if found is None:
            made = runs.create(
                context.db, project.id, context.user.id, name, wanted.get("displayName") or name
            )
            return {"bucket": runs.update(context.db, made, changes), "inserted": True}
    return {"bucket": runs.update(context.db, found, changes), "inserted": False}  # type: ignore[arg-type]


def _check_json(wanted: Mapping[str, Any]) -> None:
    for name in ("config", "summaryMetrics"):
        if wanted.get(name) is not None:
            try:
                json.loads(wanted[name])
            except ValueError:
                raise InvalidError(f"{name} must be a JSON string") from None


def writable(context: Context, ident: str) -> Run:
    """The run of that id if the key may write to its project."""
    found = runs.by_id(context.db, ids.decode(ident, "Run"))
    project = context.load.projects.get(found.project_id)
    if project is None:
        raise NotFoundError("run not found")
    context.access.require(Right.WRITE, project, "change runs")
    return found


@table.field("Project", "run")
def in_project(project: Project, args: Mapping[str, Any], context: Context) -> Run | None:
    return runs.run(context.db, project.id, args["name"])


@table.field("Project", "bucket")
def bucket(project: Project, args: Mapping[str, Any], context: Context) -> Run | None:
    found = runs.run(context.db, project.id, args["name"])
    if found is None and not args.get("missingOk"):
        raise NotFoundError(f"run {args['name']!r} not found")
    return found


@table.field("Project", "runs")
def of_project(project: Project, args: Mapping[str, Any], context: Context) -> Page:
    condition, params = compile_filter(args.get("filters"), _FIELDS)
    order = parse_order(args.get("order"), _ORDERS, Order("t.created_at", descending=True))
    listing = Listing(rows.Run, ["t.project_id = ?", condition], [project.id, *params], order)
    return read_page(context.db, listing, window(args, context))


@table.field("Project", "runCount")
def run_count(project: Project, args: Mapping[str, Any], context: Context) -> int:
    condition, params = compile_filter(args.get("filters"), _FIELDS)
    sql = f"SELECT count(*) FROM runs t WHERE t.project_id = ? AND {condition}"  # noqa: S608
    return int(context.db.value(sql, project.id, *params))


@table.field("Run", "project")
def project_of(run: Run, _args: Mapping[str, Any], context: Context) -> Project | None:
    return context.visible_project(run.project_id)


@table.field("Run", "user")
def user_of(run: Run, _args: Mapping[str, Any], context: Context) -> User | None:
    return context.load.users.get(run.user_id)


@table.field("Run", "tags")
def tags(run: Run, _args: Mapping[str, Any], _context: Context) -> list[str]:
    return list(json.loads(run.tags))


@table.field("Run", "readOnly")
def read_only(run: Run, _args: Mapping[str, Any], context: Context) -> bool:
    project = context.load.projects.get(run.project_id)
    return project is None or not context.access.can(Right.WRITE, project)


@table.field("Run", "wandbConfig")
def wandb_config(run: Run, args: Mapping[str, Any], _context: Context) -> str:
    held = json.loads(run.config).get("_wandb", {})
    values = held.get("value", {}) if isinstance(held, dict) else {}
    keys = args.get("keys")
    return json.dumps({key: value for key, value in values.items() if keys is None or key in keys})


def _count(stream: str) -> Callable[[Run, Mapping[str, Any], Context], int]:
    return lambda run, _args, context: runs.count_lines(context.db, run.id, stream)


def _tail(stream: str) -> Callable[[Run, Mapping[str, Any], Context], str]:
    def tail(run: Run, _args: Mapping[str, Any], context: Context) -> str:
        last = runs.last_line(context.db, run.id, stream)
        return json.dumps([] if last is None else [last])

    return tail


for _field, _stream in (("history", "history"), ("events", "events"), ("log", "output")):
    table.functions["Run", f"{_field}LineCount"] = _count(_stream)
    if _field != "log":
        table.functions["Run", f"{_field}Tail"] = _tail(_stream)


@table.field("Run", "history")
def history(run: Run, args: Mapping[str, Any], context: Context) -> list[str]:
    found = runs.lines(context.db, run.id, "history")
    low, high = args.get("minStep"), args.get("maxStep")
    if low is not None or high is not None:
        found = [
            line
            for line in found
            if (low is None or _step(line) >= int(low)) and (high is None or _step(line) < int(high))
        ]
    return found[: args.get("samples") or 500]


def _step(line: str) -> int:
    return int(json.loads(line).get("_step", 0))


@table.field("Run", "events")
def events(run: Run, args: Mapping[str, Any], context: Context) -> list[str]:
    return runs.lines(context.db, run.id, "events")[: args.get("samples") or 500]


@table.field("Run", "sampledHistory")
def sampled_history(run: Run, args: Mapping[str, Any], context: Context) -> list[list[dict[str, Any]]]:
    found = [json.loads(line) for line in runs.lines(context.db, run.id, "history")]
    answers = []
    for spec in args["specs"]:
        try:
            keys = json.loads(spec).get("keys") or []
        except (ValueError, AttributeError):
            raise InvalidError("each spec must be a JSON object in a string") from None
        picked = [{key: row[key] for key in keys} for row in found if all(key in row for key in keys)]
        answers.append(picked)
    return answers


@table.field("Run", "parquetHistory")
def parquet_history(run: Run, _args: Mapping[str, Any], context: Context) -> dict[str, Any]:
    """Nothing is ever exported here: all rows are live."""
    found = runs.lines(context.db, run.id, "history")
    return {"parquetUrls": [], "liveData": [json.loads(line) for line in found]}


@table.field("Run", "historyKeys")
def history_keys(run: Run, _args: Mapping[str, Any], context: Context) -> dict[str, Any]:
    found = [json.loads(line) for line in runs.lines(context.db, run.id, "history")]
    keys: dict[str, Any] = {}
    for row in found:
        for key in row:
            keys.setdefault(key, {"typeCounts": [{"type": "unknown", "count": len(found)}]})
    last = max((int(row.get("_step", 0)) for row in found), default=-1)
    return {"sets": [], "keys": keys, "lastStep": last}


def _artifact_page(run: Run, args: Mapping[str, Any], context: Context, side: str) -> Page:
    where = [f"t.id IN (SELECT artifact_id FROM {side} WHERE run_id = ?)", "t.state != 'DELETED'"]  # noqa: S608
    page = read_page(
        context.db, Listing(rows.Artifact, where, [run.id], Order("t.id")), window(args, context)
    )
    context.load.saw_artifacts(page.nodes)
    kept = [edge for edge in page.edges if context.reaches_artifact(edge.node)]
    return Page(kept, page.has_next, page.has_previous, page.count)


@table.field("Run", "outputArtifacts")
def output_artifacts(run: Run, args: Mapping[str, Any], context: Context) -> Page:
    return _artifact_page(run, args, context, "run_outputs")


@table.field("Run", "inputArtifacts")
def input_artifacts(run: Run, args: Mapping[str, Any], context: Context) -> Page:
    return _artifact_page(run, args, context, "run_inputs")


@table.mutation("deleteRun")
def delete_run(_source: None, args: Mapping[str, Any], context: Context) -> dict[str, Any]:
    runs.delete(context.db, writable(context, args["input"]["id"]))
    return {"success": True}


@table.mutation("updateRunState")
def update_run_state(_source: None, args: Mapping[str, Any], context: Context) -> dict[str, Any]:
    found = writable(context, args["input"]["id"])
    state = args["input"]["state"]
    allowed = {"pending": ("running", "failed", "crashed", "preempted"), "failed": ("pending", "running")}
    if found.state not in allowed.get(state, ()):
        raise InvalidError(f"a run cannot go from {found.state!r} to {state!r}")
    runs.update(context.db, found, {"state": state})
    return {"success": True}
