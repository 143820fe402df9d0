"""What nobody asked for and changes what the page says."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

from vsdpo_jax.domains.web.judge.content.asked import LISTS
from vsdpo_jax.domains.web.judge.content.roles import Roles
from vsdpo_jax.domains.web.page.records import TextRun
from vsdpo_jax.domains.words import normal, quoted

SHOUT = 1.3
"""An unasked text in a font so much higher than the heading's takes its place."""
SHOUT_LETTERS = 8
"""A shorter one is a number, a sign, a letter."""
COPIES = 3
"""An asked text may stand so many times more than it was asked for: in the menu, the footer."""
COPY_LETTERS = 4
ROW_TEXTS = 4
"""So many asked texts, and half of all, in one text node are a list of words and not a page."""
HEAP_TIMES, HEAP_LETTERS = 6.0, 3000
"""A page with so many letters for each asked one, and so many more, is a heap of words in which
what was asked for stands by chance."""


def check_extras(roles: Roles, asked: Mapping[str, Any]) -> None:
    """Name what is too much; a few words more are not."""
    _shouts(roles, asked)
    _copies(roles, asked)
    _heap(roles)
    _row(roles)


def _unused(roles: Roles) -> list[TextRun]:
    """Readable runs of which no letter was asked for."""
    stream = roles.stream
    return [run for run in stream.runs if roles.used.isdisjoint(stream.letters_of(run))]


def _shouts(roles: Roles, asked: Mapping[str, Any]) -> None:
    heading = asked.get("heading")
    places = roles.stream.find(heading) if heading else []
    if not places:
        return
    size = max(place.first.font_px for place in places)
    for run in _unused(roles):
        letters = sum(map(str.isalpha, run.text))
        if run.font_px >= SHOUT * size and letters >= SHOUT_LETTERS:
            words = f"extra {quoted(run.text)}"
            message = f"{quoted(run.text)}, which nobody asked for, is larger than the heading"
            span = roles.view.span(run.element)
            roles.ledger.extra("text_extra", words, roles.view.place(run), message, span)


def _copies(roles: Roles, asked: Mapping[str, Any]) -> None:
    wanted: dict[str, int] = {}
    texts = [text for key in LISTS for text in asked.get(key) or ()]
    texts += [asked["heading"]] if asked.get("heading") else []
    texts += [field["label"] for field in asked.get("fields") or ()]
    every = " ".join(map(normal, [*texts, *_cells(asked)]))
    for text in texts:
        wanted[normal(text)] = wanted.get(normal(text), 0) + 1
    for text in wanted:
        if len(text) < COPY_LETTERS:
            continue
        places = roles.stream.find(text)
        if len(places) > every.count(text) + COPIES:
            words = f"{quoted(text)} {len(places)} times"
            message = f"{quoted(text)} stands {len(places)} times on the page"
            last = places[-1]
            span = roles.view.span(last.first.element)
            roles.ledger.extra("text_copies", words, last.box, message, span)


def _cells(asked: Mapping[str, Any]) -> list[str]:
    return [
        text
        for table in asked.get("tables") or ()
        for row in (table.get("columns") or [], *table["rows"])
        for text in row
    ]


def _heap(roles: Roles) -> None:
    total, own = len(roles.stream.letters), len(roles.used)
    if total <= HEAP_TIMES * own + HEAP_LETTERS:
        return
    note = f"{total} letters for {own}"
    message = f"{total} letters stand on the page, {own} of them asked for"
    roles.ledger.extra("text_heap", note, roles.page_box, message)
    roles.ledger.unjudged(note)


def _row(roles: Roles) -> None:
    """Most of what was asked for written down in a row, in one and the same text."""
    counts = Counter(p.first.index for p in roles.places if len(p.runs) == 1)
    for index, count in counts.items():
        if count >= ROW_TEXTS and count >= 0.5 * roles.ledger.asked:
            run = roles.view.page.texts[index]
            note = f"{count} texts in a row"
            message = f"{count} of {roles.ledger.asked} asked texts stand in a row in one text"
            span = roles.view.span(run.element)
            roles.ledger.extra("text_row", note, roles.view.place(run), message, span)
            roles.ledger.unjudged(note)
