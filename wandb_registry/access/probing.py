"""One test person tries things with the real `wandb` client. Run as a process: `python -m` this module.

Reads a task on standard input and writes one line of JSON. Whatever is tried leaves nothing behind: a
link that is there is made again, an alias of our own is taken off at once, a member who was none is
removed again. The key is in WANDB_API_KEY and in no output.
"""

from __future__ import annotations

import json
import secrets
import sys
import tempfile
from collections.abc import Callable, Mapping
from typing import Any

from wandb_registry.access.rights import NAMES, Right

_DENIED = (401, 403, 404)
_LONGEST = 200

Answer = dict[str, object]


class NotTried(Exception):
    """It cannot be tried without leaving something behind, or there is nothing to try it on."""


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
        artifact = self._artifact()
        entries = [entry for entry in artifact.manifest.entries.values() if not entry.ref]
        if not entries:
            raise NotTried("its manifest was read, and it holds no file to download")
        with tempfile.TemporaryDirectory() as folder:
            min(entries, key=lambda entry: entry.size or 0).download(folder, skip_cache=True)

    def link(self) -> None:
        """Make the last link again, which changes nothing, and put an alias on it and off again."""
        artifact = self._artifact()
        artifact.link(self._path)
        alias = f"probe-{secrets.token_hex(4)}"
        try:
            artifact.link(self._path, aliases=[alias])
        finally:
            fresh = self._api.artifact(f"{self._path}:{artifact.name.rpartition(':')[2]}")
            if alias in fresh.aliases:
                fresh.aliases = [one for one in fresh.aliases if one != alias]
                fresh.save()

    def protect(self) -> None:
        """Put a protected alias where it already stands, which changes nothing."""
        for alias in self._task["protected"]:
            try:
                holder = self._api.artifact(f"{self._path}:{alias}")
            except Exception as error:
                if _denied(error) is None:
                    raise
                continue
            holder.link(self._path, aliases=[alias])
            return
        raise NotTried("no version of it holds a protected alias")

    def manage(self) -> None:
        """Add oneself as a member: nothing where one is one, else undone at once."""
        registry = self._api.registry(self._task["registry"], organization=self._task["organization"])
        me = self._api.viewer
        there = any(member.user.username == me.username for member in registry.user_members())
        registry.add_members(me.id)
        if not there:
            registry.remove_members(me.id)

    def _artifact(self) -> Any:
        try:
            return self._api.artifact(f"{self._path}:latest")
        except Exception as error:
            if _denied(error) is None or not self._is_seen():
                raise
            raise NotTried("it holds no version called latest") from None

    def _is_seen(self) -> bool:
        return bool(self._api.artifact_collection_exists(self._path, self._task["type"]))


def _answer(trial: _Trial) -> Answer:
    tries: dict[Right, Callable[[], None]] = {
        Right.READ: trial.read,
        Right.DOWNLOAD: trial.download,
        Right.WRITE: trial.link,
        Right.PROTECT: trial.protect,
        Right.MANAGE: trial.manage,
    }
    return {NAMES[right]: _tried(one) for right, one in tries.items()}


def _tried(one: Callable[[], None]) -> Answer:
    try:
        one()
    except NotTried as error:
        return {"allowed": None, "reason": str(error)}
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
    return (
        _line(error) if any(word in text for word in ("not found", "failed to load", "could not")) else None
    )


def _line(error: object) -> str:
    text = " ".join(str(error).split())
    return text if len(text) <= _LONGEST else text[:_LONGEST] + "…"


if __name__ == "__main__":
    main()
