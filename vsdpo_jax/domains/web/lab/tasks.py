"""Synthetic page tasks: texts and colours stated in words, with what the content axis checks.

A task names the page's colours and everything that shall be on it; it never says how to lay it out.
Whether a width, a size or a place is right depends on its texts and on how many there are. Pages
are meant for a viewport of 640 x 360 pixels.

Train and held-out tasks are disjoint, each decided by a checksum of the thing itself: every text of
two words or more, lists of single words (field labels, plan names, rows of a table) taken as a
whole, and combinations of genre and colours. Words are shared, as the mini tokenizer and model know
few of them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from vsdpo_jax.domains.draws import SplitDraw
from vsdpo_jax.domains.lab import Split, pick, task_rng
from vsdpo_jax.domains.web.lab.measure import contrast, longest_word, text_width
from vsdpo_jax.records import Task

GENRES = ("cards", "nav", "table", "form", "footer", "hero", "pricing", "profile")

LIGHT = ("white", "ivory", "azure", "linen", "lavender", "beige")
DARK = ("navy", "maroon", "indigo", "darkgreen", "black", "purple")
TINT = 1.08
"""Contrast of two light colours that can be told apart as areas."""
PICTURES = ("rick.jpg", "placeholder.jpg")
"""The names under which the renderer serves its picture, 16 : 9."""

FIRST = (
    "Harbor", "River", "Garden", "Forest", "Mountain", "Summer", "Winter", "Northern", "Old",
    "Grand", "Little", "Blue", "Golden", "Modern", "Open", "Royal", "Island", "Evening", "Morning",
    "City", "Night", "Village", "Independent", "International",
)  # fmt: skip
SECOND = (
    "Tours", "Museum", "Market", "Bakery", "Library", "Kitchen", "Studio", "Theater", "Gallery",
    "Cinema", "Hotel", "School", "Club", "Festival", "Concerts", "Workshops", "Classes", "Walks",
    "Photography", "Exhibitions", "Restaurants", "Adventures", "Architecture", "Tea", "Art", "Jazz",
    "Books", "Bikes",
)  # fmt: skip
VERBS = ("Enjoy", "Share", "Discover", "Taste", "Learn about", "Find", "Remember", "Choose")
OBJECTS = (
    "live music", "fresh bread", "good stories", "wild flowers", "local history", "quiet rooms",
    "warm meals", "new friends", "old maps", "handmade pottery",
)  # fmt: skip
TAILS = (
    "", "", "", "all year", "every weekend", "with your family", "near the station",
    "before the summer holidays", "with people who know every corner of the village",
    "with everybody who lives or works near the old harbor",
)  # fmt: skip
ACTIONS = ("Book", "Reserve", "Get", "Find", "Request", "Choose")
GOODS = ("tickets", "a table", "a room", "your seat", "a guided visit", "more information")
FIELDS = (
    ("Name", "text"), ("City", "text"), ("Email", "email"), ("Mobile", "tel"), ("Birthday", "date"),
    ("Age", "number"), ("Street and number", "text"), ("Number of guests", "number"),
    ("Date of arrival", "date"), ("Repeat password", "password"), ("Preferred language", "text"),
    ("Address for the invoice", "text"), ("Emergency phone number", "tel"), ("Website", "url"),
)  # fmt: skip
PLANS = ("Basic", "Starter", "Family", "Standard", "Premium", "Business", "Student")
HEADS = ("Explore", "Visit", "Company", "Support", "Learn", "Contact", "Products")
TABLES: tuple[tuple[str, str, tuple[str, ...]], ...] = (
    ("City", "Venue", ("Oslo", "Rome", "Paris", "Berlin", "Amsterdam", "Copenhagen", "Edinburgh")),
    ("Day", "Event", ("Monday", "Tuesday", "Friday", "Saturday", "Sunday")),
    ("Guide", "Tour", ("Ana Silva", "Tom Berg", "Mia Rossi", "Alexander Papadopoulos",
                       "Christina Montgomery")),
    ("Room", "Course", ("A1", "B2", "C3", "D4", "E5")),
)  # fmt: skip
NUMBERS = ("Price", "Seats", "Hours", "Guests")
PEOPLE = ("Ana", "Tom", "Mia", "Leo", "Alexander", "Christina", "Nora", "Sebastian")
FAMILIES = ("Silva", "Berg", "Rossi", "Lind", "Papadopoulos", "Montgomery", "Weber", "Moreau")

Row = tuple[str, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class PageTask:
    """What to build.

    Attributes:
      seed, split: what ``make_task`` was called with.
      genre: one of GENRES.
      page, block: colours of the page and of its block (cards, bar, table head, ...).
      heading: of the page.
      text: a line below the heading; "" where the genre has none.
      columns: of a table.
      rows: by genre: (title, text) of cards; (link,) of nav and profile; cells of a table; (label,
        kind) of form fields; (head, link, link) of a footer's columns; (name, price, feature) of
        plans.
      button: its label, or "".
      picture, picture_file: what a picture shows and its name, or "".
      phrasing: 0 or 1.
    """

    seed: int
    split: Split
    genre: str
    page: str
    block: str
    heading: str
    text: str = ""
    columns: Row = ()
    rows: tuple[Row, ...] = ()
    button: str = ""
    picture: str = ""
    picture_file: str = ""
    phrasing: int = 0

    @property
    def task_id(self) -> str:
        """Unique over seeds and splits."""
        return f"web-{self.split}-{self.seed}"

    def texts_by_slot(self) -> list[tuple[str, str]]:
        """(slot of its genre, text), once for each place: "heading", "column", "0", ..."""
        single = {"heading": self.heading, "text": self.text, "button": self.button}
        return [
            *((slot, words) for slot, words in single.items() if words),
            *(("column", words) for words in self.columns),
            *((str(cell), words) for row in self.rows for cell, words in enumerate(row)),
        ]

    @property
    def asked(self) -> dict[str, Any]:
        """What the content axis checks, in the web domain's schema (JSON-able)."""
        asked: dict[str, Any] = {"heading": self.heading}
        texts = [self.text] if self.text else []
        cells = [cell for row in self.rows for cell in row]
        match self.genre:
            case "cards" | "pricing":
                texts += cells
            case "nav" | "profile":
                asked["links"] = cells
            case "footer":
                texts += [row[0] for row in self.rows]
                asked["links"] = [link for row in self.rows for link in row[1:]]
            case "table":
                rows = [[*row] for row in self.rows]
                asked["tables"] = [{"columns": [*self.columns], "rows": rows}]
            case "form":
                asked["fields"] = [{"label": label, "kind": kind} for label, kind in self.rows]
        if texts:
            asked["texts"] = texts
        if self.button:
            asked["buttons"] = [self.button]
        if self.picture:
            asked["images"] = [self.picture]
        return asked

    @property
    def brief(self) -> str:
        """The instruction in words; texts stand after a space as they do in the programs."""
        return _BRIEFS[self.genre](self)

    def as_task(self) -> Task:
        """The record that the training loop and the render pool take."""
        return Task(task_id=self.task_id, domain="web", brief=self.brief, asked=self.asked)


def texts_of(task: PageTask) -> list[str]:
    """Everything of the task whose split is decided on its own: texts of two words or more."""
    cells = [cell for row in task.rows for cell in row]
    known = {text for column in TABLES for text in column[2]} | {label for label, _ in FIELDS}
    texts = [task.heading, task.text, task.button, task.picture, *cells]
    return [text for text in texts if " " in text and text not in known]


def lists_of(task: PageTask) -> list[str]:
    """The same for what is decided as a whole: lists of single words, and the combination."""
    combination = f"{task.genre} {task.page} {task.block}"
    if task.genre == "table":
        return [combination, *(row[0] + row[2] for row in task.rows)]
    if task.genre in ("form", "footer", "pricing"):
        return [combination, "|".join(row[0] for row in task.rows)]
    return [combination]


def make_task(seed: int, split: Split) -> PageTask:
    """A task, the same for the same arguments.

    Args:
      seed: any non-negative integer.
      split: "train" or "heldout".

    Raises:
      ValueError: for another split or a negative seed.
    """
    rng = task_rng(seed, split, 0x3EB)
    draw = _Draw(rng, split)
    genre = GENRES[rng.integers(len(GENRES))]
    page, block = draw.until(lambda: _colors(rng), lambda colors: f"{genre} {' '.join(colors)}")
    return PageTask(
        seed=seed,
        split=split,
        genre=genre,
        page=page,
        block=block,
        phrasing=int(rng.integers(2)),
        **_DRAWS[genre](draw),
    )


def _colors(rng: np.random.Generator) -> tuple[str, str]:
    if rng.random() < 0.7:
        page = pick(rng, LIGHT)
        tints = [color for color in LIGHT if contrast(color, page) >= TINT]
        return page, pick(rng, DARK if rng.random() < 0.6 else tints)
    return pick(rng, DARK), pick(rng, LIGHT)


class _Draw(SplitDraw):
    """Draws texts of one split."""

    def name(self, widest: float = 400, size: float = 16) -> str:
        """A name of two words, at most ``widest`` pixels in bold type of a size."""

        def draw() -> str:
            while True:
                name = f"{pick(self.rng, FIRST)} {pick(self.rng, SECOND)}"
                if text_width(name, size, bold=True) <= widest:
                    return name

        return self.phrase(draw)

    def names(self, count: int, widest: float = 400, size: float = 16) -> list[str]:
        """Different names; half of the tasks have short ones only."""
        if self.rng.random() < 0.5:
            widest = min(widest, 6.5 * size)
        return [self.name(widest, size) for _ in range(count)]

    def line(self, tails: Sequence[str] = TAILS, widest_word: float = 400) -> str:
        """A sentence of three words or more."""

        def draw() -> str:
            parts = (pick(self.rng, VERBS), pick(self.rng, OBJECTS), pick(self.rng, tails))
            line = " ".join(part for part in parts if part)
            return line if longest_word(line, 14) <= widest_word else draw()

        return self.phrase(draw)

    def button(self) -> str:
        return self.phrase(lambda: f"{pick(self.rng, ACTIONS)} {pick(self.rng, GOODS)}")

    def some(self, pool: Sequence[Any], count: int, key: Callable[[Any], str] = str) -> list[Any]:
        """Different members of a pool, in an order that belongs to the split."""
        return self.until(
            lambda: [pool[i] for i in self.rng.permutation(len(pool))[:count]],
            lambda drawn: "|".join(key(item) for item in drawn),
        )

    def picture(self) -> dict[str, str]:
        return {"picture": self.name(), "picture_file": pick(self.rng, PICTURES)}


def _cards(draw: _Draw) -> dict[str, Any]:
    count = int(draw.rng.integers(2, 4))
    # What is widest fits at 12 pixels into the widest card that leaves room for the others.
    titles = draw.names(count, {2: 250, 3: 150}[count], 12)
    texts = [draw.line(TAILS[:7], widest_word=104) for _ in range(count)]
    return {
        "heading": draw.name(), "rows": tuple(zip(titles, texts, strict=True)), **draw.picture()
    }  # fmt: skip


def _nav(draw: _Draw) -> dict[str, Any]:
    count = int(draw.rng.integers(2, 6))
    links = draw.names(count, 480 / count, 12)
    return {
        "heading": draw.name(), "text": draw.line(), "rows": tuple((link,) for link in links),
        **draw.picture(),
    }  # fmt: skip


def _table(draw: _Draw) -> dict[str, Any]:
    first, second, pool = pick(draw.rng, TABLES)
    count = 3
    names = [pool[i] for i in draw.rng.permutation(len(pool))[:count]]
    venues = draw.names(count, 190, 12)
    numbers = [
        draw.until(lambda: 5 * int(draw.rng.integers(1, 60)), lambda n, name=name: f"{name}{n}")
        for name in names
    ]
    rows = [(n, v, str(k)) for n, v, k in zip(names, venues, numbers, strict=True)]
    return {
        "heading": draw.name(), "columns": (first, second, pick(draw.rng, NUMBERS)),
        "rows": tuple(rows),
    }  # fmt: skip


def _form(draw: _Draw) -> dict[str, Any]:
    fields = draw.some(FIELDS, int(draw.rng.integers(2, 4)), lambda field: field[0])
    return {"heading": draw.name(), "rows": tuple(fields), "button": draw.button()}


def _footer(draw: _Draw) -> dict[str, Any]:
    count = int(draw.rng.integers(2, 4))
    heads = draw.some(HEADS, count)
    links = draw.names(2 * count, {2: 250, 3: 150}[count], 12)
    rows = [(head, *links[2 * i : 2 * i + 2]) for i, head in enumerate(heads)]
    return {"heading": draw.name(), "text": draw.line(), "rows": tuple(rows)}


def _hero(draw: _Draw) -> dict[str, Any]:
    return {
        "heading": draw.name(), "text": draw.line(), "button": draw.button(), **draw.picture()
    }  # fmt: skip


def _pricing(draw: _Draw) -> dict[str, Any]:
    count = int(draw.rng.integers(2, 4))
    prices = [f"${5 * int(draw.rng.integers(1, 40))}" for _ in range(count)]
    features = [draw.line(TAILS[:7], widest_word=104) for _ in range(count)]
    return {
        "heading": draw.name(),
        "rows": tuple(zip(draw.some(PLANS, count), prices, features, strict=True)),
        "button": draw.button(),
    }


def _profile(draw: _Draw) -> dict[str, Any]:
    name = draw.until(lambda: f"{pick(draw.rng, PEOPLE)} {pick(draw.rng, FAMILIES)}")
    links = draw.names(int(draw.rng.integers(1, 4)), 160, 12)
    return {
        "heading": name, "text": draw.line(), "rows": tuple((link,) for link in links),
        **draw.picture(),
    }  # fmt: skip


_DRAWS: dict[str, Callable[[_Draw], dict[str, Any]]] = {
    "cards": _cards,
    "nav": _nav,
    "table": _table,
    "form": _form,
    "footer": _footer,
    "hero": _hero,
    "pricing": _pricing,
    "profile": _profile,
}


def _lines(rows: Sequence[Row], inner: str = ": ") -> str:
    return "; ".join(inner.join(row) for row in rows)


def _brief_cards(t: PageTask) -> str:
    picture = f'picture {t.picture_file} "{t.picture}"'
    if t.phrasing:
        return f"On {t.page}, below {t.heading} and the {picture}, {t.block} cards in a row. {_lines(t.rows)}."  # noqa: E501
    return f"Page in {t.page} with cards in {t.block}. Heading {t.heading}, then {picture}. Cards {_lines(t.rows)}."  # noqa: E501


def _brief_nav(t: PageTask) -> str:
    links, picture = _lines(t.rows), f'picture {t.picture_file} "{t.picture}"'
    if t.phrasing:
        return f"On {t.page} a bar in {t.block} that links {links}. Heading {t.heading}, text {t.text}, {picture}."  # noqa: E501
    return f"Page in {t.page}, navigation in {t.block}. Links {links}. Heading {t.heading}. Text {t.text}. Then {picture}."  # noqa: E501


def _brief_table(t: PageTask) -> str:
    rows = _lines(t.rows, ", ")
    if t.phrasing:
        return f"On {t.page} the table {t.heading}, its head in {t.block}: {', '.join(t.columns)}. Rows {rows}."  # noqa: E501
    return f"Page in {t.page}, table head in {t.block}. Heading {t.heading}. Columns {', '.join(t.columns)}. Rows {rows}."  # noqa: E501


def _brief_form(t: PageTask) -> str:
    fields = "; ".join(f"{label} as {kind}" for label, kind in t.rows)
    if t.phrasing:
        return f"On {t.page} the form {t.heading}: {fields}. Then a button in {t.block} {t.button}."
    return f"Form on {t.page}, button in {t.block}. Heading {t.heading}. Fields {fields}. Button {t.button}."  # noqa: E501


def _brief_footer(t: PageTask) -> str:
    columns = _lines(t.rows, ", ")
    if t.phrasing:
        return f"On {t.page} the heading {t.heading} and {t.text}. Below a {t.block} footer of links: {columns}."  # noqa: E501
    return f"Page in {t.page}, footer in {t.block}. Heading {t.heading}. Text {t.text}. Footer {columns}."  # noqa: E501


def _brief_hero(t: PageTask) -> str:
    picture = f'picture {t.picture_file} "{t.picture}"'
    if t.phrasing:
        return f"On {t.page} a banner in {t.block}: {t.heading}, below it {t.text}, a button {t.button}, at the right {picture}."  # noqa: E501
    return f"Page in {t.page}, hero in {t.block}. Heading {t.heading}. Text {t.text}. Button {t.button}. At the right {picture}."  # noqa: E501


def _brief_pricing(t: PageTask) -> str:
    plans = _lines(t.rows, ", ")
    if t.phrasing:
        return f"On {t.page}, below {t.heading}, {t.block} plans: {plans}. At the end a button {t.button}."  # noqa: E501
    return f"Page in {t.page}, plans in {t.block}. Heading {t.heading}. Plans {plans}. Button {t.button}."  # noqa: E501


def _brief_profile(t: PageTask) -> str:
    links, picture = _lines(t.rows), f'picture {t.picture_file} "{t.picture}"'
    if t.phrasing:
        return f"On {t.page} a {t.block} profile of {t.heading}, {t.text}, links {links}. At the left {picture}."  # noqa: E501
    return f"Page in {t.page}, profile in {t.block}. Name {t.heading}. Text {t.text}. Links {links}. At the left {picture}."  # noqa: E501


_BRIEFS: dict[str, Callable[[PageTask], str]] = {
    "cards": _brief_cards,
    "nav": _brief_nav,
    "table": _brief_table,
    "form": _brief_form,
    "footer": _brief_footer,
    "hero": _brief_hero,
    "pricing": _brief_pricing,
    "profile": _brief_profile,
}
