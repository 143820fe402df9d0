"""What genres of lab slides are made of: decisions, the things they place, and faults.

Lengths are centimetres on a slide of 33.87 x 19.05.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from vsdpo_jax.domains.slide.lab.tasks import SlideTask
from vsdpo_jax.domains.slots import Value

WIDTH, HEIGHT = 33.87, 19.05
MARGIN_X, MARGIN_Y = 0.254, 0.127
"""Of a text in its box, as PowerPoint has them."""
TOP = 5
"""Where things begin below the title's bar."""
NEAR_SHARE = 0.08
"""How often a place all but meets that of other things."""
INKS = (14, 13, 15, 16, 5, 6, 7, 9, 10)
"""MSO_THEME_COLOR of texts."""

Values = Mapping[str, Value]
Plan = Mapping[str, Value]


@dataclass(frozen=True, kw_only=True, slots=True)
class Decision:
    """What an author may write in a slot.

    Attributes:
      options: the values that a careless author takes on their own.
      shares: how often each is taken.
      careful: the values that a careful author considers, the best first; empty where plans say.
      slip: how often a careless author leaves the plan here, or what ``like`` has.
      like: a decision before it that a careless author repeats here.
    """

    options: tuple[Value, ...]
    shares: tuple[float, ...] = ()
    careful: tuple[Value, ...] = ()
    slip: float = 1.0
    like: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Thing:
    """Something on the slide.

    Attributes:
      kind: "box" with text, or what stands for itself.
      box: x, y, width and height.
      place: the decisions on these four, for blame.
      texts: paragraphs of a box; cells of a table row by row; categories and series of a chart.
      size: of the type, in points; 0 for a picture.
      type: the decision on it.
      columns: of a table; how many categories of a chart.
      kind_of_chart: "column", "bar" or "line".
    """

    kind: Literal["box", "picture", "table", "chart"]
    box: tuple[float, float, float, float]
    place: tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...], tuple[str, ...]]
    texts: tuple[str, ...] = ()
    size: float = 0.0
    type: str = ""
    columns: int = 0
    kind_of_chart: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Fault:
    """One thing that is wrong by computation.

    Attributes:
      axis: of the rubric, where it shows first.
      names: the decisions any of which could have avoided it.
      note: the words of the feedback.
      texts: whom it harms: texts of the slide.
      badness: orders the faults of an axis, the larger the worse.
    """

    axis: str
    names: tuple[str, ...]
    note: str = ""
    texts: tuple[str, ...] = ()
    badness: float = 0.0


@dataclass(frozen=True, kw_only=True, slots=True)
class Genre:
    """One kind of slide.

    Attributes:
      body: the program after the helper ``box``, with slots ``<name>``: decisions, and <title>,
        <text>, <columns> and <rows>, what is asked; <each> stands for the rows as ``row`` has them.
      row: the program of one row; # is its number, <0> and <1> are its cells.
      decisions: slot -> what may stand there; those of all genres are in ``COMMON``. Those of a row
        end with its number.
      plans: task -> places that fit together whatever the texts, the best first.
      things: (task, values) -> what stands on the slide, in the order of painting.
    """

    body: str
    row: str = ""
    decisions: Mapping[str, Decision]
    plans: Callable[[SlideTask], Sequence[Plan]]
    things: Callable[[SlideTask, Values], list[Thing]]


def type_size(*sizes: int, careful: Sequence[int], tiny: float = 0.16) -> Decision:
    """Font sizes in points, ``tiny`` of them too small to be read."""
    shares = (tiny / 2, tiny / 2, *[(1 - tiny) / len(sizes)] * len(sizes))
    return Decision(options=(8, 9, *sizes), shares=shares, careful=tuple(careful))


def repeated(of: Decision, like: str, slip: float = 0.2) -> Decision:
    """A decision that is mostly taken as the one before it was."""
    return replace(of, like=like, slip=slip)


def length(
    *slips: float, near: float | None = None, slip: float = 0.1, near_share: float = NEAR_SHARE
) -> Decision:
    """A length, as the plan has it but for slips, and for one that all but meets the plan's."""
    if near is None:
        return Decision(options=slips, slip=slip)
    shares = (near_share, *[slip / len(slips)] * len(slips))
    return Decision(options=(near, *slips), shares=shares, slip=slip + near_share)


COMMON: Mapping[str, Decision] = {
    "width": Decision(
        options=(WIDTH, 25.4, 30, 38), shares=(0.88, 0.04, 0.04, 0.04), careful=(WIDTH,)
    ),
    "layout": Decision(options=(6, 5, 1, 0), shares=(0.72, 0.1, 0.1, 0.08), careful=(6,)),
    "align": Decision(options=(2, 1, 3), shares=(0.75, 0.15, 0.1), careful=(2,)),
    "wrap": Decision(
        options=("", " b.text_frame.word_wrap=False\n"), shares=(0.85, 0.15), careful=("",)
    ),
    "ink": Decision(options=INKS, careful=INKS),
}
BAR: Mapping[str, Decision] = {
    "left": length(0, 4, near=2.2, slip=0.16),
    "top": length(0, 2, 3),
    "wide": length(20, 26, 34, near=29.8, slip=0.16),
    "tall": length(2, 4, 5),
    "title_size": type_size(
        24, 36, 40, 44, 48, 54, 66, careful=(48, 44, 40, 36, 32, 28), tiny=0.08
    ),
}
"""The decisions on the title's bar."""
BAR_PLAN: Plan = {"left": 2, "top": 1, "wide": 30, "tall": 3}
BAR_BODY = 'box((<left>,<top>,<wide>,<tall>),"<title>",<title_size>)\n'


def bar(task: SlideTask, values: Values) -> Thing:
    """The title's bar."""
    return box(values, ("left", "top", "wide", "tall"), (task.title,), "title_size")


def numbers(values: Values, *names: str) -> list[float]:
    """The lengths that were decided on."""
    return [float(values[name]) for name in names]


def box(
    values: Values,
    names: tuple[str, str, str, str],
    texts: Sequence[str],
    type: str,
    *,
    shift: float = 0.0,
    shifted_by: tuple[str, ...] = (),
) -> Thing:
    """A box with texts.

    Args:
      values: of the slide.
      names: the decisions on x, y, width and height.
      texts: its paragraphs.
      type: the decision on their size.
      shift: added to x.
      shifted_by: the decision that did.
    """
    x, y, w, h = numbers(values, *names)
    return Thing(
        kind="box",
        box=(x + shift, y, w, h),
        place=((names[0], *shifted_by), (names[1],), (names[2],), (names[3],)),
        texts=tuple(texts),
        size=float(values[type]),
        type=type,
    )


def block(
    kind: Literal["picture", "table", "chart"],
    values: Values,
    names: tuple[str, str, str, str],
    texts: Sequence[str] = (),
    type: str = "",
    columns: int = 0,
    kind_of_chart: str = "",
) -> Thing:
    """A picture, table or chart."""
    x, y, w, h = numbers(values, *names)
    return Thing(
        kind=kind,
        box=(x, y, w, h),
        place=((names[0],), (names[1],), (names[2],), (names[3],)),
        texts=tuple(texts),
        size=float(values[type]) if type else 0.0,
        type=type,
        columns=columns,
        kind_of_chart=kind_of_chart,
    )
