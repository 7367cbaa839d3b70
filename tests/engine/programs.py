"""Stand-ins for programs on PATH."""

from __future__ import annotations

import sys
from pathlib import Path


def program(folder: Path, name: str, body: str) -> Path:
    """An executable shell script."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / name
    path.write_text(f"#!/bin/sh\n{body}\n")
    path.chmod(0o755)
    return path


def python_program(folder: Path, name: str, body: str) -> Path:
    """An executable Python script in this interpreter."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / name
    path.write_text(f"#!{sys.executable}\n{body}\n")
    path.chmod(0o755)
    return path


_HOST = """
import sys
from concurrent.futures import ThreadPoolExecutor
import grpc
# Field 1 of pulumirpc.PluginInfo.
answer = b"\\x0a" + bytes([len({version!r})]) + {version!r}.encode() if {version!r} else b""
handler = grpc.unary_unary_rpc_method_handler(lambda request, context: answer)
server = grpc.server(ThreadPoolExecutor(max_workers=1))
server.add_generic_rpc_handlers(
    (grpc.method_handlers_generic_handler("pulumirpc.LanguageRuntime", {{"GetPluginInfo": handler}}),)
)
port = server.add_insecure_port("127.0.0.1:0")
server.start()
print(port, flush=True)
sys.stdin.read()
"""


def fake_pulumi(folder: Path, version: str = "v3.259.0", host_version: str | None = "3.259.0") -> Path:
    """A `pulumi` that only knows its version, with a language host of its own kind (None: without)."""
    pulumi = program(folder, "pulumi", f"echo {version}")
    program(folder, "pulumi-language-python-exec", "exit 0")
    program(folder, "pulumi-resource-pulumi-python", "exit 0")
    if host_version is not None:
        python_program(folder, "pulumi-language-python", _HOST.format(version=host_version))
    return pulumi


_GO = """
echo "$*" >> "{log}"
case "$1 $2" in
    "env GOVERSION") echo "{version}" ;;
    "env GOMODCACHE") printf '%s\\n%s\\n' "{modules}" "{modules}" ;;
    "get "*)
        echo "go: downloading example.com/one v1.0.0" >&2
        {get}
        ;;
    "build "*)
        echo example.com/one
        {build}
        while [ "$1" != -o ]; do shift; done
        printf '#!/bin/sh\\necho v3.259.0\\n' > "$2" && chmod +x "$2"
        ;;
    "list "*) echo "{sdk}" ;;
    *) echo "unexpected: $*" >&2; exit 97 ;;
esac
"""


def fake_go(
    folder: Path, *, version: str = "go1.26.0", get: str = ":", build: str = ":", modules: str = ""
) -> Path:
    """A `go` that makes an engine of two lines; `folder/go.log` has a line for each call."""
    sdk = folder / "sdk"
    for relative in ("python/cmd/pulumi-language-python-exec", "python/dist/pulumi-resource-pulumi-python"):
        path = sdk / relative
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("#!/bin/sh\n")
    body = _GO.format(
        log=folder / "go.log",
        version=version,
        modules=modules or folder,
        get=get,
        build=build,
        sdk=sdk,
    )
    return program(folder, "go", body)


def calls(go: Path) -> list[str]:
    """The first word of each call of a fake `go`, in order."""
    return [line.split()[0] for line in (go.parent / "go.log").read_text().splitlines()]
