"""`wandb-registry guard`: may this plan be applied? Reads a preview, the state and the live server."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from wandb_registry.plan_guard.run import Verdict

STACKS = Path("stacks")


def guard(
    stack: Annotated[str | None, typer.Argument(help="The stack; by default the selected one.")] = None,
    preview: Annotated[
        Path | None,
        typer.Option(help="What `pulumi preview --json` (or destroy --preview-only --json) printed."),
    ] = None,
    state: Annotated[
        Path | None, typer.Option(help="What `pulumi stack export` printed; by default it is asked for.")
    ] = None,
    destroy: Annotated[bool, typer.Option("--destroy", help="Guard `pulumi destroy`.")] = False,
    target: Annotated[list[str] | None, typer.Option(help="As in `pulumi up --target`; repeat.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON and nothing else.")] = False,
) -> None:
    """Refuse a plan that would hurt, with what `check` cannot see: destroy, --target, whole resources gone.

    Exit code 0: nothing stands against it. 1: refused, or the preview failed. 3: something could not be
    read, so it is not proved to be safe.
    """
    from wandb_registry.engine.project import open_project, stack_flags
    from wandb_registry.plan_guard.report import as_json as verdict_as_json
    from wandb_registry.plan_guard.report import lines

    flags = (*stack_flags(stack), *(flag for urn in target or () for flag in ("--target", urn)))
    workspace = open_project(Path.cwd()) if preview is None or state is None else None
    if preview is None:
        assert workspace is not None  # noqa: S101 (for the type checker)
        command = ("destroy", "--preview-only") if destroy else ("preview",)
        ended = workspace.run(*command, "--json", *flags, check=False, silent=True)
        shown, name = ended.stdout, "the preview"
        failed = ended.exit_code
    else:
        shown, name, failed = _text(preview), str(preview), 0
    if state is None:
        assert workspace is not None  # noqa: S101 (for the type checker)
        exported = workspace.run("stack", "export", *stack_flags(stack), silent=True).stdout
    else:
        exported = _text(state)
    verdict = judge(shown, exported, name=name, state_name=str(state or "the state"), exit_code=failed)
    if as_json:
        typer.echo(verdict_as_json(verdict))
    else:
        for line in lines(verdict):
            typer.echo(line)
    raise typer.Exit(verdict.exit_code)


def judge(preview: str, state: str, *, name: str, state_name: str, exit_code: int = 0) -> Verdict:
    """The verdict over a preview's and a state's text; a preview that ended badly is rejected."""
    from wandb_registry.plan_guard.errors import PreviewRejected
    from wandb_registry.plan_guard.plan import make_plan
    from wandb_registry.plan_guard.preview import read_preview, read_state
    from wandb_registry.plan_guard.run import guard_plan, load_desired
    from wandb_registry.server.credentials import resolve_connection
    from wandb_registry.server.port import GraphQL

    parsed = read_preview(preview, name)
    if exit_code:
        # A policy's violation stands in no JSON, only in the exit code.
        raise PreviewRejected(f"{name} ended with exit code {exit_code}: an error, or a policy's violation")
    plan = make_plan(parsed, read_state(state, state_name, parsed.stack))
    desired, inventory = load_desired(STACKS, plan.stack)
    return guard_plan(plan, desired, inventory, lambda: GraphQL(resolve_connection()))


def _text(path: Path) -> str:
    from wandb_registry.plan_guard.errors import PreviewRejected

    try:
        return path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise PreviewRejected(f"{path} cannot be read: {error}") from None
