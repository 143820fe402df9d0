"""What genres of lab pages are made of: decisions, the faults that follow, and their measures."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from vsdpo_jax.domains.slots import Value
from vsdpo_jax.domains.web.lab.tasks import PageTask

VIEWPORT = (640, 360)
"""Pixels for which the pages are meant."""
SMALLEST_PX = 10
"""Careful type is no smaller, careless type is at most 8."""
MARGIN = 20
EDGE = VIEWPORT[0] - MARGIN
ROOM = EDGE - MARGIN
INKS = (
    "black", "navy", "maroon", "indigo", "darkgreen", "purple", "brown",
    "white", "ivory", "khaki", "gold", "orange", "coral",
)  # fmt: skip
WRONG_PICTURES = ("photo.png", "image.jpg", "banner.png")

Values = Mapping[str, Value]


@dataclass(frozen=True, kw_only=True, slots=True)
class Decision:
    """What an author may write in a slot.

    Attributes:
      options: the values.
      shares: how often a careless author takes each.
      surface: "page" or "block" for the colour of a text on it, whose options are INKS; else "".
      careful: the values that a careful author considers, the best first.
    """

    options: tuple[Value, ...]
    shares: tuple[float, ...] = ()
    surface: str = ""
    careful: tuple[Value, ...] = ()


@dataclass(frozen=True, slots=True)
class Type:
    """How a text is set: the decisions on its colour and size, and whether it is bold."""

    color: str
    size: str
    bold: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Fault:
    """One thing that is wrong by computation.

    Attributes:
      axis: of the rubric, where it shows first.
      names: the decisions any of which could have avoided it.
      texts: whom it harms: texts of the page or the name of a picture, as the task has them.
    """

    axis: str
    names: tuple[str, ...]
    texts: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Genre:
    """One kind of page.

    Attributes:
      style: its rules; [page] and [block] are the asked colours.
      row: for each of ``PageTask.rows``; [0], [1], ... are its cells.
      body: lines; [rows], [heading], [text], [button] and [picture] are what is asked, one a line.
      types: slot of a text -> how it is set; "column" stands for the heads of a table.
      decisions: slot -> what may stand there.
      layout_faults: (task, values) -> what does not fit.
    """

    style: str
    row: str
    body: tuple[str, ...]
    types: Mapping[str, Type]
    decisions: Mapping[str, Decision]
    layout_faults: Callable[[PageTask, Values], list[Fault]]


def ink(surface: str) -> Decision:
    """The colour of a text on the page or on its block."""
    return Decision(options=INKS, surface=surface)


def type_size(*sizes: int, careful: Sequence[int]) -> Decision:
    """Font sizes in pixels; one time in twelve the type is tiny: a third of the pages have some."""
    shares = (0.04, 0.04, *[0.92 / len(sizes)] * len(sizes))
    return Decision(options=(7, 8, *sizes), shares=shares, careful=tuple(careful))


def px(*options: int, careful: Sequence[int], shares: Sequence[float] = ()) -> Decision:
    """A length in pixels."""
    shares = tuple(shares) or (1.0,) * len(options)
    return Decision(options=options, shares=shares, careful=tuple(careful))


def either(*options: str, shares: Sequence[float]) -> Decision:
    """Words, of which a careful author takes the first."""
    return Decision(options=options, shares=tuple(shares), careful=options[:1])


HEADING = Type("h1_color", "h1_size", bold=True)
CLIPPED = either("overflow:hidden;", "", shares=(0.5, 0.5))
H1 = type_size(24, 32, 40, 56, careful=(32, 24))
H1_WIDE = type_size(24, 32, 40, 56, 72, careful=(40, 32, 24))
SOURCE = either("", *WRONG_PICTURES, shares=(0.82, 0.06, 0.06, 0.06))
"""The empty option stands for the name that the task gives."""


def px_of(values: Values, *names: str) -> list[int]:
    """The lengths that were decided on."""
    return [int(values[name]) for name in names]


def too_wide(right: float, *names: str, texts: Sequence[str] = ()) -> list[Fault]:
    """What ends right of the margin is no careful page, what ends outside makes the page wide."""
    return [Fault(axis="overflow", names=names, texts=tuple(texts))] if right > EDGE else []


def unfit(
    text: str, needed: float, room: float, clipped: Value, *names: str, spills: str = "layout"
) -> list[Fault]:
    """A text without room: cut, or ``spills`` where nothing clips it."""
    axis = "clip" if clipped else spills
    return [Fault(axis=axis, names=names, texts=(text,))] if needed > room else []
