"""What a thread last read from the server: the `before` of what it writes next.

Every reconciler reads before it writes, in one thread. Answers are kept as they came and looked into only
when a write follows, so reading costs nothing.
"""

from __future__ import annotations

from collections import deque
from typing import Any

_MOST_ANSWERS = 128

Fact = dict[str, Any]


class Seen:
    """The last answers, and an index of them made on demand: kind and id (or name) -> what was read."""

    def __init__(self) -> None:
        self._answers: deque[dict[str, Any]] = deque(maxlen=_MOST_ANSWERS)
        self._index: dict[tuple[str, str], Fact] = {}

    def remember(self, answer: dict[str, Any]) -> None:
        """Keep the answer of a query."""
        self._answers.append(answer)

    def forget(self) -> None:
        """Begin anew, for another resource."""
        self._answers.clear()
        self._index.clear()

    def get(self, kind: str, key: object) -> Fact | None:
        """What was read of an object, None where nothing was."""
        while self._answers:
            self._walk(self._answers.popleft())
        return self._index.get((kind, str(key)))

    def note(self, kind: str, key: object, fact: Fact) -> None:
        """Take over what a write has changed."""
        self._index[kind, str(key)] = fact

    def _walk(self, value: Any) -> None:
        if isinstance(value, list):
            for item in value:
                self._walk(item)
        elif isinstance(value, dict):
            self._classify(value)
            for item in value.values():
                if isinstance(item, dict | list):
                    self._walk(item)

    def _classify(self, node: dict[str, Any]) -> None:
        """Our own documents' shapes: a link, a member, a team as member, a collection, a registry."""
        if "versionIndex" in node and isinstance(node.get("artifact"), dict):
            aliases = sorted(str(alias["alias"]) for alias in node.get("aliases") or ())
            link: Fact = {"version": f"v{node['versionIndex']}", "aliases": aliases}
            self.note("link", node["artifact"].get("id"), link)
        elif isinstance(role := node.get("role"), dict) and ("username" in node or "team" in node):
            who = node["team"] if isinstance(node.get("team"), dict) else node
            kind = "team" if who is not node else "user"
            name = str(who.get("name") if kind == "team" else who.get("username"))
            self.note("member", who.get("id"), {"who": f"{kind} {name}", "role": role.get("name")})
        elif "username" in node and "id" in node:
            self.note("person", node["id"], {"who": f"user {node['username']}"})
        elif node.get("isTeam") and "id" in node:
            self.note("person", node["id"], {"who": f"team {node.get('name')}"})
        elif "type" in node and "tags" in node:
            self._collection(node)
        elif "access" in node and "id" in node:
            fact: Fact = {key: node[key] for key in ("name", "access", "description") if key in node}
            self.note("registry", node["id"], fact)
            self.note("registry name", node.get("name"), fact)

    def _collection(self, node: dict[str, Any]) -> None:
        edges = (node.get("tags") or {}).get("edges") or ()
        fact = {
            "name": node.get("name"),
            "description": node.get("description"),
            "tags": sorted(str(edge["node"]["name"]) for edge in edges),
        }
        self.note("collection", node.get("id"), fact)
        self.note("collection name", node.get("name"), fact)
