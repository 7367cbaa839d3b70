"""The steps in their order: what an engineer does with a real organization, and what may happen to it."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass

from examples.demo import change_by_hand, checks, organization
from examples.demo.home import CHECKOUT, STACK, Home
from examples.demo.models import CHURN, MODELS
from examples.demo.server import Server
from examples.demo.steps import Steps


@dataclass(frozen=True)
class Demo:
    """Everything that a step needs."""

    steps: Steps
    home: Home
    server: Server
    api_key: str

    @property
    def environment(self) -> dict[str, str]:
        """The environment of every command."""
        return self.home.environment(self.server.url, self.api_key)

    def run(self, *command: str, expect: int = 0) -> str:
        """A command in the project, as typed."""
        return self.steps.run(command, self.environment, self.home.project, expect=expect)

    def program(self, name: str, *arguments: str) -> str:
        """A program of the demo, which uses the public client."""
        module = ("-m", f"examples.demo.{name}", *arguments)
        return self.steps.run((sys.executable, *module), self.environment, CHECKOUT, show=("python", *module))


def _set_up(demo: Demo) -> str:
    subjects: dict[str, int] = {}
    for subject, command in organization.set_up_calls(demo.api_key):
        demo.server.set_up(subject, command)
        subjects[subject] = subjects.get(subject, 0) + 1
    for subject, count in subjects.items():
        demo.steps.note(f"POST {demo.server.url}/db/{subject}  ({count} times)")
    people = subjects["user"]
    teams = " and ".join(team.name for team in organization.TEAMS)
    return f"{organization.DISPLAY_NAME}: teams {teams}, {people} people in every role"


def _models(demo: Demo) -> str:
    demo.program("log_models")
    for subject, command in organization.protect_calls():
        demo.server.set_up(subject, command)
    return f"{len(MODELS)} registered models with {sum(model.left for model in MODELS)} versions"


def _scan(demo: Demo) -> str:
    teams = [argument for team in organization.TEAMS for argument in ("--team", team.name)]
    command = ["wandb-registry", "scan", "--organization", organization.DISPLAY_NAME, *teams]
    output = demo.run(*command, "--config", "migration.yaml", "--out", f"stacks/{STACK}.yaml")
    findings = ("GAPS", "EMPTY_MODEL", "SHARED_VERSION", "VIEW_ONLY_PEOPLE", "REGISTRY_ADMINS")
    checks.require_words("scan", output, (*findings, "PROTECTED_ALIASES"))
    return "stack file and inventory written, for review"


def _preview(demo: Demo) -> str:
    demo.run("pulumi", "stack", "init", STACK)
    output = demo.run("pulumi", "preview", "--diff")
    checks.require_words("the preview", output, ("to create", "Links", CHURN.name, "[production]"))
    return _counted(output, "to create")


def _up(demo: Demo) -> str:
    output = demo.run("pulumi", "up", "--yes", "--skip-preview")
    checks.require_words("up", output, ("created",))
    return _counted(output, "created")


def _unchanged(demo: Demo) -> str:
    demo.run("pulumi", "preview", "--expect-no-changes")
    return "no change"


def _verify(demo: Demo) -> str:
    output = demo.run("wandb-registry", "verify", f"stacks/{STACK}.yaml", "--strict")
    checks.require_words("verify", output, ("no difference",))
    return "no difference"


def _bytes(demo: Demo) -> str:
    return demo.program("compare_bytes", str(demo.home.stack_file)).strip().splitlines()[-1]


def _by_hand(demo: Demo) -> str:
    demo.program("change_by_hand")
    demo.run("wandb-registry", "verify", f"stacks/{STACK}.yaml", expect=1)
    return "an alias moved, a member added, a description changed; verify sees it"


def _drift(demo: Demo) -> str:
    output = demo.run("pulumi", "preview", "--diff")
    words = (change_by_hand.DESCRIPTION, CHURN.description, organization.STRANGER, "to update")
    checks.require_words("the preview", output, words)
    checks.require_words("the preview", output, ("changed since", f"[{change_by_hand.ALIAS}"))
    return f"{_counted(output, 'to update')}; the alias is listed as changed since (manage: once)"


def _heal(demo: Demo) -> str:
    output = demo.run("pulumi", "up", "--yes", "--skip-preview")
    checks.require_words("up", output, ("updated",))
    demo.run("pulumi", "preview", "--expect-no-changes")
    return f"{_counted(output, 'updated')}, and no change is left"


def _verify_again(demo: Demo) -> str:
    output = demo.run("wandb-registry", "verify", f"stacks/{STACK}.yaml")
    checks.require_words("verify", output, ("no difference", "changed since"))
    return "no difference; the moved alias is listed as changed since"


def _secrets(demo: Demo) -> str:
    home = demo.home
    demo.run("pulumi", "stack", "export", "--file", str(home.exported))
    keys = [demo.api_key]
    resources = checks.check_state(home.exported, keys)
    files = checks.check_files(home.root, keys, own=[home.sandbox])
    return f"{resources} resources in the state and {files} files hold no API key"


STORY: tuple[tuple[str, Callable[[Demo], str]], ...] = (
    ("Set up an organization with two teams and people in every role", _set_up),
    ("Fill the legacy Model Registries with the real wandb client", _models),
    ("Scan both teams: desired state and inventory, with findings", _scan),
    ("Preview: what pulumi would do", _preview),
    ("Apply", _up),
    ("Preview again, and expect no change", _unchanged),
    ("Verify with the public client, strictly", _verify),
    ("Download every link by its old and its new path", _bytes),
    ("Change things by hand in the registry", _by_hand),
    ("Preview: the drift shows", _drift),
    ("Apply: the drift is healed", _heal),
    ("Verify again", _verify_again),
    ("Look for API keys in the state and in every file", _secrets),
)


def tell(demo: Demo) -> None:
    """Do all steps; StepFailed ends the demo."""
    for title, act in STORY:
        with demo.steps.step(title) as step:
            step.done = act(demo)


def _counted(output: str, words: str) -> str:
    """The line of Pulumi's summary that ends with these words: `+ 19 created`."""
    found = [line.strip() for line in output.splitlines() if line.strip().endswith(words)]
    return found[-1].lstrip("+~- ") if found else words
