"""Synthetic slide tasks: what a slide shall say, in words, with what the content axis checks.

A task names everything that shall be on the slide and the colour of its boxes; it never says how to
lay it out. Whether a size, a place or a wrap is right depends on its texts and on how many there
are. Slides are 33.87 x 19.05 cm (16 : 9).

Train and held-out decks are disjoint, each part decided by a checksum of the thing itself: every
text of two words or more, lists of single words or numbers (categories, rows of a table, years)
taken as a whole, and combinations of genre, colour and title. Words are shared, as the mini
tokenizer and model know few of them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from vsdpo_jax.domains.draws import SplitDraw, split_of
from vsdpo_jax.domains.lab import Split, pick, task_rng
from vsdpo_jax.domains.slide.lab.measure import text_width
from vsdpo_jax.records import Task

GENRES = ("title", "bullets", "cards", "table", "chart", "picture", "columns", "timeline")
GENRE_SHARES = (2, 2, 4, 2, 2, 2, 4, 2)
"""More of those whose boxes are placed one by one and can be out of line."""
PHOTO = "photo.jpg"
"""The picture that programs may use, 4 : 3."""
COLORS = (5, 6, 7, 8, 9, 10, 13, 15)
"""MSO_THEME_COLOR of the boxes: accents 1 to 6 and the colours of text."""

FIRST = (
    "Harbor", "River", "Garden", "Forest", "Summer", "Winter", "Northern", "Old", "Market", "Blue",
    "Golden", "Open", "Island", "Evening", "City", "Village", "Solar", "Mobile", "Global", "Local",
    "Independent", "International", "Renewable", "Public",
)  # fmt: skip
SECOND = (
    "Tours", "Museum", "Bakery", "Library", "Kitchen", "Studio", "Gallery", "Hotel", "School",
    "Club", "Festival", "Concerts", "Workshops", "Energy", "Transport", "Health", "Housing",
    "Exhibitions", "Restaurants", "Architecture", "Partnerships", "Research", "Design", "Travel",
)  # fmt: skip
ENDS = ("", "", "in numbers", "this year", "for new members and guests", "and what comes next")
VERBS = ("Enjoy", "Share", "Discover", "Plan", "Learn about", "Find", "Review", "Choose")
OBJECTS = (
    "live music", "fresh bread", "good stories", "wild flowers", "local history", "new markets",
    "warm meals", "key results", "old maps", "first steps",
)  # fmt: skip
TAILS = (
    "", "all year", "every weekend", "with your team", "near the station",
    "before the summer holidays", "with people who know the village",
    "with everybody who works near the old harbor",
)  # fmt: skip
Row = tuple[str, ...]

TABLES: tuple[tuple[str, str, tuple[str, ...]], ...] = (
    ("City", "Venue", ("Oslo", "Rome", "Paris", "Berlin", "Amsterdam", "Copenhagen", "Edinburgh")),
    ("Day", "Event", ("Monday", "Tuesday", "Friday", "Saturday", "Sunday")),
    ("Team", "Project", ("North", "South", "East", "West")),
    ("Room", "Course", ("A1", "B2", "C3", "D4", "E5")),
)  # fmt: skip
NUMBERS = ("Price", "Seats", "Hours", "Guests")
CATEGORIES: tuple[Row, ...] = (
    ("Oslo", "Rome", "Paris", "Berlin", "Amsterdam", "Copenhagen", "Edinburgh"),
    ("Monday", "Tuesday", "Friday", "Saturday", "Sunday"),
    ("Spring", "Summer", "Autumn", "Winter"),
    ("Oslo harbor", "Rome station", "Paris north", "Berlin village", "Amsterdam market"),
)
SERIES: tuple[Row, ...] = (
    ("North", "South", "East", "West"), ("Plan", "Actual", "Forecast"), ("Adults", "Children"),
    ("Seats", "Guests"), ("Online", "Retail", "Export"),
)  # fmt: skip
KINDS = ("column", "bar", "line")
HEADS = ("Goals", "Risks", "Today", "Tomorrow", "Strengths", "Next steps", "Open questions")


@dataclass(frozen=True, kw_only=True, slots=True)
class SlideTask:
    """What to build.

    Attributes:
      seed, split: what ``make_task`` was called with.
      genre: one of GENRES.
      color: of the boxes, an MSO_THEME_COLOR.
      title: of the slide.
      text: a subtitle or what stands beside a picture; "" where the genre has none.
      kind: of a chart, one of KINDS; else "".
      columns: of a table; the categories of a chart.
      rows: by genre: (text,) of bullets and cards; cells of a table; (name, value, ...) of a
        chart's series; (head, text) of columns; (year, text) of a timeline.
      phrasing: 0 or 1.
    """

    seed: int
    split: Split
    genre: str
    color: int
    title: str
    text: str = ""
    kind: str = ""
    columns: Row = ()
    rows: tuple[Row, ...] = ()
    phrasing: int = 0

    @property
    def task_id(self) -> str:
        """Unique over seeds and splits."""
        return f"slide-{self.split}-{self.seed}"

    @property
    def has_picture(self) -> bool:
        """Whether it wants the photo."""
        return self.genre in ("title", "picture")

    @property
    def asked(self) -> dict[str, Any]:
        """What the content axis checks, in the slide domain's schema (JSON-able)."""
        asked: dict[str, Any] = {"title": self.title}
        cells = [cell for row in self.rows for cell in row]
        match self.genre:
            case "title":
                asked["subtitle"] = self.text
            case "bullets":
                asked["bullets"] = cells
            case "cards" | "columns" | "timeline":
                asked["texts"] = cells
            case "picture":
                asked["texts"] = [self.text]
            case "table":
                rows = [[*row] for row in self.rows]
                asked["tables"] = [{"columns": [*self.columns], "rows": rows}]
            case "chart":
                series = [{"name": name, "values": [int(value) for value in values]}
                          for name, *values in self.rows]  # fmt: skip
                chart = {"kind": self.kind, "categories": [*self.columns], "series": series}
                asked["charts"] = [chart]
        if self.has_picture:
            asked["images"] = 1
        return asked

    @property
    def brief(self) -> str:
        """The instruction in words; texts are quoted as the programs quote them."""
        return _BRIEFS[self.genre][self.phrasing].format(
            title=f'"{self.title}"',
            text=f'"{self.text}"',
            color=self.color,
            kind=self.kind,
            columns=spell(self.columns),
            rows="; ".join(_spell_row(self.genre, row) for row in self.rows),
            photo=f'"{PHOTO}"',
        )

    def as_task(self) -> Task:
        """The record that the training loop and the render pool take."""
        return Task(task_id=self.task_id, domain="slide", brief=self.brief, asked=self.asked)


def spell(texts: Sequence[str]) -> str:
    """``"Oslo","Rome"``."""
    return ",".join(f'"{text}"' for text in texts)


def _spell_row(genre: str, row: Row) -> str:
    return f'"{row[0]}" {",".join(row[1:])}' if genre == "chart" else spell(row)


def texts_of(task: SlideTask) -> list[str]:
    """Everything of the task whose split is decided on its own: texts of two words or more."""
    cells = [cell for row in task.rows for cell in row]
    known = {*HEADS}
    return [text for text in (task.title, task.text, *cells) if " " in text and text not in known]


def lists_of(task: SlideTask) -> list[str]:
    """The same for what is decided as a whole: lists of single words, and the combination."""
    lists = [f"{task.genre} {task.color} {task.title}"]
    match task.genre:
        case "table":
            lists += [row[0] + row[2] for row in task.rows]
        case "chart":
            lists += ["|".join((*task.columns, *(row[0] for row in task.rows)))]
            lists += [",".join(row[1:]) for row in task.rows]
        case "columns" | "timeline":
            lists += ["|".join(row[0] for row in task.rows)]
    return lists


def make_task(seed: int, split: Split) -> SlideTask:
    """A task, the same for the same arguments.

    Args:
      seed: any non-negative integer.
      split: "train" or "heldout".

    Raises:
      ValueError: for another split or a negative seed.
    """
    rng = task_rng(seed, split, 0x511D)
    draw = _Draw(rng, split)
    genre = pick(rng, GENRES, GENRE_SHARES)
    title = draw.title(genre)
    color = draw.until(lambda: pick(rng, COLORS), lambda color: f"{genre} {color} {title}")
    return SlideTask(
        seed=seed,
        split=split,
        genre=genre,
        color=color,
        title=title,
        phrasing=int(rng.integers(2)),
        **_DRAWS[genre](draw),
    )


class _Draw(SplitDraw):
    """Draws texts of one split."""

    def title(self, genre: str) -> str:
        """A name of two words, often with an end, for which one of the colours is of the split."""

        def draw() -> str:
            words = (pick(self.rng, FIRST), pick(self.rng, SECOND), pick(self.rng, ENDS))
            return " ".join(words).strip()

        while True:
            title = self.phrase(draw)
            if any(split_of(f"{genre} {color} {title}") == self.split for color in COLORS):
                return title

    def name(self, widest: float) -> str:
        """A name of two words, at most ``widest`` centimetres at 20 points."""

        def draw() -> str:
            while True:
                name = f"{pick(self.rng, FIRST)} {pick(self.rng, SECOND)}"
                if text_width(name, 20) <= widest:
                    return name

        return self.phrase(draw)

    def line(self, tails: Sequence[str]) -> str:
        """A sentence of three words or more."""
        return self.phrase(lambda: self._sentence(tails))

    def lines(self) -> str:
        """One sentence, or two."""

        def draw() -> str:
            first = self._sentence(TAILS)
            if self.rng.random() < 0.6:
                return first
            return f"{first} and {self._sentence(TAILS).lower()}"

        return self.phrase(draw)

    def _sentence(self, tails: Sequence[str]) -> str:
        words = (pick(self.rng, VERBS), pick(self.rng, OBJECTS), pick(self.rng, tails))
        return " ".join(words).strip()

    def some(self, pool: Sequence[str], count: int) -> tuple[str, ...]:
        """Different members of a pool, in any order."""
        return tuple(pool[int(i)] for i in self.rng.permutation(len(pool))[:count])

    def one_of(self, *numbers: int) -> int:
        return int(pick(self.rng, numbers))


def _title(draw: _Draw) -> dict[str, Any]:
    return {"text": draw.line(TAILS)}


def _bullets(draw: _Draw) -> dict[str, Any]:
    tails = TAILS[:5] if draw.rng.random() < 0.5 else TAILS[1:]
    count = draw.one_of(3, 4) if tails[-1] == TAILS[-1] else draw.one_of(3, 4, 5)
    return {"rows": tuple((draw.line(tails),) for _ in range(count))}


def _cards(draw: _Draw) -> dict[str, Any]:
    tails = TAILS[:2] if draw.rng.random() < 0.5 else TAILS[:6]
    return {"rows": tuple((draw.line(tails),) for _ in range(draw.one_of(2, 3, 4)))}


def _table(draw: _Draw) -> dict[str, Any]:
    first, second, pool = pick(draw.rng, TABLES)
    widest = 5 if draw.rng.random() < 0.4 else 9
    rows = []
    for name in draw.some(pool, draw.one_of(2, 3)):
        number = draw.until(lambda: 5 * int(draw.rng.integers(1, 60)), lambda n, m=name: f"{m}{n}")
        rows.append((name, draw.name(widest), str(number)))
    return {"columns": (first, second, pick(draw.rng, NUMBERS)), "rows": tuple(rows)}


def _chart(draw: _Draw) -> dict[str, Any]:
    pool, names = pick(draw.rng, CATEGORIES), pick(draw.rng, SERIES)
    count = draw.one_of(3, 4)
    columns, shown = draw.until(
        lambda: (draw.some(pool, count), draw.some(names, 2)),
        lambda drawn: "|".join((*drawn[0], *drawn[1])),
    )
    values = [
        draw.until(lambda: [str(5 * int(draw.rng.integers(2, 20))) for _ in columns], ",".join)
        for _ in shown
    ]
    rows = tuple((name, *row) for name, row in zip(shown, values, strict=True))
    return {"kind": pick(draw.rng, KINDS), "columns": columns, "rows": rows}


def _picture(draw: _Draw) -> dict[str, Any]:
    return {"text": draw.lines()}


def _columns(draw: _Draw) -> dict[str, Any]:
    heads = draw.until(lambda: draw.some(HEADS, 2), "|".join)
    if draw.rng.random() < 0.4:
        return {"rows": tuple((head, draw.line(TAILS[:2])) for head in heads)}
    return {"rows": tuple((head, draw.lines()) for head in heads)}


def _timeline(draw: _Draw) -> dict[str, Any]:
    count = draw.one_of(3, 4, 5)

    def years() -> list[str]:
        start, step = int(draw.rng.integers(1960, 2016)), int(draw.rng.integers(1, 6))
        return [str(start + step * i) for i in range(count)]

    names = [draw.name({3: 9, 4: 7, 5: 6}[count]) for _ in range(count)]
    return {"rows": tuple(zip(draw.until(years, "|".join), names, strict=True))}


_DRAWS: dict[str, Callable[[_Draw], dict[str, Any]]] = {
    "title": _title,
    "bullets": _bullets,
    "cards": _cards,
    "table": _table,
    "chart": _chart,
    "picture": _picture,
    "columns": _columns,
    "timeline": _timeline,
}
_BRIEFS = {
    "title": (
        "Title slide {title} with subtitle {text} and the picture {photo}, boxes in color {color}.",
        "Open with {title}, subtitle {text}, picture {photo}; boxes in color {color}.",
    ),
    "bullets": (
        "Slide {title} with bullets {rows} in boxes of color {color}.",
        "List under {title}, color {color}: {rows}.",
    ),
    "cards": (
        "Slide {title} with cards {rows} in color {color}.",
        "Under {title} cards of color {color}: {rows}.",
    ),
    "table": (
        "Slide {title} in color {color} with a table. Columns {columns}. Rows {rows}.",
        "Table under {title}, title in color {color}: {columns}; {rows}.",
    ),
    "chart": (
        "Slide {title} in color {color} with a {kind} chart of {rows} over {columns}.",
        "{kind} chart under {title}, title in color {color}. Categories {columns}. Series {rows}.",
    ),
    "picture": (
        "Slide {title} with the picture {photo} and the text {text} in color {color}.",
        "Picture {photo} under {title}, beside it {text}; boxes in color {color}.",
    ),
    "columns": (
        "Slide {title} with two columns in color {color}: {rows}.",
        "Compare under {title} in color {color}: {rows}.",
    ),
    "timeline": (
        "Slide {title} with the timeline {rows} in color {color}.",
        "History of {title} in color {color}: {rows}.",
    ),
}
