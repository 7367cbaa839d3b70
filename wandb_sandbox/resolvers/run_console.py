"""A run while it goes on: its console, stopping it, rewinding it, alerts."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any, NamedTuple

from wandb_sandbox import ids
from wandb_sandbox.errors import InvalidError, NotFoundError
from wandb_sandbox.permissions.roles import Right
from wandb_sandbox.resolvers import projects as project_queries
from wandb_sandbox.resolvers.artifact_writes import run_named
from wandb_sandbox.resolvers.context import Context, table
from wandb_sandbox.resolvers.runs import writable
from wandb_sandbox.resolvers.shapes import window
from wandb_sandbox.store import runs
from wandb_sandbox.store.paging import Edge, Page, encode_cursor, page_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from wandb_sandbox.store.rows import Run

# As wandb-core writes the console: [ERROR ]2026-01-01T00:00:00.000000 text
_LINE = re.compile(r"^(?P<level>ERROR )?(?P<time>\d{4}-\d\d-\d\dT[0-9:.]+) (?P<text>.*)$", re.DOTALL)


class LogLine(NamedTuple):
    run_id: int
    number: int
    timestamp: str | None
    level: str | None
    line: str


table.attributes("LogLine", LogLine)
table.constant("LogLine", label=None)
table.functions["LogLine", "id"] = lambda one, _args, _context: ids.encode(
    "LogLine", one.run_id * 10**9 + one.number
)
table.getters["LogLineConnection", "edges"] = lambda page: page.edges
table.getters["LogLineConnection", "pageInfo"] = lambda page: page
table.getters["LogLineEdge", "node"] = lambda edge: edge.node
table.getters["LogLineEdge", "cursor"] = lambda edge: encode_cursor(edge.key)


def _parse(run: Run, number: int, content: str) -> LogLine:
    found = _LINE.match(content)
    if found is None:
        return LogLine(run.id, number, None, None, content)
    level = "error" if found["level"] else None
    return LogLine(run.id, number, f"{found['time']}Z", level, found["text"])


@table.field("Run", "logLines")
def log_lines(run: Run, args: Mapping[str, Any], context: Context) -> Page:
    content = runs.lines(context.db, run.id, "output")
    listed = [_parse(run, number, line) for number, line in enumerate(content)]
    last = args.get("last")
    if last is None:
        return page_of(listed, window(args, context))
    start = max(0, len(listed) - last)
    edges = [Edge(one, (one.number, one.number)) for one in listed[start:]]
    return Page(edges, has_next=False, has_previous=start > 0, count=lambda: len(listed))


@table.field("Run", "stopped")
def stopped(run: Run, _args: Mapping[str, Any], _context: Context) -> bool:
    return run.state == "stopping"


@table.mutation("stopRun")
def stop_run(_source: None, args: Mapping[str, Any], context: Context) -> dict[str, Any]:
    """Ask a running run to end; the client sees it in `stopped`."""
    found = writable(context, args["input"]["id"])
    if found.state != "running":
        raise InvalidError(f"the run is {found.state}, only a running one can be stopped")
    runs.update(context.db, found, {"state": "stopping"})
    return {"success": True}


@table.mutation("rewindRun")
def rewind_run(_source: None, args: Mapping[str, Any], context: Context) -> dict[str, Any]:
    """Forget the history after a step and go on from there."""
    wanted = args["input"]
    project = project_queries.require(context, wanted.get("entityName"), wanted.get("projectName"))
    context.access.require(Right.WRITE, project, "change runs")
    found = run_named(context, project, wanted["runName"])
    if found is None:
        raise NotFoundError("run not found")
    if wanted["metricName"] != "_step":
        raise InvalidError("a run can only be rewound to a value of _step")
    kept = [
        line
        for line in runs.lines(context.db, found.id, "history")
        if json.loads(line).get("_step", 0) <= wanted["metricValue"]
    ]
    runs.cut_lines(context.db, found.id, "history", len(kept))
    changes = {"state": "running", "summary_metrics": kept[-1] if kept else "{}"}
    return {"rewoundRun": runs.update(context.db, found, changes)}


@table.mutation("notifyScriptableRunAlert")
def alert(_source: None, args: Mapping[str, Any], context: Context) -> dict[str, Any]:
    """Accepted; nobody is notified by this server."""
    wanted = args["input"]
    project = project_queries.require(context, wanted["entityName"], wanted["projectName"])
    context.access.require(Right.WRITE, project, "send alerts")
    run_named(context, project, wanted["runName"])
    return {"success": True}
