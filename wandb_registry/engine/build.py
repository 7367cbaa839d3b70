"""Building the pinned engine from the Go module proxy, where no `pulumi` is installed.

`go install` refuses the module (it has replace lines), so it is built as a tool of an empty module. The
SDK's two scripts for Python come with the source; the language host does not, see `language_host`.
"""

from __future__ import annotations

import os
import queue
import shutil
import subprocess
import tempfile
import threading
from pathlib import Path
from typing import IO, TYPE_CHECKING

from filelock import FileLock, Timeout

from wandb_registry.engine.cache import EXECUTABLE, PROGRAM_RUNNER, PROVIDER
from wandb_registry.engine.errors import EngineBuildFailed, EngineDownloadRefused, GoTooOld
from wandb_registry.engine.versions import ENGINE_VERSION, GO_MINIMUM, parse_version, show_version

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from wandb_registry.engine.cache import Cache
    from wandb_registry.engine.progress import Reporter, Step

COMMAND_MODULE = "github.com/pulumi/pulumi/pkg/v3/cmd/pulumi"
SDK_MODULE = "github.com/pulumi/pulumi/sdk/v3"
# A replacement in the engine's own go.mod, which does not bind a module that only uses it.
_CLIPBOARD = (
    "github.com/atotto/clipboard",
    "github.com/tgummerer/clipboard v0.0.0-20241001131231-d02d263e614e",
)
# Longer silence than this is a hung connection, not a slow one.
_SILENCE_SECONDS = 600.0
# Where go must find something in its answer.
_TAIL_LINES = 3


def build_engine(cache: Cache, go: Path, reporter: Reporter) -> None:
    """Build the engine into `cache.bin`, unless it is there; a second start waits for the first.

    Raises:
        CacheUnusable: the cache cannot be written.
        GoTooOld, EngineDownloadRefused, EngineBuildFailed: with the end of what Go printed; all of it is in
            `cache.log`.
    """
    cache.prepare()
    lock = FileLock(cache.lock)
    try:
        lock.acquire(timeout=0)
    except Timeout:
        reporter.note("Another process is building the Pulumi engine; waiting for it ...")
        lock.acquire()
    try:
        if not cache.complete:
            _build(cache, go, reporter)
    finally:
        lock.release()


def _build(cache: Cache, go: Path, reporter: Reporter) -> None:
    version = show_version(ENGINE_VERSION)
    work = Path(tempfile.mkdtemp(dir=cache.engine, prefix=".build-"))
    try:
        _write_module(work)
        runner = Go(go, work, cache.log, go_environment(cache, go))
        runner.check_version()
        with reporter.step(f"Downloading the source of the Pulumi engine {version}") as step:
            runner.download(f"{COMMAND_MODULE}@v{version}", step)
        with reporter.step(f"Building the Pulumi engine {version} (once; 3 to 4 minutes on 2 cores)") as step:
            runner.build(work / "bin" / EXECUTABLE, step)
        _copy_scripts(runner.module_folder(SDK_MODULE), work / "bin")
        # Whatever a killed build left: `bin` is complete, or it is not there.
        shutil.rmtree(cache.bin, ignore_errors=True)
        (work / "bin").rename(cache.bin)
    finally:
        shutil.rmtree(work, ignore_errors=True)


def _write_module(work: Path) -> None:
    (work / "bin").mkdir()
    replaced, replacement = _CLIPBOARD
    (work / "go.mod").write_text(
        f"module engine\n\ngo {show_version(GO_MINIMUM)}\n\nreplace {replaced} => {replacement}\n",
        encoding="utf-8",
    )


def _copy_scripts(sdk: Path, target: Path) -> None:
    for source in (sdk / "python" / "cmd" / PROGRAM_RUNNER, sdk / "python" / "dist" / PROVIDER):
        shutil.copyfile(source, target / source.name)
        (target / source.name).chmod(0o755)


def go_environment(cache: Cache, go: Path) -> dict[str, str]:
    """The user's own settings of Go, with places for its caches where it has none.

    A user without a HOME, or with one that cannot be written, gets them below our cache.
    """
    environment = {**os.environ, "GO111MODULE": "on", "GOWORK": "off"}
    places = subprocess.run(
        [str(go), "env", "GOMODCACHE", "GOCACHE"],
        env=environment,
        cwd=cache.root,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    if places.returncode == 0 and all(_writable(place) for place in places.stdout.split("\n")[:2]):
        return environment
    own = cache.root / "go"
    environment |= {"GOPATH": str(own), "GOMODCACHE": str(own / "mod"), "GOCACHE": str(own / "build")}
    # Go writes its module cache read-only, which a user who clears our cache would trip over.
    environment["GOFLAGS"] = f"{environment.get('GOFLAGS', '')} -modcacherw".strip()
    return environment


def _writable(place: str) -> bool:
    if not os.path.isabs(place):
        return False
    folder = Path(place)
    while not folder.exists():
        folder = folder.parent
    return folder.is_dir() and os.access(folder, os.W_OK)


class Go:
    """`go`, run in one module with its output shown as progress and kept in a log."""

    def __init__(self, go: Path, work: Path, log: Path, environment: Mapping[str, str]) -> None:
        self._go = go
        self._work = work
        self._log = log
        self._environment = environment
        log.write_text("", encoding="utf-8")

    def check_version(self) -> None:
        """Raise GoTooOld unless this Go, or the toolchain that it fetches by itself, is new enough."""
        code, lines = self._run(["env", "GOVERSION"], lambda _: None)
        answer = lines[-1] if lines else f"exit code {code}"
        found = parse_version(answer) if code == 0 and answer.startswith(("go1", "devel go1")) else None
        if found is None or found < GO_MINIMUM:
            raise GoTooOld(
                f"{self._go} cannot build the Pulumi engine, which needs Go {show_version(GO_MINIMUM)} "
                f"(it answers: {answer})",
                advice="Install a newer Go, or the Pulumi CLI with its Python language host",
            )

    def download(self, package: str, step: Step) -> None:
        """Fetch the source of `package` (`path@version`) and all that it needs."""
        count = 0

        def show(line: str) -> None:
            nonlocal count
            count += line.startswith("go: downloading")
            step.detail(f"{count} modules")

        code, lines = self._run(["get", "-tool", package], show)
        if code != 0:
            raise EngineDownloadRefused(
                f"The Go module proxy did not give {package}: {_tail(lines)} (all of it: {self._log})",
                advice="Check the network, GOPROXY and the proxy settings, or install the Pulumi CLI",
            )

    def build(self, target: Path, step: Step) -> None:
        """Compile the engine into `target`."""
        count = 0

        def show(line: str) -> None:
            nonlocal count
            # With -v, Go prints a package's path on a line of its own once it is compiled.
            count += bool(line) and " " not in line
            step.detail(f"{count} packages compiled" if count else "linking")

        version_flag = f"-X {SDK_MODULE}/go/common/version.Version={show_version(ENGINE_VERSION)}"
        code, lines = self._run(
            ["build", "-v", "-ldflags", version_flag, "-o", str(target), COMMAND_MODULE], show
        )
        if code != 0 or not target.exists():
            raise EngineBuildFailed(
                f"The Pulumi engine did not build: {_tail(lines)} (all of it: {self._log})",
                advice="Check the free disk space and memory, or install the Pulumi CLI",
            )

    def module_folder(self, module: str) -> Path:
        """Where Go keeps the source of a module that was fetched."""
        code, lines = self._run(["list", "-m", "-f", "{{.Dir}}", module], lambda _: None)
        if code != 0 or not lines or not Path(lines[-1]).is_dir():
            raise EngineBuildFailed(f"Go does not find the source of {module}: {_tail(lines)}")
        return Path(lines[-1])

    def _run(self, arguments: list[str], show: Callable[[str], None]) -> tuple[int, list[str]]:
        """Exit code and lines of output; `show` gets each line, and "" each second in between."""
        process = subprocess.Popen(
            [str(self._go), *arguments],
            cwd=self._work,
            env=self._environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
        )
        assert process.stdout is not None  # noqa: S101 (for the type checker)
        lines: list[str] = []
        arriving: queue.SimpleQueue[str | None] = queue.SimpleQueue()
        threading.Thread(target=_pump, args=(process.stdout, arriving), daemon=True).start()
        silent = 0.0
        try:
            with self._log.open("a", encoding="utf-8") as log:
                log.write(f"$ go {' '.join(arguments)}\n")
                while silent < _SILENCE_SECONDS:
                    try:
                        line = arriving.get(timeout=1.0)
                    except queue.Empty:
                        silent += 1.0
                        show("")
                        continue
                    if line is None:
                        return process.wait(), lines
                    silent = 0.0
                    log.write(f"{line}\n")
                    lines.append(line)
                    show(line)
            lines.append(f"no sign of life for {_SILENCE_SECONDS:.0f} s")
            return -1, lines
        finally:
            if process.poll() is None:
                process.kill()
                process.wait()


def _pump(stream: IO[str], arriving: queue.SimpleQueue[str | None]) -> None:
    with stream:
        for line in stream:
            arriving.put(line.rstrip())
    arriving.put(None)


def _tail(lines: list[str]) -> str:
    telling = [line.strip() for line in lines if line.strip() and not line.startswith("go: downloading")]
    return " / ".join(telling[-_TAIL_LINES:]) or "no output"
