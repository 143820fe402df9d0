"""Follows every change of a deck's XML: which frames of the program stood where when it was made.

python-pptx ends every setter in a method of an lxml element, and programs that reach beneath it do
too. The methods that change an element are replaced for all elements of python-pptx's parser, known
tags or not, and of lxml's default parser. A change is noted on the element itself; whose shape,
paragraph or cell that is, is asked of the finished tree (notebook.py), so that what was replaced or
taken away later leaves no note.

Standard library, python-pptx and lxml only: this runs under the interpreter of the programs.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable, Iterator, MutableMapping
from dataclasses import dataclass, replace
from typing import Any, Literal

import pptx.oxml
from lxml import etree  # pyright: ignore[reportAttributeAccessIssue]  # it has no stubs
from pptx.oxml.ns import _nsmap
from pptx.oxml.xmlchemy import BaseOxmlElement

from vsdpo_jax.domains.slide.child.spans import Origin, Origins

Kind = Literal["put", "moved", "attribute", "text", "removed", "copied", "known"]
_PLAIN: Any = etree._Element


@dataclass(frozen=True, slots=True)
class Change:
    """One change of an element.

    Attributes:
      order: counts changes, later ones are larger.
      kind: "put": it came into a tree (or a loose one). "moved": it was there before. "attribute",
        "text": its own. "removed": a child of it. "copied": where the element that it is a copy of
        was put. "known": in a program's earlier file, which was opened again.
      name: of the attribute or of the removed child; for "known" the calls.
      bare: for "put", whether the element had neither attributes nor children: then it is a
        container that reading a property made, too.
      origin: see there.
    """

    order: int
    kind: Kind
    name: Any
    bare: bool
    origin: Origin


class Follower:
    """The changes of one run."""

    def __init__(self) -> None:
        self.begin()

    def begin(self) -> None:
        """Forget everything."""
        self.origins = Origins()
        self.changes: dict[Any, dict[tuple[Kind, Any], Change]] = {}
        """Element -> its changes; of those that undo each other the last. The elements are held,
        for lxml would make new objects for them."""
        self.paused = False
        self._order = 0

    def tick(self) -> int:
        """The next number."""
        self._order += 1
        return self._order

    def note(self, element: Any, kind: Kind, name: Any = None, *, bare: bool = False) -> None:
        """Note a change, unless it is not the program's doing."""
        if self.paused:
            return
        origin = self.origins.here()
        if not origin:
            return
        found = self.changes.get(element)
        if found is None:
            found = self.changes[element] = {}
        if kind == "put" and ("put", None) in found:
            kind = "moved"
        found[kind, name] = Change(self.tick(), kind, name, bare, origin)

    def copy(self, original: Any, made: Any) -> None:
        """Give a copy the changes of its original, so that it knows who wrote its text."""
        if self.paused or not self.changes:
            return
        for old, new in zip(original.iter(), made.iter(), strict=False):
            found = self.changes.get(old)
            if found is None:
                continue
            changes = {k: c for k, c in found.items() if c.kind != "moved"}
            if old is original and ("put", None) in changes:
                put = changes.pop(("put", None))
                changes["copied", None] = replace(put, kind="copied")
            self.changes[new] = changes


FOLLOWER = Follower()


class Followed(etree.ElementBase):
    """An element without a class of its own."""


def install() -> None:
    """Replace the methods that change elements. Once a process."""
    for cls in (BaseOxmlElement, Followed):
        for name, hook in _HOOKS.items():
            setattr(cls, name, hook)
    for uri in _nsmap.values():
        pptx.oxml.element_class_lookup.get_namespace(uri)[None] = Followed
    plain = etree.ElementDefaultClassLookup(element=Followed)
    etree.set_element_class_lookup(etree.ParserBasedElementClassLookup(plain))
    _follow_sub_elements()


def _follow_sub_elements() -> None:
    original = etree.SubElement

    @functools.wraps(original)
    def sub_element(*args: Any, **kwargs: Any) -> Any:
        made = original(*args, **kwargs)
        FOLLOWER.note(made, "put")
        return made

    etree.SubElement = sub_element  # type: ignore[assignment]


def _is_bare(element: Any) -> bool:
    return not len(element) and not _PLAIN.attrib.__get__(element) and not _text(element)


def _text(element: Any) -> str | None:
    return _PLAIN.text.__get__(element)


def _put(child: Any, was_there: bool) -> None:
    FOLLOWER.note(child, "moved" if was_there else "put", bare=_is_bare(child))


def _putting(name: str) -> Callable[..., Any]:
    """A method whose last argument is put somewhere."""
    original = getattr(_PLAIN, name)

    @functools.wraps(original)
    def method(self: Any, *args: Any, **kwargs: Any) -> Any:
        child: Any = args[-1] if args else kwargs.get("element")
        was_there = isinstance(child, _PLAIN) and child.getparent() is not None
        result = original(self, *args, **kwargs)
        _put(child, was_there)
        return result

    return method


def _set(self: Any, key: Any, value: Any) -> None:
    _PLAIN.set(self, key, value)
    FOLLOWER.note(self, "attribute", str(key))


def _remove(self: Any, element: Any) -> None:
    _PLAIN.remove(self, element)
    FOLLOWER.note(self, "removed", element.tag)


def _replace(self: Any, old_element: Any, new_element: Any) -> None:
    was_there = new_element.getparent() is not None
    _PLAIN.replace(self, old_element, new_element)
    _put(new_element, was_there)


def _extend(self: Any, elements: Iterable[Any]) -> None:
    for element in list(elements):
        self.append(element)


def _set_item(self: Any, place: Any, value: Any) -> None:
    _PLAIN.__setitem__(self, place, value)
    for child in [value] if isinstance(value, _PLAIN) else list(self[place]):
        _put(child, was_there=False)


def _delete_item(self: Any, place: Any) -> None:
    gone = self[place]
    _PLAIN.__delitem__(self, place)
    for child in [gone] if isinstance(gone, _PLAIN) else gone:
        FOLLOWER.note(self, "removed", child.tag)


def _clear(self: Any, *args: Any, **kwargs: Any) -> None:
    tags = {child.tag for child in self}
    _PLAIN.clear(self, *args, **kwargs)
    for tag in tags:
        FOLLOWER.note(self, "removed", tag)


def _set_text(self: Any, value: Any) -> None:
    _PLAIN.text.__set__(self, value)
    FOLLOWER.note(self, "text")


def _deep_copy(self: Any, memo: Any) -> Any:
    made = _PLAIN.__deepcopy__(self, memo)
    FOLLOWER.copy(self, made)
    return made


def _shallow_copy(self: Any) -> Any:
    made = _PLAIN.__copy__(self)  # of an element it is a deep one
    FOLLOWER.copy(self, made)
    return made


class _Attributes(MutableMapping[str, str]):
    """``element.attrib``, followed."""

    def __init__(self, element: Any) -> None:
        self._element = element
        self._plain = _PLAIN.attrib.__get__(element)

    def __getitem__(self, key: Any) -> str:
        return self._plain[key]

    def __setitem__(self, key: Any, value: Any) -> None:
        self._plain[key] = value
        FOLLOWER.note(self._element, "attribute", str(key))

    def __delitem__(self, key: Any) -> None:
        del self._plain[key]
        FOLLOWER.note(self._element, "attribute", str(key))

    def __contains__(self, key: Any) -> bool:
        return key in self._plain

    def __iter__(self) -> Iterator[str]:
        return iter(self._plain)

    def __len__(self) -> int:
        return len(self._plain)

    def __repr__(self) -> str:
        return repr(self._plain)

    def has_key(self, key: Any) -> bool:
        return key in self._plain


_HOOKS: dict[str, Any] = {
    **{name: _putting(name) for name in ("append", "insert", "addprevious", "addnext")},
    "set": _set,
    "remove": _remove,
    "replace": _replace,
    "extend": _extend,
    "clear": _clear,
    "__setitem__": _set_item,
    "__delitem__": _delete_item,
    "__deepcopy__": _deep_copy,
    "__copy__": _shallow_copy,
    "text": property(lambda self: _text(self), _set_text),
    "attrib": property(_Attributes),
}
