"""The genres of lab pages: what each looks like, what its author decides, and what goes wrong.

A genre is a style sheet and a body with slots, ``[name]``: one for each decision, whose value is
the very text of its slot, and those for what the task asks (see ``Genre``). ``faults_of`` is what
an author can compute: what fits into a width, what is pale. It looks at nothing rendered.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from vsdpo_jax.domains.web.lab.measure import (
    LINE,
    block_height,
    contrast,
    longest_word,
    text_width,
)
from vsdpo_jax.domains.web.lab.tasks import PageTask

VIEWPORT = (640, 360)
"""Pixels for which the pages are meant."""
SMALLEST_PX = 10
"""Careful type is no smaller, careless type is at most 8."""
READABLE, PALE = 4.5, (1.75, 2.9)
"""WCAG contrast of text that can be read with ease, and of text that is there and hard to read."""
HEADING_SHARE = 0.95
"""A bold heading is no smaller than that share of the type that most letters are set in."""
MARGIN = 20
EDGE = VIEWPORT[0] - MARGIN
ROOM = EDGE - MARGIN

INKS = (
    "black", "navy", "maroon", "indigo", "darkgreen", "purple", "brown",
    "white", "ivory", "khaki", "gold", "orange", "coral",
)  # fmt: skip
WRONG_PICTURES = ("photo.png", "image.jpg", "banner.png")
CLIP = "overflow:hidden;"

Value = str | int
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
      axis: of the rubric.
      names: the decisions any of which could have avoided it.
      text: which text of the page, as it is written there; "" where it is no text.
    """

    axis: str
    names: tuple[str, ...]
    text: str = ""


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


def _ink(surface: str) -> Decision:
    return Decision(options=INKS, surface=surface)


def _size(*sizes: int, careful: Sequence[int] = ()) -> Decision:
    """Font sizes in pixels; one time in ten the type is tiny."""
    options = (7, 8, *sizes)
    good = careful or [size for size in sizes if size <= 20]
    return Decision(
        options=options, shares=(0.05, 0.05, *[0.9 / len(sizes)] * len(sizes)), careful=tuple(good)
    )


def _px(*options: int, careful: Sequence[int] = (), shares: Sequence[float] = ()) -> Decision:
    return Decision(
        options=options, shares=tuple(shares) or (1 / len(options),) * len(options),
        careful=tuple(careful or options),
    )  # fmt: skip


_HEADING = Type("h1_color", "h1_size", bold=True)
_CLIPPED = Decision(options=(CLIP, ""), shares=(0.5, 0.5), careful=(CLIP,))
_H1 = _size(24, 32, 40, 56, careful=(32, 24))
_H1_WIDE = _size(24, 32, 40, 56, 72, careful=(40, 32, 24))
_SOURCE = Decision(options=("", *WRONG_PICTURES), shares=(0.7, 0.1, 0.1, 0.1), careful=("",))
"""The empty option stands for the name that the task gives."""


def faults_of(task: PageTask, values: Values) -> list[Fault]:
    """Everything that is wrong with a page of these values, by computation alone."""
    genre = GENRES[task.genre]
    found = []
    for name, decision in genre.decisions.items():
        value = values[name]
        if decision.surface and contrast(str(value), surface(task, decision)) < READABLE:
            found.append(Fault(axis="contrast", names=(name,)))
        elif name.endswith("_size") and int(value) < SMALLEST_PX:
            found.append(Fault(axis="tiny", names=(name,)))
        elif name == "src" and value:
            found.append(Fault(axis="images", names=(name,), text=task.picture))
    if plain_heading(task, values):
        found.append(Fault(axis="content", names=("h1_size",), text=task.heading))
    return found + genre.layout_faults(task, values)


def plain_heading(task: PageTask, values: Values) -> bool:
    """Whether the heading is smaller than the type that most letters are set in."""
    types = GENRES[task.genre].types
    letters: Counter[int] = Counter()
    for slot, words in task.texts_by_slot():
        if slot in types:
            letters[int(values[types[slot].size])] += len(words)
    body = max(letters, key=lambda px: letters[px])
    return int(values["h1_size"]) < HEADING_SHARE * body


def surface(task: PageTask, decision: Decision) -> str:
    """The colour that a text of this decision stands on."""
    return task.page if decision.surface == "page" else task.block


def readable_inks(background: str) -> tuple[str, ...]:
    """Those that stand out from a background."""
    return tuple(ink for ink in INKS if contrast(ink, background) >= READABLE)


def pale_inks(background: str) -> tuple[str, ...]:
    """Those that are hard to read on a background."""
    return tuple(ink for ink in INKS if PALE[0] <= contrast(ink, background) <= PALE[1])


def _px_of(values: Values, *names: str) -> list[int]:
    return [int(values[name]) for name in names]


def _too_wide(text: str, right: float, *names: str) -> list[Fault]:
    """What ends right of the margin is no careful page, what ends outside is no page at all."""
    return [Fault(axis="overflow", names=names, text=text)] if right > EDGE else []


def _unfit(
    text: str, needed: float, room: float, clipped: Value, *names: str, spills: str = "layout"
) -> list[Fault]:
    """A text without room: cut, or ``spills`` where nothing clips it."""
    axis = "clip" if clipped else spills
    return [Fault(axis=axis, names=names, text=text)] if needed > room else []


# Cards ------------------------------------------------------------------------------------------


def _cards_faults(task: PageTask, values: Values) -> list[Fault]:
    width, height, gap, title, text = _px_of(
        values, "dl_width", "dl_height", "gap", "dt_size", "dd_size"
    )
    count, clipped = len(task.rows), values["clip"]
    right = MARGIN + count * (width + 24) + (count - 1) * gap
    found = _too_wide("", right, "dl_width", "gap")
    for name, words in task.rows:
        wide = text_width(name, title, bold=True)
        found += _unfit(name, wide, width, clipped, "dl_width", "dt_size")
        tall = block_height([(words, text, False)], width) + LINE * title + 8
        wide = longest_word(words, text)
        found += _unfit(words, tall, height, clipped, "dl_height", "dl_width", "dd_size", "dt_size")
        found += _unfit(words, wide, width, clipped, "dl_width", "dd_size")
    return found


_CARDS = Genre(
    style="""body{background:[page];margin:20px;font:[dd_size]px arial}
h1{color:[h1_color];font-size:[h1_size]px}
main{display:flex;gap:[gap]px}
dl{flex:none;width:[dl_width]px;height:[dl_height]px;[clip]padding:12px;border-radius:8px;background:[block]}
dt{color:[dt_color];font:bold [dt_size]px arial;white-space:nowrap}
dd{color:[dd_color];margin:8px 0}
""",
    row="<dl><dt> [0]<dd> [1]</dl>",
    body=("<[h1_tag]> [heading]</h1>", "<main>", "[rows]", "</main>"),
    types={
        "heading": _HEADING,
        "0": Type("dt_color", "dt_size", bold=True),
        "1": Type("dd_color", "dd_size"),
    },
    decisions={
        "dd_size": _size(12, 14, 18, careful=(18, 14, 12)),
        "h1_color": _ink("page"),
        "h1_size": _H1,
        "gap": _px(8, 16, 40, careful=(16, 8)),
        "dl_width": _px(80, 104, 120, 150, 250, careful=(250, 150, 120, 104)),
        "dl_height": _px(40, 60, 90, 120, 180, careful=(60, 90, 120, 180)),
        "clip": _CLIPPED,
        "dt_color": _ink("block"),
        "dt_size": _size(12, 16, 20, 28, careful=(20, 16, 12)),
        "dd_color": _ink("block"),
    },
    layout_faults=_cards_faults,
)

# Navigation -------------------------------------------------------------------------------------


def _nav_faults(task: PageTask, values: Values) -> list[Fault]:
    size, gap, heading, top, picture = _px_of(
        values, "a_size", "gap", "h1_size", "h1_top", "img_width"
    )
    links = sum(text_width(row[0], size) for row in task.rows)
    found = _too_wide(task.rows[-1][0], MARGIN + links + (len(task.rows) - 1) * gap,
                      "gap", "a_size")  # fmt: skip
    if top < 0:
        found.append(Fault(axis="overlap", names=("h1_top",), text=task.heading))
    right = MARGIN + text_width(task.heading, heading, bold=True)
    found += _too_wide(task.heading, right, "h1_size")
    return found + _too_wide("", MARGIN + picture, "img_width")


_NAV = Genre(
    style="""body{background:[page];color:[p_color];margin:0;font:[p_size]px arial}
nav{display:flex;gap:[gap]px;padding:14px 20px;background:[block];white-space:nowrap}
a{color:[a_color];font-size:[a_size]px}
h1{color:[h1_color];font-size:[h1_size]px;margin:[h1_top]px 20px 0;white-space:nowrap}
p,img{margin:12px 20px;width:[img_width]px}
""",
    row="<a href=#> [0]</a>",
    body=("<nav>", "[rows]", "</nav>", "<[h1_tag]> [heading]</h1>", "<p> [text]</p>", "[picture]"),
    types={
        "heading": _HEADING,
        "0": Type("a_color", "a_size"),
        "text": Type("p_color", "p_size"),
    },
    decisions={
        "p_color": _ink("page"),
        "p_size": _size(12, 14, 18, careful=(18, 14)),
        "gap": _px(12, 20, 40, 70, careful=(40, 20, 12)),
        "a_color": _ink("block"),
        "a_size": _size(12, 16, 20, 28, careful=(20, 16, 12)),
        "h1_color": _ink("page"),
        "h1_size": _H1_WIDE,
        "h1_top": _px(16, 24, -30, -40, careful=(24, 16), shares=(0.38, 0.38, 0.12, 0.12)),
        "img_width": _px(300, 400, 500, 700, 900, careful=(400, 300), shares=(3, 3, 2, 1, 1)),
        "src": _SOURCE,
    },
    layout_faults=_nav_faults,
)

# Tables -----------------------------------------------------------------------------------------


def _table_faults(task: PageTask, values: Values) -> list[Fault]:
    width, first, pad, size, head, heading = _px_of(
        values, "table_width", "th_width", "pad", "td_size", "th_size", "h1_size"
    )
    rooms = (first, *[(width - first - 2 * pad) / 2 - 2 * pad] * 2)
    clipped = values["clip"]
    found = _too_wide("", MARGIN + width, "table_width")
    right = MARGIN + text_width(task.heading, heading, bold=True)
    found += _too_wide(task.heading, right, "h1_size")
    for column, room in enumerate(rooms):
        names = ("th_width",) if column == 0 else ("th_width", "table_width")
        name = task.columns[column]
        wide = text_width(name, head, bold=True)
        found += _unfit(name, wide, room, clipped, *names, "th_size", "pad")
        for row in task.rows:
            wide = text_width(row[column], size)
            found += _unfit(
                row[column], wide, room, clipped, *names, "td_size", "pad", spills="overlap"
            )
    return found


_TABLE = Genre(
    style="""body{background:[page];margin:20px;font:[td_size]px arial}
h1{color:[h1_color];font-size:[h1_size]px;white-space:nowrap}
table{table-layout:fixed;width:[table_width]px;border-collapse:collapse;text-align:left;white-space:nowrap}
th,td{padding:[pad]px;[clip]}
th{background:[block];color:[th_color];font-size:[th_size]px}
td{color:[td_color]}
""",
    row="<tr><td> [0]<td> [1]<td> [2]",
    body=(
        "<[h1_tag]> [heading]</h1>",
        "<table>",
        "<tr><th width=[th_width]> [0]<th> [1]<th> [2]",
        "[rows]",
        "</table>",
    ),
    types={
        "heading": _HEADING,
        "column": Type("th_color", "th_size", bold=True),
        **dict.fromkeys("012", Type("td_color", "td_size")),
    },
    decisions={
        "td_size": _size(12, 14, 18, 22, careful=(18, 14, 12)),
        "h1_color": _ink("page"),
        "h1_size": _H1_WIDE,
        "table_width": _px(300, 450, 600, 700, careful=(450, 600)),
        "th_color": _ink("block"),
        "th_size": _size(12, 14, 18, 22, careful=(18, 14, 12)),
        "td_color": _ink("page"),
        "pad": _px(4, 8, 16, careful=(8, 4)),
        "clip": _CLIPPED,
        "th_width": _px(50, 80, 120, 200, 320, careful=(120, 80, 200)),
    },
    layout_faults=_table_faults,
)

# Forms ------------------------------------------------------------------------------------------


def _form_faults(task: PageTask, values: Values) -> list[Fault]:
    label, field, row, size, button, words = _px_of(
        values,
        "label_width",
        "input_width",
        "label_gap",
        "label_size",
        "button_width",
        "button_size",
    )
    found = _too_wide("", MARGIN + label + field, "input_width", "label_width")
    for name, _ in task.rows:
        wide = text_width(name, size) + 4
        if wide > label:
            found.append(Fault(axis="hidden", names=("label_width", "label_size"), text=name))
    if row < 0:
        found.append(Fault(axis="overlap", names=("label_gap",)))
    wide = text_width(task.button, words) + 20
    return found + _unfit(task.button, wide, button, values["clip"], "button_width", "button_size")


_FORM = Genre(
    style="""body{background:[page];margin:20px;font:[label_size]px arial}
h1{color:[h1_color];font-size:[h1_size]px}
label{display:grid;grid-template-columns:[label_width]px [input_width]px;margin:[label_gap]px 0;color:[label_color];white-space:nowrap}
input{padding:6px}
button{width:[button_width]px;height:40px;[clip]border:0;border-radius:8px;background:[block];color:[button_color];font-size:[button_size]px;white-space:nowrap}
""",  # noqa: E501
    row="<label> [0]<input type=[1]></label>",
    body=("<[h1_tag]> [heading]</h1>", "<form>", "[rows]", "<button> [button]</button>", "</form>"),
    types={
        "heading": _HEADING,
        "0": Type("label_color", "label_size"),
        "button": Type("button_color", "button_size"),
    },
    decisions={
        "label_size": _size(12, 16, 20, careful=(16, 12)),
        "h1_color": _ink("page"),
        "h1_size": _H1,
        "label_width": _px(50, 80, 120, 180, 240, careful=(120, 180, 240)),
        "input_width": _px(160, 240, 340, 460, 600, careful=(340, 240)),
        "label_gap": _px(12, 20, -14, -18, careful=(20, 12), shares=(0.4, 0.4, 0.1, 0.1)),
        "label_color": _ink("page"),
        "button_width": _px(70, 110, 150, 200, 280, careful=(150, 200, 280)),
        "clip": _CLIPPED,
        "button_color": _ink("block"),
        "button_size": _size(12, 16, 20, 28, careful=(16,)),
    },
    layout_faults=_form_faults,
)

# Footers ----------------------------------------------------------------------------------------


def _head_bottom(task: PageTask, heading: int, text: int) -> float:
    """Where heading (no margin) and text end on a page."""
    tall = block_height([(task.heading, heading, True), (task.text, text, False)], ROOM)
    return MARGIN + tall + 12


def _footer_faults(task: PageTask, values: Values) -> list[Fault]:
    width, gap, top, link, text, heading, name = _px_of(
        values, "column", "gap", "footer_top", "a_size", "p_size", "h1_size", "b_size"
    )
    count = len(task.rows)
    found = _too_wide("", MARGIN + count * width + (count - 1) * gap, "column", "gap")
    if top < _head_bottom(task, heading, text):
        names = ("footer_top", "p_size", "h1_size")
        found.append(Fault(axis="hidden", names=names, text=task.text))
    for row in task.rows:
        wide = [text_width(row[0], name, bold=True), *(text_width(t, link) for t in row[1:])]
        sizes = ("b_size", "a_size", "a_size")
        for cell, needed, size in zip(row, wide, sizes, strict=True):
            found += _unfit(cell, needed, width, values["clip"], "column", size, spills="overlap")
    return found


_FOOTER = Genre(
    style="""body{background:[page];color:[p_color];margin:20px;font:[p_size]px arial}
h1{color:[h1_color];font-size:[h1_size]px;margin:0}
p{margin:12px 0}
footer{display:flex;gap:[gap]px;position:absolute;top:[footer_top]px;left:0;right:0;padding:20px;background:[block]}
div{display:grid;flex:none;gap:6px;width:[column]px;[clip]white-space:nowrap}
b{color:[b_color];font-size:[b_size]px}
a{color:[a_color];font-size:[a_size]px}
""",
    row="<div><b> [0]</b><a href=#> [1]</a><a href=#> [2]</a></div>",
    body=("<[h1_tag]> [heading]</h1>", "<p> [text]</p>", "<footer>", "[rows]", "</footer>"),
    types={
        "heading": _HEADING,
        "text": Type("p_color", "p_size"),
        "0": Type("b_color", "b_size", bold=True),
        **dict.fromkeys("12", Type("a_color", "a_size")),
    },
    decisions={
        "p_color": _ink("page"),
        "p_size": _size(12, 16, 20, 24, careful=(20, 16)),
        "h1_color": _ink("page"),
        "h1_size": _H1,
        "gap": _px(12, 24, 60, careful=(24, 12)),
        "footer_top": _px(40, 60, 80, 100, 130, 160, careful=(100, 130, 160)),
        "column": _px(70, 100, 150, 180, 250, careful=(250, 180, 150)),
        "clip": _CLIPPED,
        "b_color": _ink("block"),
        "b_size": _size(12, 16, 20, careful=(20, 16)),
        "a_color": _ink("block"),
        "a_size": _size(12, 16, 20, careful=(16, 12)),
    },
    layout_faults=_footer_faults,
)

# Heroes -----------------------------------------------------------------------------------------


def _hero_faults(task: PageTask, values: Values) -> list[Fault]:
    height, width, picture, top, heading, text = _px_of(
        values, "height", "h1_width", "img_width", "button_top", "h1_size", "p_size"
    )
    found = []
    left = EDGE - picture
    wide = max(longest_word(task.heading, heading, bold=True), longest_word(task.text, text))
    if MARGIN + max(wide, width) > left - 8:
        names = ("img_width", "h1_width", "h1_size")
        found.append(Fault(axis="hidden", names=names, text=task.heading))
    bottom = (
        MARGIN + 12 + block_height([(task.heading, heading, True), (task.text, text, False)], width)
    )
    if top < bottom:
        names = ("button_top", "h1_size", "p_size", "h1_width")
        found.append(Fault(axis="hidden", names=names, text=task.text))
    if top + 40 > height + 2 * MARGIN:
        names = ("height", "button_top")
        found.append(Fault(axis="clip", names=names, text=task.button))
    if MARGIN + picture * 9 / 16 > height + 2 * MARGIN:
        found.append(Fault(axis="clip", names=("height", "img_width")))
    return found


_HERO = Genre(
    style="""body{background:[page];margin:0;font:[p_size]px arial}
section{position:relative;overflow:hidden;height:[height]px;padding:20px;background:[block]}
h1{color:[h1_color];font-size:[h1_size]px;margin:0}
p{color:[p_color];margin:12px 0}
h1,p{width:[h1_width]px}
img{position:absolute;top:20px;right:20px;width:[img_width]px}
button{position:absolute;top:[button_top]px;padding:8px;border:0;border-radius:8px;background:[page];color:[button_color];font-size:[button_size]px}
""",
    row="",
    body=(
        "<section>",
        "<[h1_tag]> [heading]</h1>",
        "<p> [text]</p>",
        "[picture]",
        "<button> [button]</button>",
        "</section>",
    ),
    types={
        "heading": _HEADING,
        "text": Type("p_color", "p_size"),
        "button": Type("button_color", "button_size"),
    },
    decisions={
        "p_size": _size(12, 16, 20, careful=(20, 16)),
        "height": _px(80, 140, 200, 260, 320, careful=(200, 260, 320)),
        "h1_color": _ink("block"),
        "h1_size": _size(24, 32, 40, 56, careful=(40, 32, 24)),
        "p_color": _ink("block"),
        "h1_width": _px(160, 220, 280, 340, 500, careful=(280, 340, 220)),
        "img_width": _px(160, 220, 280, 340, 500, careful=(280, 220, 160)),
        "src": _SOURCE,
        "button_top": _px(60, 100, 140, 180, 230, 290, careful=(140, 180, 230, 290)),
        "button_color": _ink("page"),
        "button_size": _size(12, 16, 20, careful=(16, 12)),
    },
    layout_faults=_hero_faults,
)

# Pricing ----------------------------------------------------------------------------------------


def _pricing_faults(task: PageTask, values: Values) -> list[Fault]:
    width, gap, price, near, name, text, button, words = _px_of(
        values, "width", "gap", "b_size", "b_margin", "div_size", "p_size", "button_width",
        "button_size",
    )  # fmt: skip
    count, clipped = len(task.rows), values["clip"]
    found = _too_wide("", MARGIN + count * (width + 32) + (count - 1) * gap, "width", "gap")
    if near < 0:
        found.append(Fault(axis="overlap", names=("b_margin",)))
    for plan, cost, feature in task.rows:
        found += _unfit(plan, text_width(plan, name), width, clipped, "width", "div_size")
        found += _unfit(cost, text_width(cost, price, bold=True), width, clipped, "width", "b_size")
        found += _unfit(feature, longest_word(feature, text), width, clipped, "width", "p_size")
    wide = text_width(task.button, words) + 20
    return found + _unfit(task.button, wide, button, CLIP, "button_width", "button_size")


_PRICING = Genre(
    style="""body{background:[page];margin:20px}
h1{color:[h1_color];font:bold [h1_size]px arial}
main{display:flex;gap:[gap]px}
div{flex:none;width:[width]px;[clip]padding:16px;background:[block];color:[div_color];font:[div_size]px arial}
b{display:block;font-size:[b_size]px;margin:[b_margin]px 0}
p{font-size:[p_size]px;margin:0}
button{width:[button_width]px;padding:8px;margin:16px 0;border:0;overflow:hidden;background:[block];color:[button_color];white-space:nowrap;font-size:[button_size]px}
""",  # noqa: E501
    row="<div> [0]<b> [1]</b><p> [2]</div>",
    body=("<[h1_tag]> [heading]</h1>", "<main>", "[rows]", "</main>", "<button> [button]</button>"),
    types={
        "heading": _HEADING,
        "0": Type("div_color", "div_size"),
        "1": Type("div_color", "b_size", bold=True),
        "2": Type("div_color", "p_size"),
        "button": Type("button_color", "button_size"),
    },
    decisions={
        "h1_color": _ink("page"),
        "h1_size": _H1,
        "gap": _px(8, 20, 60, careful=(20, 8)),
        "width": _px(60, 100, 140, 230, 300, careful=(230, 140)),
        "clip": _CLIPPED,
        "div_color": _ink("block"),
        "div_size": _size(14, 18, 24, careful=(18, 14)),
        "b_size": _size(24, 36, 48, 64, careful=(48, 36, 24)),
        "b_margin": _px(4, 8, -16, -20, careful=(8, 4), shares=(0.4, 0.4, 0.1, 0.1)),
        "p_size": _size(12, 14, 18, careful=(14, 12)),
        "button_width": _px(70, 110, 150, 200, 280, careful=(150, 200, 280)),
        "button_color": _ink("block"),
        "button_size": _size(12, 16, 20, careful=(16,)),
    },
    layout_faults=_pricing_faults,
)

# Profiles ---------------------------------------------------------------------------------------


def _profile_faults(task: PageTask, values: Values) -> list[Fault]:
    picture, left, near, heading = _px_of(values, "img_width", "left", "a_margin", "h1_size")
    found = []
    if left < MARGIN + picture + 8:
        names = ("left", "img_width")
        found.append(Fault(axis="hidden", names=names, text=task.heading))
    right = MARGIN + left + text_width(task.heading, heading, bold=True)
    found += _too_wide(task.heading, right + MARGIN, "h1_size", "left")
    if near < 0 and len(task.rows) > 1:
        found.append(Fault(axis="overlap", names=("a_margin",)))
    return found


_PROFILE = Genre(
    style="""body{background:[page];margin:20px;font:[p_size]px arial}
img{position:absolute;top:40px;left:40px;width:[img_width]px}
main{background:[block];border-radius:8px;padding:20px;padding-left:[left]px}
h1{color:[h1_color];font-size:[h1_size]px;margin:0;white-space:nowrap}
p{color:[p_color];margin:12px 0}
a{display:block;color:[a_color];font-size:[a_size]px;margin:[a_margin]px 0}
""",
    row="<a href=#> [0]</a>",
    body=(
        "[picture]",
        "<main>",
        "<[h1_tag]> [heading]</h1>",
        "<p> [text]</p>",
        "[rows]",
        "</main>",
    ),
    types={
        "heading": _HEADING,
        "text": Type("p_color", "p_size"),
        "0": Type("a_color", "a_size"),
    },
    decisions={
        "p_size": _size(12, 14, 18, careful=(18, 14)),
        "img_width": _px(120, 160, 200, 240, 300, careful=(200, 160, 120)),
        "src": _SOURCE,
        "left": _px(100, 160, 200, 240, 280, careful=(240, 200, 160)),
        "h1_color": _ink("block"),
        "h1_size": _H1_WIDE,
        "p_color": _ink("block"),
        "a_color": _ink("block"),
        "a_size": _size(12, 14, 18, careful=(14, 12)),
        "a_margin": _px(4, 8, -12, -16, careful=(8, 4), shares=(0.4, 0.4, 0.1, 0.1)),
    },
    layout_faults=_profile_faults,
)

GENRES: Mapping[str, Genre] = {
    "cards": _CARDS,
    "nav": _NAV,
    "table": _TABLE,
    "form": _FORM,
    "footer": _FOOTER,
    "hero": _HERO,
    "pricing": _PRICING,
    "profile": _PROFILE,
}
