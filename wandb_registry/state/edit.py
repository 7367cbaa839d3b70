"""Editing a stack file as text: entries taken out or renamed, and every other line as it was.

Loading and dumping would lose the comments, the order and the style of whoever wrote the file; so the marks
of the nodes say where to cut. What comes out is read again: it must be the old data with that change alone.
"""

from __future__ import annotations

import copy
import difflib
import re
from collections.abc import Collection, Iterable, Iterator
from typing import Any

import yaml

from wandb_registry.state.document import Document, Place, parse_document
from wandb_registry.state.problems import InvalidFile

_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_Dumper: Any = getattr(yaml, "CSafeDumper", yaml.SafeDumper)
_BYTE_ORDER_MARK = "\ufeff"
_CUT = "\0"  # stands where something was cut; no YAML text can hold it
_LINE_WITH_CUT = re.compile(rf"[^\n{_CUT}]*{_CUT}[^\n]*(?:\n|\Z)")
_EMPTIED_BRACES = re.compile(rf"\{{[ \t]*{_CUT}[ \t{_CUT}]*\}}")
_CUT_AT_END = re.compile(rf"[ \t]*{_CUT}[ \t{_CUT}]*(?=\r?\n?\Z)")
_BLANKS_AND_COMMENTS = re.compile(r"\s*(?:#[^\r\n\x85\u2028\u2029]*\s*)*")
_BLANKS = re.compile(r"[ \t]*")
_BREAK = re.compile(r"[\r\n\x85\u2028\u2029]")
_COLON = re.compile(r"[ \t]*:")
_ALIAS = re.compile(r"\s*:\s*\*[^\s,\[\]{}]+")
_EXPLICIT_KEY = re.compile(r"\?[ \t]+\Z")

Cut = tuple[int, int, str]  # from, to, and what comes instead


def remove_entries(text: str, places: Iterable[Place], file: str) -> str:
    """The text without the entries at these places; a mapping that loses its last entry becomes `{}`.

    A comment in the line of an entry goes with it, all others stay. InvalidFile where an entry is not
    there, or is written so that it cannot be cut out by itself (anchors).
    """
    before, body = _without_mark(text)
    document, root = parse_document(body, file), yaml.compose(body, Loader=_Loader)
    wanted = dict.fromkeys(places)
    outermost = [place for place in wanted if not any(place[:n] in wanted for n in range(1, len(place)))]
    by_mapping: dict[Place, list[Place]] = {}
    for place in outermost:
        by_mapping.setdefault(place[:-1], []).append(place)
    cuts = [cut for siblings in by_mapping.values() for cut in _cuts(body, document, root, siblings)]
    expected = copy.deepcopy(document.data)
    for place in outermost:
        del _value(expected, place[:-1])[place[-1]]
    return before + _checked(_without(body, cuts), expected, document, outermost)


def rename_key(text: str, place: Place, name: str, file: str) -> str:
    """The text with another key for the entry at `place`, which stays where it is; errors as above."""
    before, body = _without_mark(text)
    document, root = parse_document(body, file), yaml.compose(body, Loader=_Loader)
    mapping, _ = _walk(document, root, place[:-1])
    key, _ = _entry(document, mapping, place)
    if _is_alias(key, mapping):
        raise _by_hand(document, place)
    expected = copy.deepcopy(document.data)
    entries = _value(expected, place[:-1])
    renamed = {name if old == place[-1] else old: value for old, value in entries.items()}
    if len(renamed) < len(entries):
        raise InvalidFile([document.problem(place, f"cannot be called {name}, which stands there already")])
    entries.clear()
    entries.update(renamed)
    changed = _without(body, [(key.start_mark.index, key.end_mark.index, _written(name))])
    return before + _checked(changed, expected, document, [place])


def as_patch(file: str, old: str, new: str) -> str:
    """The change of a file as a unified diff that `git apply` takes; "" where there is none."""
    # Git's lines end at \n alone, while other characters end lines for Python.
    lines = difflib.unified_diff(_lines(old), _lines(new), f"a/{file}", f"b/{file}")
    return "".join(
        line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n" for line in lines
    )


def _lines(text: str) -> list[str]:
    return re.findall(r"[^\n]*\n|[^\n]+\Z", text)


def _without_mark(text: str) -> tuple[str, str]:
    """The byte order mark, which the marks of nodes do not count, and the rest."""
    found = _BYTE_ORDER_MARK if text.startswith(_BYTE_ORDER_MARK) else ""
    return found, text[len(found) :]


def _cuts(text: str, document: Document, root: Any, places: list[Place]) -> Iterator[Cut]:
    """What to cut for entries of one mapping."""
    mapping, key = _walk(document, root, places[0][:-1])
    gone = {id(_entry(document, mapping, place)[0]) for place in places}
    if mapping.flow_style:
        yield from _flow_cuts(text, document, mapping, gone, places)
        return
    empties = len(gone) == len(mapping.value)
    for number, (name, value) in enumerate((k, v) for k, v in mapping.value if id(k) in gone):
        start, end = _extent(text, document, name, value, places[0])
        yield start, end, "{}" if empties and key is None and not number else _CUT
    if empties and key is not None:
        colon = _COLON.match(text, key.end_mark.index)
        if colon is None:
            raise _by_hand(document, places[0])
        yield colon.end(), colon.end(), " {}"


def _flow_cuts(
    text: str, document: Document, mapping: Any, gone: Collection[int], places: list[Place]
) -> Iterator[Cut]:
    """Each entry goes with the comma behind it, and the last ones with the comma before them."""
    kept_end: int | None = None  # of the last entry that stays, while all behind it go
    for name, value in mapping.value:
        start, end = _extent(text, document, name, value, places[0])
        if id(name) not in gone:
            kept_end = end
            continue
        yield start, end, _CUT
        comma = _comma(text, end)
        if comma is None:
            break
        behind = _blanks_behind(text, comma + 1)
        yield comma, behind, _CUT
    stays = [id(name) not in gone for name, _ in mapping.value]
    if kept_end is None or stays[-1]:
        return
    comma = _comma(text, kept_end)
    first_gone = mapping.value[len(stays) - stays[::-1].index(True)]
    start, _ = _extent(text, document, first_gone[0], first_gone[1], places[0])
    if comma is not None and not _BREAK.search(text, kept_end, start):
        yield kept_end, start, _CUT


def _comma(text: str, end: int) -> int | None:
    """Where the comma behind a value is; None behind the last one."""
    match = _BLANKS_AND_COMMENTS.match(text, end)
    after = match.end() if match else end
    return after if text[after : after + 1] == "," else None


def _blanks_behind(text: str, position: int) -> int:
    """The next character that is no blank; `position` itself before a comment, which needs its blank."""
    match = _BLANKS.match(text, position)
    after = match.end() if match else position
    return position if text[after : after + 1] == "#" else after


def _extent(text: str, document: Document, key: Any, value: Any, place: Place) -> tuple[int, int]:
    """Where an entry begins and ends in the text."""
    start: int = key.start_mark.index
    line = text[start - key.start_mark.column : start]
    explicit = _EXPLICIT_KEY.search(line)
    if value.start_mark.index < start:  # an alias has the marks of what it stands for
        alias = _ALIAS.match(text, key.end_mark.index)
        if alias is None:
            raise _by_hand(document, place)
        return start, alias.end()
    end = max(key.end_mark.index, _end(text, value))
    return start - len(explicit.group()) if explicit else start, end


def _end(text: str, node: Any) -> int:
    """Where a value ends; the marks of what is in block style lie behind the blanks and comments after it."""
    if isinstance(node, yaml.CollectionNode) and not node.flow_style and node.value:
        last = node.value[-1]
        key, value = last if isinstance(last, tuple) else (last, last)
        return max(int(key.end_mark.index), _end(text, value))
    begin, end = int(node.start_mark.index), int(node.end_mark.index)
    return begin + len(text[begin:end].rstrip())


def _without(text: str, cuts: Iterable[Cut]) -> str:
    """The text after the cuts; a line of which nothing but a comment is left goes as a whole."""
    parts, position = [], 0
    for start, end, instead in sorted(cuts):
        if end < position:
            continue
        parts += [text[position:start], instead]
        position = end
    return _LINE_WITH_CUT.sub(_tidied, "".join([*parts, text[position:]]))


def _tidied(match: re.Match[str]) -> str:
    line = match.group()
    rest = line.replace(_CUT, "").strip()
    if not rest or rest.startswith("#"):
        return ""
    line = _EMPTIED_BRACES.sub("{}", line)
    return _CUT_AT_END.sub("", line).replace(_CUT, "")


def _walk(document: Document, root: Any, place: Place) -> tuple[Any, Any]:
    """The mapping at a place, and the key that it is the value of; None for the root and in a list."""
    node, key = root, None
    for depth, step in enumerate(place):
        here = place[: depth + 1]
        above = node
        if isinstance(node, yaml.SequenceNode) and isinstance(step, int) and step < len(node.value):
            key, node = None, node.value[step]
        else:
            key, node = _entry(document, node, here)
        if _is_alias(node, key or above):
            raise _by_hand(document, here)
    return node, key


def _entry(document: Document, node: Any, place: Place) -> tuple[Any, Any]:
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            if key.value == place[-1]:
                return key, value
    raise InvalidFile([document.problem(place, "is not there")])


def _is_alias(node: Any, before: Any) -> bool:
    """Whether a node only stands for an earlier one, which has the marks."""
    return bool(node.start_mark.index < before.start_mark.index)


def _value(data: Any, place: Place) -> Any:
    for step in place:
        data = data[step]
    return data


def _checked(text: str, expected: Any, document: Document, places: list[Place]) -> str:
    """The changed text, which must say what was expected of it."""
    try:
        found = parse_document(text, document.file).data
    except InvalidFile:
        found = None
    if found != expected:
        raise _by_hand(document, places[0])
    return text


def _by_hand(document: Document, place: Place) -> InvalidFile:
    message = "is written in a way that cannot be edited here (anchors?): change it by hand"
    return InvalidFile([document.problem(place, message)])


def _written(name: str) -> str:
    """A name as a YAML key, with quotes where it needs them."""
    tag = "tag:yaml.org,2002:str"
    pair = (yaml.ScalarNode(tag, name), yaml.ScalarNode(tag, "x"))
    node = yaml.MappingNode("tag:yaml.org,2002:map", [pair], flow_style=True)
    text = str(yaml.serialize(node, Dumper=_Dumper, allow_unicode=True, width=1_000_000))
    key: Any = yaml.compose(text, Loader=_Loader)
    key = key.value[0][0]
    return text[key.start_mark.index : key.end_mark.index]
