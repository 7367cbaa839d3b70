"""The host's answers, asked for over gRPC as the engine does; the program runner is a stand-in."""

from __future__ import annotations

import io
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import grpc
import pytest
from google.protobuf import empty_pb2, struct_pb2
from pulumi.runtime.proto import language_pb2, language_pb2_grpc

from tests.engine.waiting import ended, wait_for
from wandb_registry.engine.language_service import start

if TYPE_CHECKING:
    from collections.abc import Iterator

# What the runner was called with, then the end that the program's name asks for.
RUNNER = """
import json, os, sys, time
from pathlib import Path
Path("seen.json").write_text(json.dumps({
    "arguments": sys.argv[1:], "config": os.environ["PULUMI_CONFIG"],
    "secret": os.environ["PULUMI_CONFIG_SECRET_KEYS"], "cwd": os.getcwd(), "pid": os.getpid(),
}))
end = os.environ["RUNNER_END"]
time.sleep(600) if end == "hang" else sys.exit(int(end))
"""


@pytest.fixture
def stub(tmp_path: Path) -> Iterator[Any]:
    runner = tmp_path / "runner.py"
    runner.write_text(RUNNER)
    first_line = io.StringIO()
    server = start(str(runner), "127.0.0.1:7777", first_line)
    try:
        with grpc.insecure_channel(f"127.0.0.1:{int(first_line.getvalue())}") as channel:
            yield language_pb2_grpc.LanguageRuntimeStub(channel)
    finally:
        server.close()


def program_info(folder: Path, **options: str) -> Any:
    struct = struct_pb2.Struct()
    struct.update(options)
    return language_pb2.ProgramInfo(
        root_directory=str(folder), program_directory=str(folder), entry_point=".", options=struct
    )


def run_request(folder: Path, **options: str) -> Any:
    return language_pb2.RunRequest(
        project="p",
        stack="s",
        pwd=str(folder),
        monitor_address="127.0.0.1:8888",
        dryRun=True,
        parallel=4,
        organization="organization",
        config={"p:key": "value"},
        configSecretKeys=["p:key"],
        info=program_info(folder, **options),
    )


def seen(folder: Path) -> dict[str, Any]:
    import json

    found: dict[str, Any] = json.loads((folder / "seen.json").read_text())
    return found


def test_a_program_gets_all_that_it_needs(stub: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RUNNER_END", "0")
    answer = stub.Run(run_request(tmp_path))
    assert (answer.error, answer.bail) == ("", False)
    found = seen(tmp_path)
    flags = dict(zip(found["arguments"][:-1:2], found["arguments"][1::2], strict=False))
    assert flags == {
        "--monitor": "127.0.0.1:8888",
        "--engine": "127.0.0.1:7777",
        "--project": "p",
        "--root_directory": str(tmp_path),
        "--stack": "s",
        "--pwd": str(tmp_path),
        "--dry_run": "true",
        "--parallel": "4",
        "--organization": "organization",
    }
    assert found["arguments"][-1] == str(tmp_path)
    assert found["config"] == '{"p:key": "value"}'
    assert found["secret"] == '["p:key"]'
    assert found["cwd"] == str(tmp_path)


def test_an_address_in_the_handshake_wins(stub: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RUNNER_END", "0")
    stub.Handshake(language_pb2.LanguageHandshakeRequest(engine_address="127.0.0.1:9999"))
    stub.Run(run_request(tmp_path))
    assert "127.0.0.1:9999" in seen(tmp_path)["arguments"]


def test_exit_code_32_means_that_the_user_has_seen_why(
    stub: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RUNNER_END", "32")
    answer = stub.Run(run_request(tmp_path))
    assert (answer.error, answer.bail) == ("", True)


def test_another_exit_code_is_told(stub: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RUNNER_END", "5")
    answer = stub.Run(run_request(tmp_path))
    assert (answer.error, answer.bail) == ("The program ended with exit code 5", False)


def test_a_missing_virtual_environment_is_the_run_s_error(stub: Any, tmp_path: Path) -> None:
    answer = stub.Run(run_request(tmp_path, virtualenv=".venv"))
    assert "'.venv'" in answer.error
    assert not (tmp_path / "seen.json").exists()


def test_the_named_virtual_environment_runs_the_program(
    stub: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RUNNER_END", "0")
    python = tmp_path / "env" / "bin" / "python"
    python.parent.mkdir(parents=True)
    python.write_text(f'#!/bin/sh\ntouch "{tmp_path}/through-env"\nexec {sys.executable} "$@"\n')
    python.chmod(0o755)
    assert stub.Run(run_request(tmp_path, virtualenv="env")).error == ""
    assert (tmp_path / "through-env").exists()


def test_a_run_that_the_engine_gives_up_is_ended(
    stub: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RUNNER_END", "hang")
    call = stub.Run.future(run_request(tmp_path))
    wait_for(
        lambda: (tmp_path / "seen.json").exists() and (tmp_path / "seen.json").read_text(), "the program"
    )
    call.cancel()
    wait_for(lambda: ended(seen(tmp_path)["pid"]), "the program's end")


def plugin_request(folder: Path, kind: str, body: str) -> Any:
    (folder / "__main__.py").write_text(body)
    return language_pb2.RunPluginRequest(
        pwd=str(folder),
        args=["127.0.0.1:7777"],
        env=[f"PATH={os.defpath}", "PLUGIN_SAYS=a=b"],
        info=program_info(folder),
        kind=kind,
    )


def output(stream: Any) -> tuple[bytes, bytes, list[int]]:
    stdout, stderr, codes = b"", b"", []
    for message in stream:
        match message.WhichOneof("output"):
            case "stdout":
                stdout += message.stdout
            case "stderr":
                stderr += message.stderr
            case "exitcode":
                codes.append(message.exitcode)
    return stdout, stderr, codes


def test_a_plugin_s_output_and_exit_code_are_passed_on(stub: Any, tmp_path: Path) -> None:
    body = (
        "import os, sys; print(sys.argv[1:]); print(os.environ['PLUGIN_SAYS'], file=sys.stderr); sys.exit(3)"
    )
    stdout, stderr, codes = output(stub.RunPlugin(plugin_request(tmp_path, "resource", body)))
    assert (stdout, stderr, codes) == (b"['127.0.0.1:7777']\n", b"a=b\n", [3])


def test_a_policy_pack_runs_in_its_own_directory_through_the_sdk(stub: Any, tmp_path: Path) -> None:
    body = "import os, sys; print(os.getcwd(), sys.argv[1:])"
    stdout, _, codes = output(stub.RunPlugin(plugin_request(tmp_path, "analyzer", body)))
    assert stdout.decode().split()[0] == str(tmp_path)
    assert codes == [0]


def test_a_plugin_whose_call_is_cancelled_is_ended(stub: Any, tmp_path: Path) -> None:
    body = "import os, time; print(os.getpid(), flush=True); time.sleep(600)"
    stream = stub.RunPlugin(plugin_request(tmp_path, "resource", body))
    pid = int(next(stream).stdout)
    stream.cancel()
    wait_for(lambda: ended(pid), "the plugin's end")


def test_a_plugin_without_its_virtual_environment_says_so(stub: Any, tmp_path: Path) -> None:
    request = plugin_request(tmp_path, "analyzer", "")
    request.info.CopyFrom(program_info(tmp_path, virtualenv="none"))
    _, stderr, codes = output(stub.RunPlugin(request))
    assert b"'none'" in stderr
    assert codes == [1]


def test_the_small_questions_have_answers(stub: Any) -> None:
    assert stub.GetPluginInfo(empty_pb2.Empty()).version == "3.259.0"
    assert list(stub.GetRequiredPackages(language_pb2.GetRequiredPackagesRequest()).packages) == []
    assert list(stub.GetRequiredPlugins(language_pb2.GetRequiredPluginsRequest()).plugins) == []
    assert list(stub.GetProgramDependencies(language_pb2.GetProgramDependenciesRequest()).dependencies) == []
    assert stub.About(language_pb2.AboutRequest()).executable == sys.executable
    assert stub.Cancel(empty_pb2.Empty()) == empty_pb2.Empty()
    (said,) = stub.InstallDependencies(language_pb2.InstallDependenciesRequest())
    assert b"make install" in said.stdout
