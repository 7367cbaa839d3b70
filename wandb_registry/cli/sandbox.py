"""`wandb-registry sandbox`: the local W&B server, for trying things without a real one."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from wandb_registry.errors import UserError

app = typer.Typer(invoke_without_command=True, no_args_is_help=False)


class SandboxFailedError(UserError):
    """The sandbox cannot start."""


@app.callback()
def sandbox(
    context: typer.Context,
    data: Annotated[Path, typer.Option(help="Folder that keeps everything; made if it is not there.")] = Path(
        "wandb-sandbox-data"
    ),
    port: Annotated[int, typer.Option(min=0, max=65535, help="Port; 0 takes a free one.")] = 0,
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    expose: Annotated[
        bool, typer.Option("--expose", help="Allow an address that other machines can reach.")
    ] = False,
    setup: Annotated[
        bool | None,
        typer.Option(
            "--setup/--no-setup",
            help="Answer the set-up and control calls, which need no key. Default: only on loopback.",
        ),
    ] = None,
    profile: Annotated[
        str, typer.Option(help="Behave as another server: latest, server-0.74, server-0.65.")
    ] = "latest",
) -> None:
    """Run a local W&B server until interrupted; its address is printed when it is ready."""
    if context.invoked_subcommand is not None:
        return
    from wandb_sandbox.errors import ApiError, SandboxError
    from wandb_sandbox.profiles import profile as switches_of
    from wandb_sandbox.server import is_loopback, serve

    if not is_loopback(host) and not expose:
        raise SandboxFailedError(
            f"{host} can be reached from other machines", advice="Add --expose if that is meant"
        )
    try:
        switches = switches_of(profile)
        serve(data, host=host, port=port, with_setup=setup, switches=switches, ready=typer.echo)
    except (ApiError, SandboxError) as error:
        raise SandboxFailedError(str(error)) from None


@app.command()
def seed(
    data: Annotated[Path, typer.Option(help="Folder to fill; made if it is not there.")],
    links: Annotated[int, typer.Option(min=1, help="Links in all collections together.")] = 100_000,
    collections: Annotated[int, typer.Option(min=1, help="Collections of links.")] = 2_000,
    teams: Annotated[
        int, typer.Option(min=1, help="Teams, each with a legacy registry and a registry.")
    ] = 50,
    number: Annotated[int, typer.Option("--seed", help="Another number makes other content.")] = 1,
) -> None:
    """Fill a new data folder with a large organization, the same each time for the same numbers."""
    from wandb_sandbox.errors import SandboxError
    from wandb_sandbox.seed.plan import SeedPlan
    from wandb_sandbox.seed.seed import seed as fill

    try:
        made = fill(data, SeedPlan(links, collections, teams, number))
    except SandboxError as error:
        raise SandboxFailedError(str(error)) from None
    typer.echo(
        f"{data}: organization {made.organization}, {made.teams} teams, {made.collections} collections, "
        f"{made.links} links of {made.versions} versions. {made.admin} sees all; "
        f"every key is the user name and -, filled up with k to 40 characters."
    )
