"""What the policies say. The rules are those of `wandb_registry.guards`, through the providers that ask them.

A policy sees a resource's new inputs, never its old ones, nor what is deleted: this is a second line, for
programs that somebody else wrote and for organizations that enforce policies centrally.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from pulumi_policy import (
    EnforcementLevel,
    Policy,
    PolicyConfigSchema,
    ReportViolation,
    ResourceValidationArgs,
    ResourceValidationPolicy,
)

from providers.adapter import Adapter, Inputs
from providers.collection import CollectionInputs, CollectionProvider
from providers.link import LinkProvider
from providers.links import LinksProvider
from providers.links_inputs import LinksInputs
from providers.membership import MembershipProvider
from providers.memberships import MembershipsInputs, MembershipsProvider
from providers.registry import RegistryInputs, RegistryProvider
from wandb_registry.guards.failures import not_lifted
from wandb_registry.state.roles import Role

Config = Mapping[str, Any]
Rule = Callable[[Inputs, Config], Iterable[str]]

_PREFIX = "pulumi-python:dynamic/"
PROVIDERS: dict[str, Adapter[Any]] = {
    "registry:Registry": RegistryProvider(),
    "memberships:Memberships": MembershipsProvider(),
    "membership:Membership": MembershipProvider(),
    "collection:Collection": CollectionProvider(),
    "links:Links": LinksProvider(),
    "link:Link": LinkProvider(),
}
_TEXTS = {"type": "array", "items": {"type": "string"}, "default": []}


def inputs_of(resource_type: str, props: Any) -> Inputs | None:
    """The inputs of a resource of ours, None of any other."""
    provider = PROVIDERS.get(resource_type.removeprefix(_PREFIX))
    if provider is None:
        return None
    parsed: Inputs = provider.inputs(_plain(props))
    return parsed


def _plain(value: Any) -> Any:
    """Without the proxies that raise where something is known only after `up`."""
    if isinstance(value, Mapping):
        return {key: _plain(item) for key, item in value.items() if key != "__provider"}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return value


def _each(
    name: str,
    description: str,
    rule: Rule,
    *,
    level: EnforcementLevel | None = None,
    config: dict[str, dict[str, Any]] | None = None,
) -> Policy:
    """A policy over single resources."""

    def validate(args: ResourceValidationArgs, report: ReportViolation) -> None:
        inputs = inputs_of(args.resource_type, args.props)
        if inputs is not None:
            for message in rule(inputs, args.get_config() or {}):
                report(message, args.urn)

    schema = PolicyConfigSchema(properties=config) if config else None
    return ResourceValidationPolicy(name, description, validate, level, schema)


def _guarded(*guards: str) -> Rule:
    """What the named guards refuse, without what overrides lift."""

    def rule(inputs: Inputs, _: Config) -> Iterator[str]:
        provider = next(p for p in PROVIDERS.values() if p.model is type(inputs))
        for refusal in not_lifted(provider.guards(None, inputs), inputs.overrides):
            if refusal.guard in guards:
                yield str(refusal)

    return rule


def _restricted_viewers(inputs: Inputs, config: Config) -> Iterator[str]:
    yield from _guarded("download-loss")(inputs, config)
    if config.get("refuseAll") and isinstance(inputs, MembershipsInputs):
        for principal, role in sorted(inputs.roles.items()):
            if role is Role.RESTRICTED_VIEWER:
                yield f"{principal} of {inputs.registry} could look and not download"


def _protected_aliases(inputs: Inputs, config: Config) -> Iterator[str]:
    if not isinstance(inputs, RegistryInputs):
        return
    if inputs.boundary and inputs.protected_aliases is None:
        yield (
            f"{inputs.name} comes from a legacy registry and says nothing of protected aliases: give it "
            "protected_aliases, [] where there are none"
        )
        return
    yield from _guarded("alias-unprotected")(inputs, config)
    for alias in config.get("required") or ():
        if alias not in (inputs.protected_aliases or ()):
            yield f"alias {alias} must be protected in {inputs.name}"


def _names(inputs: Inputs, config: Config) -> Iterator[str]:
    """Names that are not possible never come here: `check` has refused them."""
    if isinstance(inputs, RegistryInputs):
        kind = "registries"
    elif isinstance(inputs, CollectionInputs):
        kind = "collections"
    else:
        return
    pattern = str(config.get(kind) or "")
    if pattern and not re.fullmatch(pattern, inputs.name):
        yield f"{inputs.name} does not match {pattern}, which is asked of the names of {kind}"


def _types(inputs: Inputs, config: Config) -> Iterator[str]:
    allowed = list(config.get("allowed") or ())
    if not allowed:
        return
    if isinstance(inputs, CollectionInputs):
        types: tuple[str, ...] = (inputs.type,)
    elif isinstance(inputs, RegistryInputs):
        types = ("any",) if isinstance(inputs.artifact_types, str) else inputs.artifact_types
    else:
        return
    for artifact_type in types:
        if artifact_type not in allowed:
            yield f"artifact type {artifact_type} of {inputs.name} is none of {', '.join(allowed)}"


def _deletion(inputs: Inputs, _: Config) -> Iterator[str]:
    if isinstance(inputs, LinksInputs) and inputs.delete == "destroy":
        yield f"links taken out of {inputs.label} are unlinked (delete: destroy); retain would leave them"


def _exclusive() -> Rule:
    """Who is in a restricted registry is what the file says, and nobody else."""
    visibility: dict[str, str] = {}

    def rule(inputs: Inputs, config: Config) -> Iterator[str]:
        if isinstance(inputs, RegistryInputs):
            visibility[inputs.name] = inputs.visibility
        elif isinstance(inputs, MembershipsInputs) and not inputs.exclusive:
            restricted = visibility.get(inputs.registry) == "restricted"
            if restricted and inputs.registry not in (config.get("except") or ()):
                yield (
                    f"{inputs.registry} is restricted and keeps members whom the file does not name: set "
                    "exclusive: true"
                )

    return rule


def _accepted() -> Rule:
    """A collection's type is one that its registry takes."""
    takes: dict[str, tuple[str, ...] | str] = {}

    def rule(inputs: Inputs, _: Config) -> Iterator[str]:
        if isinstance(inputs, RegistryInputs):
            takes[inputs.name] = inputs.artifact_types
        elif isinstance(inputs, CollectionInputs):
            types = takes.get(inputs.registry, "any")
            if types != "any" and inputs.type not in types:
                yield f"{inputs.registry} takes {', '.join(types) or 'no type'}, not {inputs.type}"

    return rule


def policies() -> list[Policy]:
    """All of them, for one run of a pack.

    Those that look at a registry's contents remember the registry: the engine shows it before what depends
    on it. A stack policy would not do: in `up --skip-preview` it speaks only when everything is written.
    """
    return [
        _each(
            "no-widening",
            "Nobody sees more than the recorded boundary, organization visibility and sources included.",
            _guarded("widening", "merge-widening", "restricted-source"),
        ),
        _each("last-admin", "A registry keeps an admin.", _guarded("last-admin")),
        _each(
            "keep-download",
            "Whoever could download still can; with refuseAll nobody is a restricted viewer.",
            _restricted_viewers,
            config={"refuseAll": {"type": "boolean", "default": False}},
        ),
        _each(
            "proved-numbers",
            "Missing version numbers are proved to be possible, or decided.",
            _guarded("numbering-unproven", "version-gaps"),
        ),
        _each(
            "protected-aliases",
            "A registry of legacy origin says which aliases are protected; those in `required` are.",
            _protected_aliases,
            config={"required": _TEXTS},
        ),
        _each(
            "names",
            "Names match the patterns that are configured for them.",
            _names,
            config={
                "registries": {"type": "string", "default": ""},
                "collections": {"type": "string", "default": ""},
            },
        ),
        _each(
            "types",
            "Artifact types are among the allowed ones, where any are named.",
            _types,
            config={"allowed": _TEXTS},
        ),
        _each(
            "deletion",
            "Links are left where they are when the file no longer names them.",
            _deletion,
            level=EnforcementLevel.ADVISORY,
        ),
        _each(
            "exclusive-members",
            "A restricted registry has the members that the file names, and no others.",
            _exclusive(),
            config={"except": _TEXTS},
        ),
        _each("accepted-types", "A collection's type is one that its registry takes.", _accepted()),
    ]
