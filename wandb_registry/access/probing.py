"""One test person tries things with the real `wandb` client. Run as a process: `python -m` this module.

Reads a task on standard input and writes one line of JSON. Whatever is tried leaves nothing behind: a
link that is there is made again, an alias of our own is taken off at once, a member who was none is
removed again. The key is in WANDB_API_KEY and in no output.
"""

from __future__ import annotations

import contextlib
import json
import secrets
import sys
import tempfile
from collections.abc import Callable, Mapping
from typing import Any

_DENIED = (401, 403, 404)
_NOT_FOR_YOU = ("not found", "failed to load", "failed to fetch", "unable to find", "could not find")
_LONGEST = 200

Answer = dict[str, object]


class NothingToTry(Exception):
    """There is nothing to try it on."""


class LeftBehind(Exception):
    """Something that was tried could not be undone; the message says what to take away by hand."""


def main() -> None:
    """Answer the task on standard input."""
    task = json.load(sys.stdin)
    print(json.dumps({"answers": _answers(str(task["person"]), task["tasks"])}), flush=True)


def _answers(person: str, tasks: list[Mapping[str, Any]]) -> list[Answer]:
    import wandb

    try:
        api = wandb.Api()
        viewer = api.viewer
    except Exception as error:  # noqa: BLE001 (whatever it is, it is the answer)
        return [{"error": f"the key of {person} is not accepted: {_line(error)}"}] * len(tasks)
    if viewer.username.casefold() != person.casefold():
        return [{"error": f"the key is that of {viewer.username}, not of {person}"}] * len(tasks)
    if getattr(viewer, "admin", False):
        return [{"error": f"{person} administers the instance, so the key proves nothing"}] * len(tasks)
    return [_answer(_Trial(api, task)) for task in tasks]


class _Trial:
    """What one person tries on one collection."""

    def __init__(self, api: Any, task: Mapping[str, Any]) -> None:
        self._api = api
        self._task = task
        self._path = f"{task['entity']}/{task['project']}/{task['collection']}"

    def read(self) -> None:
        """See the collection."""
        self._api.artifact_collection(self._task["type"], self._path)

    def download(self) -> None:
        """Fetch the smallest file of the version that was linked last."""
        artifact = self._newest()
        if not artifact.file_count:
            raise NothingToTry("its newest version holds no file")
        entries = {name: entry for name, entry in artifact.manifest.entries.items() if not entry.ref}
        if not entries:
            raise NothingToTry("its newest version holds references only; its manifest was read")
        with tempfile.TemporaryDirectory() as folder:
            smallest = min(entries, key=lambda name: entries[name].size or 0)
            artifact.get_entry(smallest).download(folder, skip_cache=True)

    def link(self) -> None:
        """Make the last link again, which changes nothing."""
        artifact = self._newest()
        if artifact.source_project is None:
            raise NothingToTry("the client links only what it sees the source of")
        artifact.link(self._path)

    def alias(self) -> None:
        """Put an alias of our own on the last link, and take it off again."""
        artifact = self._newest()
        version = artifact.name.rpartition(":")[2]
        alias = f"probe-{secrets.token_hex(4)}"
        refused: Exception | None = None
        try:
            artifact.aliases.append(alias)
            artifact.save()
        except Exception as error:  # noqa: BLE001 (saving writes to the source too, which may be refused)
            refused = error
        fresh = self._api.artifact(f"{self._path}:{version}")
        if alias in fresh.aliases:
            self._take_off(fresh, version, alias)
        elif refused is not None:
            raise refused

    def _take_off(self, artifact: Any, version: str, alias: str) -> None:
        with contextlib.suppress(Exception):  # the next look decides
            artifact.aliases = [one for one in artifact.aliases if one != alias]
            artifact.save()
        if alias in self._api.artifact(f"{self._path}:{version}").aliases:
            raise LeftBehind(f"alias {alias} of {self._path}:{version} could not be taken off")

    def protect(self) -> None:
        """Put a protected alias where it already stands, which changes nothing."""
        for alias in self._task["protected"]:
            try:
                holder = self._api.artifact(f"{self._path}:{alias}")
            except Exception as error:
                if _denied(error) is None:
                    raise
                continue
            if holder.source_project is not None:
                holder.link(self._path, aliases=[alias])
                return
            raise NothingToTry("the client links only what it sees the source of")
        raise NothingToTry("no version of it holds a protected alias")

    def manage(self) -> None:
        """Add oneself as a member: nothing where one is one, else undone at once."""
        registry = self._api.registry(self._task["registry"], organization=self._task["organization"])
        me = self._api.viewer
        there = any(member.user.username == me.username for member in registry.user_members())
        registry.add_members(me.id)
        if not there:
            registry.remove_members(me.id)
            if any(member.user.username == me.username for member in registry.user_members()):
                raise LeftBehind(f"{me.username} is a member of {registry.name} now; remove it by hand")

    def _newest(self) -> Any:
        try:
            return self._api.artifact(f"{self._path}:latest")
        except Exception as error:
            if _denied(error) is None or not self._is_seen():
                raise
            raise NothingToTry("it holds no version called latest") from None

    def _is_seen(self) -> bool:
        return bool(self._api.artifact_collection_exists(self._path, self._task["type"]))


def _answer(trial: _Trial) -> Answer:
    tries: dict[str, Callable[[], None]] = {
        "read": trial.read,
        "download": trial.download,
        "link": trial.link,
        "alias": trial.alias,
        "protected alias": trial.protect,
        "member change": trial.manage,
    }
    return {name: _tried(one) for name, one in tries.items()}


def _tried(one: Callable[[], None]) -> Answer:
    try:
        one()
    except NothingToTry as nothing:
        return {"nothing": True, "reason": str(nothing)}
    except LeftBehind as left:
        return {"allowed": True, "reason": str(left)}
    except Exception as error:  # noqa: BLE001 (the client raises many kinds; what it means is in the chain)
        denied = _denied(error)
        return {"allowed": None if denied is None else False, "reason": denied or _line(error)}
    return {"allowed": True}


def _denied(error: BaseException) -> str | None:
    """How the server refused; None where the failure is of another kind."""
    from wandb.sdk.lib.service.service_connection import WandbApiFailedError

    chain: list[BaseException] = []
    link: BaseException | None = error
    while link is not None and link not in chain:
        chain.append(link)
        link = link.__cause__ or link.__context__
    failure = next((one for one in chain if isinstance(one, WandbApiFailedError)), None)
    if failure is not None:
        status = failure.response.http_status if failure.response is not None else 0
        return _line(failure) if status in _DENIED else None
    # The client says so itself where the answer was null: not there, or not for this key.
    text = str(error).casefold()
    return _line(error) if any(words in text for words in _NOT_FOR_YOU) else None


def _line(error: object) -> str:
    text = " ".join(str(error).split()) or type(error).__name__
    return text if len(text) <= _LONGEST else text[:_LONGEST] + "…"


if __name__ == "__main__":
    main()
