"""Mutation check over the guards: without any one of them at least one test must fail.

    python scripts/mutate_guards.py [--only TEXT] [--jobs N] [--list]

Works in copies of the checkout. Each rule (a refusal that is yielded, a live guard that is raised, a call
that asks for one) is taken out alone, and the tests of its room run until the first failure. Exit code 0:
every rule is missed by a test. 1: some are not; they are named.
"""

from __future__ import annotations

import argparse
import ast
import os
import queue
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
COPIED = ("wandb_registry", "wandb_sandbox", "providers", "policies", "tests", "stacks", "examples", "docs")
FILES = ("pyproject.toml", "Pulumi.yaml", "__main__.py", "README.md")

# Live guards: errors that a reconciler or provider raises before it writes.
RAISED = {
    "AlreadyThere",
    "AnotherCollection",
    "AnotherRegistry",
    "AutomationsWouldFire",
    "IncompleteListing",
    "LockOut",
    "NotEmpty",
    "OtherServer",
    "PreviewRejected",
    "RestrictedCreationRefused",
    "SourceRestricted",
    "SourceFixed",
    "StateRejected",
    "TypeFixed",
    "VisibilityFixed",
}
# Statements that ask a guard and raise in it.
ASKING = {"require_quiet", "require_same_collection", "stop_for_automations", "_require_quiet"}

# Where rules stand, and the tests that know them; `*` is the module's name.
ROOMS = (
    ("wandb_registry/guards", ("tests/guards", "tests/plan_guard", "tests/providers/test_checks.py")),
    ("wandb_registry/plan_guard", ("tests/plan_guard", "tests/cli/test_guard.py")),
    (
        "wandb_registry/reconcile",
        ("tests/reconcile/test_live_guards.py", "tests/reconcile/test_*.py", "tests/reconcile"),
    ),
    (
        "providers",
        (
            "tests/providers/test_asked_guards.py",
            "tests/providers/test_automations.py",
            "tests/providers/test_checks.py",
            "tests/providers",
        ),
    ),
    ("policies", ("tests/policies",)),
)


@dataclass(frozen=True, slots=True)
class Mutation:
    """One statement to be taken out, and what stands there instead."""

    file: str
    line: int
    end: int
    column: int
    text: str
    instead: str
    tests: tuple[str, ...]

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.text}"

    def apply(self, source: str) -> str:
        """The module without the statement."""
        lines = source.splitlines(keepends=True)
        lines[self.line - 1 : self.end] = [" " * self.column + self.instead + "\n"]
        return "".join(lines)


def mutations() -> list[Mutation]:
    """Every rule of every room."""
    found = []
    for room, tests in ROOMS:
        for path in sorted((ROOT / room).glob("*.py")):
            known = tuple(t.replace("*", path.stem) for t in tests)
            there = tuple(t for t in known if (ROOT / t).exists())
            found += list(_of_file(path, there))
    return found


def _of_file(path: Path, tests: tuple[str, ...]) -> Iterator[Mutation]:
    source = path.read_text(encoding="utf-8")
    for node in ast.walk(ast.parse(source)):
        instead = _replacement(node)
        # A provider also yields what it tells its user; its rules are refusals, or calls of others' rules.
        told = (
            room_of(path) == "providers" and isinstance(node, ast.Expr) and isinstance(node.value, ast.Yield)
        )
        if told and _called(node.value.value) != "Refusal":  # type: ignore[attr-defined]  # it is a yield
            continue
        if instead is not None:
            assert isinstance(node, ast.stmt)  # noqa: S101 (for the type checker)
            end = node.end_lineno or node.lineno
            text = " ".join(" ".join(source.splitlines()[node.lineno - 1 : end]).split())[:90]
            name = path.relative_to(ROOT).as_posix()
            yield Mutation(name, node.lineno, end, node.col_offset, text, instead, tests)


def room_of(path: Path) -> str:
    """The first folder of a module's path in the checkout."""
    return path.relative_to(ROOT).parts[0]


def _replacement(node: ast.AST) -> str | None:
    """What stands for a rule once it is taken out; None where the node is no rule."""
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Yield | ast.YieldFrom):
        return "yield from ()"
    if isinstance(node, ast.Raise) and _called(node.exc) in RAISED:
        return "pass"
    if isinstance(node, ast.Expr) and _called(node.value) in ASKING:
        return "pass"
    return None


def _called(node: ast.expr | None) -> str:
    function = node.func if isinstance(node, ast.Call) else None
    if isinstance(function, ast.Name):
        return function.id
    return function.attr if isinstance(function, ast.Attribute) else ""


def copy_checkout(folder: Path) -> Path:
    """A copy in which nothing is cached."""
    skip = shutil.ignore_patterns("__pycache__", "*.pyc")
    for name in COPIED:
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, folder / name, ignore=skip)
    for name in FILES:
        if (ROOT / name).is_file():
            shutil.copy(ROOT / name, folder / name)
    return folder


def run_tests(folder: Path, tests: Sequence[str]) -> tuple[bool, str]:
    """Whether all pass, in a copy, and the end of what was printed."""
    environment = {**os.environ, "PYTHONPATH": str(folder), "PYTHONDONTWRITEBYTECODE": "1"}
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-x",
        "-q",
        "-m",
        "not engine",
        "-p",
        "no:cacheprovider",
        *tests,
    ]
    done = subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, check=False, timeout=900
    )
    if done.returncode not in (0, 1):
        raise SystemExit(f"pytest did not run: {done.stdout[-2000:]}{done.stderr[-2000:]}")
    return done.returncode == 0, done.stdout.strip().splitlines()[-1]


def survives(folder: Path, mutation: Mutation) -> bool:
    """Whether no test misses the rule; the narrowest tests run first."""
    path = folder / mutation.file
    source = path.read_text(encoding="utf-8")
    path.write_text(mutation.apply(source), encoding="utf-8")
    try:
        return all(run_tests(folder, [tests])[0] for tests in mutation.tests)
    finally:
        path.write_text(source, encoding="utf-8")


def main() -> int:
    """The command."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--only", default="", help="rules whose file or text contains this")
    parser.add_argument("--jobs", type=int, default=2, help="how many at once")
    parser.add_argument("--list", action="store_true", help="name the rules and end")
    options = parser.parse_args()
    chosen = [mutation for mutation in mutations() if options.only in str(mutation)]
    if options.list:
        print(*chosen, f"{len(chosen)} rules", sep="\n")
        return 0
    with tempfile.TemporaryDirectory(prefix="mutate-guards-") as folder:
        copies: queue.Queue[Path] = queue.Queue()
        for number in range(options.jobs):
            copies.put(copy_checkout(Path(folder) / str(number)))
        return check(chosen, copies, options.jobs)


def check(chosen: list[Mutation], copies: queue.Queue[Path], jobs: int) -> int:
    """Take each rule out, and tell those that nobody misses."""
    copy = copies.get()
    for tests in sorted({test for mutation in chosen for test in mutation.tests}):
        passed, last = run_tests(copy, [tests])
        if not passed:
            print(f"{tests} fails already with every rule in place: {last}")
            return 1
    copies.put(copy)

    def one(mutation: Mutation) -> bool:
        copy = copies.get()
        try:
            survived = survives(copy, mutation)
        finally:
            copies.put(copy)
        print("SURVIVES" if survived else "missed  ", mutation, flush=True)
        return survived

    with ThreadPoolExecutor(jobs) as pool:
        survivors = [m for m, survived in zip(chosen, pool.map(one, chosen), strict=True) if survived]
    print(f"{len(chosen)} rules taken out, {len(survivors)} without a test that misses them")
    for mutation in survivors:
        print(f"  {mutation}")
    return 1 if survivors else 0


if __name__ == "__main__":
    sys.exit(main())
