"""`wandb-registry up`: preview, guard, up, and what was guarded is what is applied."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from wandb_registry.errors import UserError


class NotAsked(UserError):
    """There is no terminal to confirm a plan at."""


def up(
    stack: Annotated[str | None, typer.Argument(help="The stack; by default the selected one.")] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Apply without asking.")] = False,
) -> None:
    """Run the plain commands that are printed: preview into a plan, guard it, apply exactly that plan.

    Exit code 0: applied. 1: refused, failed, or declined. 3: not proved to be safe; nothing was applied.
    """
    from wandb_registry.cli.guard import judge
    from wandb_registry.engine.project import open_project, plan_file, shown, stack_flags
    from wandb_registry.plan_guard.report import lines

    if not yes and not sys.stdin.isatty():
        raise NotAsked("nobody can be asked here", advice="Say --yes to apply without asking")
    workspace = open_project(Path.cwd(), echo=typer.echo)
    flags = stack_flags(stack)
    with plan_file() as plan:
        preview = ("preview", *flags, "--diff")
        typer.echo(f"$ {shown(*preview)}")
        workspace.run(*preview)
        # One preview is both what the guard reads and the plan that is applied.
        saved = ("preview", *flags, "--json", "--save-plan", str(plan))
        typer.echo(f"$ {shown(*saved)} > preview.json")
        ended = workspace.run(*saved, check=False, silent=True)
        exported = workspace.run("stack", "export", *flags, silent=True).stdout
        typer.echo(" ".join(("$ wandb-registry guard", *filter(None, [stack]), "--preview preview.json")))
        verdict = judge(
            ended.stdout, exported, name="the preview", state_name="the state", exit_code=ended.exit_code
        )
        for line in lines(verdict):
            typer.echo(line)
        if verdict.exit_code:
            raise typer.Exit(verdict.exit_code)
        apply = ("up", *flags, "--yes", "--skip-preview", "--plan", str(plan))
        typer.echo(f"$ {shown(*apply)}")
        if not yes:
            typer.confirm("Apply this plan?", abort=True)
        workspace.run(*apply)
