"""The table of resolvers: which function answers a field, checked whole against the schema at start."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from operator import attrgetter
from typing import Any, Generic, TypeAlias, TypeVar

from graphql import GraphQLObjectType, GraphQLSchema

Context = TypeVar("Context")
Resolver: TypeAlias = Callable[[Any, Mapping[str, Any], Context], Any]
Getter: TypeAlias = Callable[[Any], Any]


class Resolvers(Generic[Context]):
    """Resolvers by type and field. A field without one is an attribute, or a key of a mapping."""

    def __init__(self) -> None:
        self.functions: dict[tuple[str, str], Resolver[Context]] = {}
        self.getters: dict[tuple[str, str], Getter] = {}
        self.types: dict[str, Callable[[Any], str]] = {}

    def field(self, kind: str, name: str) -> Callable[[Resolver[Context]], Resolver[Context]]:
        """Register the decorated function for a field of a type (or of several, with a space between)."""

        def register(function: Resolver[Context]) -> Resolver[Context]:
            for one in kind.split():
                if (one, name) in self.functions:
                    raise ValueError(f"{one}.{name} has two resolvers")
                self.functions[one, name] = function
            return function

        return register

    def query(self, name: str) -> Callable[[Resolver[Context]], Resolver[Context]]:
        """Register for a field of Query."""
        return self.field("Query", name)

    def mutation(self, name: str) -> Callable[[Resolver[Context]], Resolver[Context]]:
        """Register for a field of Mutation."""
        return self.field("Mutation", name)

    def attributes(self, kind: str, row: type[Any], **renamed: str) -> None:
        """Let the fields of a type be attributes of `row`: snake case, or renamed (`field="attribute"`)."""
        for one in kind.split():
            for attribute in row._fields:
                self.getters.setdefault((one, _camel(attribute)), attrgetter(attribute))
            for name, attribute in renamed.items():
                self.getters[one, name] = attrgetter(attribute)

    def constant(self, kind: str, **values: Any) -> None:
        """Fields with one answer for every object."""
        for one in kind.split():
            for name, value in values.items():
                self.getters[one, name] = _always(value)

    def abstract(self, kind: str, function: Callable[[Any], str]) -> None:
        """Tell the object type of a value of an interface or union."""
        self.types[kind] = function

    def finish(self, schema: GraphQLSchema) -> None:
        """Complete the table for mapping types; ValueError if a field of the schema has no answer."""
        missing = []
        for kind in schema.type_map.values():
            if not isinstance(kind, GraphQLObjectType) or kind.name.startswith("__"):
                continue
            for name in kind.fields:
                key = (kind.name, name)
                if key in self.functions or key in self.getters:
                    continue
                if kind.name.endswith("Payload") or kind.name in MAPPINGS:
                    self.getters[key] = _item(name)
                else:
                    missing.append(".".join(key))
        if missing:
            raise ValueError(f"no resolver for {', '.join(missing)}")


# Types whose values are mappings, beside the payloads of mutations.
MAPPINGS = {
    "ServerInfo",
    "ServerFeature",
    "FeatureFlag",
    "AdvancedRegistryFeatures",
    "RunUploadFile",
    "ParquetHistory",
    "FilterEventTriggeringCondition",
    "ARIATriggeredAction",
    "GenericWebhookTriggeredAction",
    "NoOpTriggeredAction",
    "NotificationTriggeredAction",
    "PushNotificationTriggeredAction",
    "QueueJobTriggeredAction",
    "RunQueue",
}


def _camel(name: str) -> str:
    head, *rest = name.split("_")
    return head + "".join(part.capitalize() for part in rest)


def _item(name: str) -> Getter:
    return lambda source: source.get(name)


def _always(value: Any) -> Getter:
    return lambda _source: value
