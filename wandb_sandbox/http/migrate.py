"""POST /sandbox/migrate: play W&B's own migration of a team's legacy registry."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from starlette.responses import JSONResponse, Response

from wandb_sandbox.errors import ApiError, InvalidError
from wandb_sandbox.execution.run import refusal
from wandb_sandbox.http.state import state_of
from wandb_sandbox.store import migrations, people

if TYPE_CHECKING:
    from starlette.requests import Request


class MigrateCommand(BaseModel):
    """`target` names the registry (default: TEAM-mr-migrated); between start and finish, writes pause."""

    model_config = ConfigDict(extra="forbid")

    team: str
    target: str | None = Field(default=None, min_length=1, max_length=113)
    phase: Literal["start", "finish", "whole"] = "whole"


async def migrate(request: Request) -> Response:
    """Do one phase, whole or not at all; POST answers the target. GET tells the state of `?team=`."""
    state = state_of(request)
    try:
        if request.method == "POST":
            wanted = MigrateCommand.model_validate_json(await request.body())
            team = wanted.team
            with state.db.transaction():
                migrations.play(state.db, team, wanted.phase, wanted.target)
        else:
            team = request.query_params.get("team", "")
        found = migrations.of_team(state.db, people.require_team(state.db, team).id)
        if found is None:
            return JSONResponse({"team": team, "state": "none"})
        name = state.db.value("SELECT name FROM projects WHERE id = ?", found.target_project_id)
        phase = "running" if found.finished_at is None else "finished"
        return JSONResponse({"success": True, "team": team, "state": phase, "project": name})
    except ValidationError as error:
        refused = refusal(InvalidError(error.errors()[0]["msg"]))
    except ApiError as error:
        refused = refusal(error)
    return JSONResponse(refused.body, refused.status)
