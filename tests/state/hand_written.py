"""Stack files as people format them: comments, quotes, blank lines, flow and block style."""

from __future__ import annotations

from dataclasses import dataclass, field

import yaml
from hypothesis import strategies as st

from tests.state.strategies import ROLES
from wandb_registry.state.document import Place
from wandb_registry.state.models import MembersState, RegistryState, StackState
from wandb_registry.state.roles import Role

COMMENTS = st.sampled_from(["# the boss", "# since: 2020, {x: y}", "#", "# Größe → 'é\" ]", "#a#b"])
NOTHING = st.just("")
AFTER = NOTHING | COMMENTS.map(lambda text: f"  {text}")


@dataclass
class Page:
    """A text that grows, and which lines hold what."""

    text: str = ""
    lines: dict[Place, set[int]] = field(default_factory=dict)

    def put(self, text: str, *places: Place) -> None:
        """Write on; the lines that `text` touches belong to these places."""
        first = self.text.count("\n")
        self.text += text
        touched = range(first, first + text.rstrip("\n").count("\n") + 1)
        for place in places:
            self.lines.setdefault(place, set()).update(touched)


def name_styles(name: str) -> st.SearchStrategy[str]:
    """A key as the dumper writes it, or in quotes."""
    pair = (yaml.ScalarNode("tag:yaml.org,2002:str", name), yaml.ScalarNode("tag:yaml.org,2002:str", "x"))
    node = yaml.MappingNode("tag:yaml.org,2002:map", [pair], flow_style=True)
    text = yaml.serialize(node, Dumper=yaml.SafeDumper, allow_unicode=True, width=1_000_000)
    plain = st.just(text.removeprefix("{").removesuffix(": x}\n"))
    return plain | st.just("'" + name.replace("'", "''") + "'") if name.isprintable() else plain


def role_styles(role: Role) -> st.SearchStrategy[str]:
    """A role as people write it."""
    return st.sampled_from([f"{role}", f"'{role}'", f'"{role}"', f"!!str {role}"])


@st.composite
def stack_files(draw: st.DrawFn) -> tuple[Page, StackState]:
    """A page with one or two registries, and the state that it says."""
    page, registries = Page(), {}
    page.put(draw(st.sampled_from(["", "# mine\n", "---\n", "%YAML 1.1\n---\n", "\ufeff"])))
    page.put("version: 1\norganization: acme\nregistries:\n")
    for name in draw(
        st.lists(st.sampled_from(["alpha", "Größe 𝄞", "on"]), unique=True, max_size=2, min_size=1)
    ):
        members = MembersState(users=draw(ROLES), teams=draw(ROLES))
        page.put(f"  {name}:{draw(AFTER)}\n    visibility: restricted\n    members:{draw(AFTER)}\n")
        for kind in draw(st.permutations(["users", "teams"])):
            page.put(draw(st.sampled_from(["", "\n", "      # people\n"])))
            _mapping(draw, page, ("registries", name, "members", kind), getattr(members, kind))
        page.put(f"    artifact_types: any{draw(AFTER)}\n")
        registries[name] = RegistryState(visibility="restricted", artifact_types="any", members=members)
    if draw(st.booleans()):
        page.text = page.text.rstrip("\n")
    return page, StackState(version=1, organization="acme", registries=registries)


def _mapping(draw: st.DrawFn, page: Page, place: Place, roles: dict[str, Role]) -> None:
    styles = [_inline, _flow_lines, _leading_commas, _block] if roles else [_inline]
    draw(st.sampled_from(styles))(draw, page, place, roles)


def _entry(draw: st.DrawFn, name: str, role: Role) -> str:
    colon = draw(st.sampled_from([": ", ":   ", " : "]))
    return draw(name_styles(name)) + colon + draw(role_styles(role))


def _inline(draw: st.DrawFn, page: Page, place: Place, roles: dict[str, Role]) -> None:
    blank = draw(st.sampled_from(["", " "]))
    entries = [_entry(draw, name, role) for name, role in roles.items()]
    end = draw(st.sampled_from(["", ",", " , "])) if roles else ""
    line = f"      {place[-1]}: {{{blank}{draw(st.sampled_from([', ', ' ,  '])).join(entries)}{end}{blank}}}"
    page.put(f"{line}{draw(AFTER)}\n", place, *((*place, name) for name in roles))


def _flow_lines(draw: st.DrawFn, page: Page, place: Place, roles: dict[str, Role]) -> None:
    page.put(f"      {place[-1]}: {{{draw(AFTER)}\n", place)
    left = list(roles)
    while left:
        here = [left.pop(0) for _ in range(min(len(left), draw(st.integers(1, 2))))]
        comma = "," if left else draw(st.sampled_from(["", ",", " ,"]))
        entries = ", ".join(_entry(draw, name, roles[name]) for name in here)
        page.put(draw(st.sampled_from(["", "\n", "        # next\n"])))
        page.put(f"        {entries}{comma}{draw(AFTER)}\n", *((*place, name) for name in here))
    page.put(f"      }}{draw(AFTER)}\n", place)


def _leading_commas(draw: st.DrawFn, page: Page, place: Place, roles: dict[str, Role]) -> None:
    names = list(roles)
    for number, name in enumerate(names):
        start = f"      {place[-1]}: {{ " if number == 0 else "        , "
        # The comma in a line belongs to the entry before it.
        owners = [(*place, one) for one in names[max(number - 1, 0) : number + 1]]
        page.put(f"{start}{_entry(draw, name, roles[name])}{draw(AFTER)}\n", *owners)
    page.put("      }\n", place)


def _block(draw: st.DrawFn, page: Page, place: Place, roles: dict[str, Role]) -> None:
    page.put(f"      {place[-1]}:{draw(AFTER)}\n", place)
    indent = draw(st.sampled_from([7, 8, 10])) * " "
    for name, role in roles.items():
        page.put(draw(st.sampled_from(["", "\n", f"{indent}# next\n", "# far left\n"])))
        shape = draw(st.sampled_from(["plain", "plain", "explicit", "scalar"]))
        if shape == "plain":
            text = f"{_entry(draw, name, role)}{draw(AFTER)}"
        elif shape == "explicit":
            text = f"? {draw(name_styles(name))}\n{indent}: {role}"
        else:
            text = f"{draw(name_styles(name))}: |-\n{indent}  {role}"
        page.put(f"{indent}{text}\n", (*place, name))
