"""Random but valid desired state."""

from __future__ import annotations

from hypothesis import strategies as st

from wandb_registry.state import names
from wandb_registry.state.models import (
    CollectionState,
    LegacyOrigin,
    LinkState,
    MembersState,
    Override,
    RegistryState,
    StackState,
)
from wandb_registry.state.roles import Role

# Words that YAML would take for something else, beside ordinary and foreign text.
TRICKY = st.sampled_from(
    [
        "1.10",
        "on",
        "no",
        "2024-01-01",
        "0o7",
        "null",
        "~",
        "true",
        "a b",
        "é ü",
        "# x",
        "- x",
        "a: b",
        "1e3",
        "=",
    ]
)
TEXT = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=12)
WORDS = TRICKY | TEXT


def allowed(problem_with: object) -> st.SearchStrategy[str]:
    """Text that a rule of `names` accepts."""
    return WORDS.filter(lambda text: problem_with(text) is None)  # type: ignore[operator]


ALIASES = allowed(names.problem_with_alias)
PARTS = st.text("abcXYZ019-_. ", min_size=1, max_size=8)
SOURCES = st.builds("{}/{}/{}:v{}".format, PARTS, PARTS, PARTS, st.integers(0, 99)) | st.builds(
    "artifact:{}".format, st.text("abcXYZ=", min_size=1, max_size=8)
)
DESCRIPTIONS = st.none() | st.sampled_from(["", "two\nlines\n", "  leading", "trailing  ", "a\n\n b"]) | TEXT
ROLES = st.dictionaries(TEXT, st.sampled_from(list(Role)), max_size=3)


@st.composite
def collections(draw: st.DrawFn) -> CollectionState:
    """A collection of type model whose links keep the rules."""
    sources = draw(st.lists(SOURCES, unique=True, max_size=4))
    numbers = sorted(draw(st.sets(st.integers(0, 50), min_size=len(sources), max_size=len(sources))))
    aliases = draw(st.lists(ALIASES, unique=True, max_size=4))
    links = {}
    for n, source in enumerate(sources):
        own = tuple(aliases[n :: len(sources)])
        links[source] = LinkState(
            version=draw(st.sampled_from([None, numbers[n]])),
            aliases=draw(st.sampled_from([None, own])),
            id=draw(st.sampled_from([None, f"id{n}"])),
            accept_version=draw(st.none() | st.integers(0, 9)),
        )
    tags = st.none() | st.lists(allowed(names.problem_with_tag), max_size=2).map(tuple)
    return CollectionState(type="model", description=draw(DESCRIPTIONS), tags=draw(tags), links=links)


@st.composite
def registries(draw: st.DrawFn) -> RegistryState:
    """A registry that takes models."""
    collection_names = st.lists(
        allowed(names.problem_with_collection_name), unique_by=str.casefold, max_size=2
    )
    members = st.none() | st.builds(
        MembersState,
        exclusive=st.sampled_from([None, True, False]),
        keep_creator=st.booleans(),
        missing_principals=st.sampled_from(["fail", "warn"]),
        teams=ROLES,
        users=ROLES,
    )
    return RegistryState(
        visibility=draw(st.sampled_from(["restricted", "organization"])),
        description=draw(DESCRIPTIONS),
        artifact_types=draw(st.sampled_from(["any", ("model",), ("dataset", "model")])),
        members=draw(members),
        protected_aliases=draw(st.none() | st.lists(ALIASES, max_size=2).map(tuple)),
        delete=draw(st.sampled_from(["retain", "destroy"])),
        manage=draw(st.sampled_from(["once", "always"])),
        collections={name: draw(collections()) for name in draw(collection_names)},
    )


@st.composite
def stacks(draw: st.DrawFn) -> StackState:
    """A whole stack file."""
    registry_names = allowed(names.problem_with_registry_name).filter(
        lambda name: not names.is_core_registry(name)
    )
    chosen = draw(st.lists(registry_names, unique_by=str.casefold, max_size=2))
    digest = st.text("0123456789abcdef", min_size=64, max_size=64).map("sha256:{}".format)
    return StackState(
        version=1,
        organization=draw(TEXT),
        registries={name: draw(registries()) for name in chosen},
        legacy=tuple(draw(st.lists(st.builds(LegacyOrigin, team=TEXT, digest=digest), max_size=2))),
        overrides=tuple(
            draw(
                st.lists(
                    st.builds(Override, guard=TEXT, subject=TEXT, reason=TEXT, approved_by=TEXT), max_size=1
                )
            )
        ),
    )
