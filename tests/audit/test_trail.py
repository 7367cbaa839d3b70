"""The chain: a trail that was not touched is whole, and any edit of it shows."""

from __future__ import annotations

import json
import os
import threading
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wandb_registry.audit.chain import Head, canonical, chain, digest
from wandb_registry.audit.errors import AuditFailed, AuditUnreadable
from wandb_registry.audit.trail import Run, Trail, audit_directory, head_path
from wandb_registry.audit.verify import trails_in, verify_trail

RUN = Run(stack="team", identity="alice", commit="abc", server="http://wandb.test", version="1")


def write_trail(directory: Path, count: int = 4) -> Path:
    trail = Trail(directory, RUN)
    for number in range(count):
        trail.append([{"event": "write", "operation": f"op{number}"}], durable=True)
    trail.close()
    return trail.path


def messages(path: Path) -> str:
    return "; ".join(flaw.message for flaw in verify_trail(path).flaws)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return write_trail(tmp_path)


def test_an_untouched_trail_is_whole_and_says_who_and_from_where(path: Path) -> None:
    result = verify_trail(path)
    assert (result.flaws, result.exit_code) == ((), 0)
    assert [entry["seq"] for entry in result.entries] == [0, 1, 2, 3, 4]
    assert {(e["stack"], e["identity"], e["commit"]) for e in result.entries} == {("team", "alice", "abc")}
    assert all(entry["time"].endswith("Z") for entry in result.entries)


def test_line_breaks_of_all_kinds_inside_a_text_are_no_new_lines(tmp_path: Path) -> None:
    trail = Trail(tmp_path, RUN)
    trail.append([{"event": "write", "object": "a\nb\u2028c\x85d\x0be"}], durable=True)
    trail.close()
    assert verify_trail(trail.path).flaws == ()


def test_only_the_owner_may_read_a_trail(path: Path) -> None:
    assert path.stat().st_mode & 0o077 == 0
    assert head_path(path).stat().st_mode & 0o077 == 0


def test_a_changed_value_shows(path: Path) -> None:
    path.write_text(path.read_text().replace("op2", "op9"))
    assert verify_trail(path).exit_code == 1
    assert "line 4: was changed" in messages(path)


def test_a_changed_value_with_its_own_hash_made_anew_shows_in_the_next_line(path: Path) -> None:
    lines = path.read_text().splitlines()
    entry = json.loads(lines[2])
    entry["operation"] = "op9"
    entry["hash"] = digest(entry)
    lines[2] = canonical(entry)
    path.write_text("".join(f"{line}\n" for line in lines))
    assert "line 4: does not follow" in messages(path)


def test_another_spelling_of_the_same_values_shows(path: Path) -> None:
    path.write_text(path.read_text().replace('"event":"run"', '"event": "run"'))
    assert "is not written as this tool writes it" in messages(path)


@pytest.mark.parametrize("taken", [0, 1, 3])
def test_a_line_taken_out_shows(path: Path, taken: int) -> None:
    lines = path.read_text().splitlines(keepends=True)
    del lines[taken]
    path.write_text("".join(lines))
    assert verify_trail(path).exit_code == 1
    assert "taken out" in messages(path)


def test_two_lines_that_change_places_show(path: Path) -> None:
    lines = path.read_text().splitlines(keepends=True)
    lines[1], lines[2] = lines[2], lines[1]
    path.write_text("".join(lines))
    assert "does not follow" in messages(path)


def test_a_line_put_in_shows(path: Path) -> None:
    lines = path.read_text().splitlines(keepends=True)
    lines.insert(2, lines[1])
    path.write_text("".join(lines))
    assert "put in" in messages(path)


@pytest.mark.parametrize("left", [0, 1, 4])
def test_lines_cut_off_at_the_end_show(path: Path, left: int) -> None:
    path.write_text("".join(path.read_text().splitlines(keepends=True)[:left]))
    assert verify_trail(path).exit_code == 1
    assert f"{5 - left} entries at the end are missing" in messages(path)


def test_half_a_line_shows(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-10])
    assert "is cut off" in messages(path)


def test_lines_added_behind_the_head_are_not_proved(path: Path) -> None:
    head = Head.parse(head_path(path).read_text())
    more, _ = chain(head, [{"event": "write"}])
    path.write_text(path.read_text() + more[0] + "\n")
    assert verify_trail(path).exit_code == 3
    assert "1 entries stand behind" in messages(path)


def test_a_whole_trail_forged_anew_does_not_fit_its_head(path: Path) -> None:
    lines, _ = chain(Head(), [{"event": "run"}, *({"event": "write"} for _ in range(4))])
    path.write_text("".join(f"{line}\n" for line in lines))
    assert "the hash of another trail" in messages(path)


def test_without_its_head_file_a_trail_is_not_proved_to_be_whole(path: Path) -> None:
    head_path(path).unlink()
    assert verify_trail(path).exit_code == 3
    head_path(path).write_text("nonsense")
    assert verify_trail(path).exit_code == 1


def test_the_trail_of_the_run_before_must_still_be_there_and_be_the_same(path: Path) -> None:
    second = write_trail(path.parent)
    assert second != path
    assert verify_trail(second).flaws == ()
    path.write_text("".join(path.read_text().splitlines(keepends=True)[:-1]))
    assert "no longer holds" in messages(second)
    path.unlink()
    assert verify_trail(second).exit_code == 3


def test_stacks_whose_names_begin_alike_are_told_apart(tmp_path: Path) -> None:
    write_trail(tmp_path)
    other = Trail(tmp_path, Run("team-2", "alice", "abc", "http://wandb.test", "1"))
    other.close()
    assert verify_trail(other.path).entries[0]["previous_run"] is None


def test_threads_that_write_at_once_make_one_chain(tmp_path: Path) -> None:
    trail = Trail(tmp_path, RUN)

    def write() -> None:
        for _ in range(25):
            trail.append([{"event": "write"}, {"event": "write"}], durable=True)

    threads = [threading.Thread(target=write) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    trail.close()
    assert verify_trail(trail.path).flaws == ()
    assert verify_trail(trail.path).head.entries == 201


def test_a_directory_that_cannot_be_written_is_a_named_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(AuditFailed, match="nothing is sent to the server"):
        Trail(tmp_path / "file" / "audit", RUN)


def test_a_trail_that_failed_once_fails_from_then_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    trail = Trail(tmp_path, RUN)
    with monkeypatch.context() as broken:

        def full(*_: object) -> int:
            raise OSError(28, "No space left on device")

        broken.setattr(os, "write", full)
        with pytest.raises(AuditFailed, match="No space left"):
            trail.append([{"event": "write"}], durable=True)
    with pytest.raises(AuditFailed, match="No space left"):
        trail.append([{"event": "write"}], durable=True)
    trail.close()


def test_a_disk_that_does_not_keep_what_it_took_is_an_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    trail = Trail(tmp_path, RUN)

    def broken(_: int) -> None:
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(os, "fsync", broken)
    with pytest.raises(AuditFailed, match="Input/output error"):
        trail.append([{"event": "write"}], durable=True)
    trail.close()


def test_the_directory_is_the_named_one_else_the_users_own(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("WANDB_REGISTRY_AUDIT_DIR", str(tmp_path))
    assert audit_directory() == tmp_path
    monkeypatch.delenv("WANDB_REGISTRY_AUDIT_DIR")
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("XDG_STATE_HOME", raising=False)
    assert audit_directory().name == "audit"
    assert tmp_path in audit_directory().parents


def test_trails_are_found_in_directories_and_by_name(path: Path, tmp_path: Path) -> None:
    assert trails_in([tmp_path]) == trails_in([path]) == [path]
    with pytest.raises(AuditUnreadable, match="is not there"):
        trails_in([tmp_path / "none"])
    (tmp_path / "empty").mkdir()
    with pytest.raises(AuditUnreadable, match="no audit trail"):
        trails_in([tmp_path / "empty"])


@given(data=st.data())
@settings(max_examples=60, deadline=None)
def test_any_changed_byte_shows(data: st.DataObject, tmp_path_factory: pytest.TempPathFactory) -> None:
    path = write_trail(tmp_path_factory.mktemp("trail"), count=2)
    content = bytearray(path.read_bytes())
    place = data.draw(st.integers(0, len(content) - 1))
    content[place] ^= data.draw(st.integers(1, 255))
    path.write_bytes(bytes(content))
    assert verify_trail(path).exit_code == 1
