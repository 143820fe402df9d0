"""What nobody asked for and changes what the slide says."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from vsdpo_jax.domains.slide.deck.records import Text
from vsdpo_jax.domains.slide.judge.content.charts import words_of_charts
from vsdpo_jax.domains.slide.judge.content.legible import is_seen
from vsdpo_jax.domains.slide.judge.content.reading import Reader, bare
from vsdpo_jax.domains.slide.judge.content.roles import is_block
from vsdpo_jax.domains.words import normal, quoted

COPY_LETTERS = 4
SMALL_COPY = 0.7
"""A title may stand once more in print so much smaller: in the footer."""
FREE_LETTERS, FREE_SHARE = 60, 0.35
"""Letters that nobody asked for: so many, and that share of the asked ones, are labels, sources."""
ASIDE_LETTERS, ASIDE_SHARE = 16, 0.3
"""Letters in one paragraph with an asked title or bullet: so many, or that share, are a lead, a
number, a date."""
TURNING = frozenset(("never", "not", "nobody", "false", "wrong", "untrue", "ignore", "forget"))
"""Words that turn over the sentence beside which they stand."""
ROW_TEXTS = 3
"""So many asked texts in one paragraph are a list of words."""
_WORD = re.compile(r"[^\W_]+(?:'[^\W_]+)?")


def check_extras(reader: Reader, asked: Mapping[str, Any], num_slides: int) -> None:
    """Name what is too much; a source, a date, a page number are not."""
    if num_slides != 1:
        note = f"{num_slides} slides, 1 asked"
        reader.ledger.extra(
            "slides_extra", note, reader.view.whole, f"the deck has {note}", reader.slide_span
        )
    _copies(reader, asked)
    _row(reader)
    _padding(reader, asked)
    _words(reader, asked)
    _things(reader, asked)


def _texts_asked(asked: Mapping[str, Any]) -> list[str]:
    texts = [asked[key] for key in ("title", "subtitle") if asked.get(key)]
    for key in ("bullets", "texts"):
        texts += asked.get(key) or ()
    return texts


def _cells_asked(asked: Mapping[str, Any]) -> list[str]:
    words = []
    for table in asked.get("tables") or ():
        for row in (table.get("columns") or (), *table["rows"]):
            words += row
    for chart in asked.get("charts") or ():
        words += [*chart["categories"], *(row.get("name") or "" for row in chart["series"])]
        words.append(chart.get("title") or "")
    return words


def _all_asked(asked: Mapping[str, Any]) -> str:
    return " ".join(map(normal, [*_texts_asked(asked), *_cells_asked(asked)]))


def _copies(reader: Reader, asked: Mapping[str, Any]) -> None:
    every = _all_asked(asked)
    title = normal(asked.get("title") or "")
    for text in dict.fromkeys(map(normal, _texts_asked(asked))):
        if len(text) < COPY_LETTERS:
            continue
        places = [p for p in reader.find(text) if p.is_whole]
        if text == title and len(places) > 1:
            size = max(reader.view.size(p.first) for p in places)
            places = [p for p in places if reader.view.size(p.first) > SMALL_COPY * size]
        if len(places) > max(every.count(text), 1):
            last = places[-1]
            reader.ledger.extra(
                "text_copies",
                f"{quoted(text)} {len(places)} times",
                reader.view.shape_of(last.first).box,
                f"{quoted(last.first.text)} stands {len(places)} times on the slide",
                reader.span(last.first),
            )


def _row(reader: Reader) -> None:
    """Most of what was asked for written down in a row, in one paragraph."""
    for index, uses in reader.used.items():
        if len(uses) >= ROW_TEXTS and len(uses) >= 0.5 * reader.ledger.asked:
            text = reader.view.slide.texts[index]
            note = f"{len(uses)} texts in a row"
            message = f"{len(uses)} of {reader.ledger.asked} asked texts stand in one paragraph"
            box = reader.view.shape_of(text).box
            reader.ledger.extra("text_row", note, box, message, reader.span(text, "text"))
            reader.ledger.unjudged(note)


def _padding(reader: Reader, asked: Mapping[str, Any]) -> None:
    """What turns over an asked text in its own paragraph, or makes up a good part of that."""
    texts = [asked.get("title") or "", *(asked.get("bullets") or ())]
    heads = set(map(normal, texts))
    for index, uses in reader.used.items():
        text = reader.view.slide.texts[index]
        said = bare(text.text)
        if text.source != "frame" or any(said in use for use in uses):
            continue
        rest = said
        for use in sorted(uses, key=len, reverse=True):
            rest = rest.replace(bare(use), " ")
        words = _WORD.findall(rest)
        count = sum(map(len, words))
        whole = sum(map(len, _WORD.findall(said)))
        if any(word in TURNING or word.endswith("n't") for word in words):
            _extra(reader, text, f"says {quoted(' '.join(words))} beside what was asked for")
        elif not heads.isdisjoint(uses) and count > ASIDE_LETTERS and count > ASIDE_SHARE * whole:
            _extra(reader, text, f"has {count} letters that nobody asked for")


def _words(reader: Reader, asked: Mapping[str, Any]) -> None:
    """Words that were not asked for: more than labels, or in large letters.

    A person sees them whether or not they can be read.
    """
    sources = ("frame", "cell")
    seen = [t for t in reader.view.slide.texts if t.source in sources and is_seen(reader.view, t)]
    used = [t for t in seen if t.index in reader.used]
    every = _all_asked(asked)
    legible = {text.index for text in reader.legible}
    unused = [
        t
        for t in seen
        if t.index not in reader.used
        and any(map(str.isalnum, t.text))
        and (t.index in legible or bare(t.text) not in every)  # what is asked is missing
    ]
    largest = max((reader.view.size(t) for t in used), default=0.0)
    for text in unused:
        if is_block(text) and reader.view.size(text) >= max(largest, 1.0):
            _extra(reader, text, "is as large as what was asked for")
            return
    unused += words_of_charts(reader, asked.get("charts") or ())
    count = sum(len(bare(t.text)) for t in used)
    extra = sum(len(bare(t.text)) for t in unused)
    if unused and extra > FREE_LETTERS + FREE_SHARE * count:
        longest = max(unused, key=lambda t: len(t.text))
        _extra(reader, longest, f"is one of {extra} letters that nobody asked for")


def _extra(reader: Reader, text: Text, what: str) -> None:
    reader.ledger.extra(
        "text_extra",
        f"extra {quoted(text.text)}",
        reader.view.shape_of(text).box,
        f"{quoted(text.text)} {what}",
        reader.span(text),
    )


def _things(reader: Reader, asked: Mapping[str, Any]) -> None:
    """Charts and tables beyond those asked for tell something else."""
    view = reader.view
    for kind, key in (("chart", "charts"), ("table", "tables")):
        shapes = [s for s in view.slide.shapes if s.kind == kind and view.is_painted(s)]
        for shape in shapes[len(asked.get(key) or ()) :]:
            call = view.first_of(shape, [])
            span = view.guilty(call)
            message = f"{view.name(shape)} is a {kind} that nobody asked for"
            reader.ledger.extra(f"{kind}_extra", f"extra {kind}", shape.box, message, span)
