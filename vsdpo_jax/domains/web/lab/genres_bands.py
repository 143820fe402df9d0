"""Pages of bands: a bar of links, a footer, a hero, a profile."""

from __future__ import annotations

from vsdpo_jax.domains.web.lab.measure import (
    block_height,
    text_width,
    widest_line,
)
from vsdpo_jax.domains.web.lab.pieces import (
    CLIPPED,
    EDGE,
    H1,
    H1_WIDE,
    HEADING,
    MARGIN,
    ROOM,
    SOURCE,
    Fault,
    Genre,
    Type,
    Values,
    ink,
    px,
    px_of,
    too_wide,
    type_size,
    unfit,
)
from vsdpo_jax.domains.web.lab.tasks import PageTask


def _nav_faults(task: PageTask, values: Values) -> list[Fault]:
    size, gap, heading, top, picture = px_of(
        values, "a_size", "gap", "h1_size", "h1_top", "img_width"
    )
    found, right = [], MARGIN - gap
    for (link,) in task.rows:
        right += gap + text_width(link, size)
        found += too_wide(right, "gap", "a_size", texts=[link])
    if top < 0:
        links = tuple(link for (link,) in task.rows)
        found.append(Fault(axis="overlap", names=("h1_top",), texts=(task.heading, *links)))
    right = MARGIN + text_width(task.heading, heading, bold=True)
    found += too_wide(right, "h1_size", texts=[task.heading])
    return found + too_wide(MARGIN + picture, "img_width", texts=[task.picture, task.text])


NAV = Genre(
    style="""body{background:[page];color:[p_color];margin:0;font:[p_size]px arial}
nav{display:flex;gap:[gap]px;padding:14px 20px;background:[block];white-space:nowrap}
a{color:[a_color];font-size:[a_size]px}
h1{color:[h1_color];font-size:[h1_size]px;margin:[h1_top]px 20px 0;white-space:nowrap}
p,img{margin:12px 20px;width:[img_width]px}
""",
    row="<a href=#> [0]</a>",
    body=("<nav>", "[rows]", "</nav>", "<h1> [heading]</h1>", "<p> [text]</p>", "[picture]"),
    types={
        "heading": HEADING,
        "0": Type("a_color", "a_size"),
        "text": Type("p_color", "p_size"),
    },
    decisions={
        "p_color": ink("page"),
        "p_size": type_size(12, 14, 18, careful=(18, 14)),
        "gap": px(12, 20, 40, 70, careful=(40, 20, 12)),
        "a_color": ink("block"),
        "a_size": type_size(12, 16, 20, 28, careful=(20, 16, 12)),
        "h1_color": ink("page"),
        "h1_size": H1_WIDE,
        "h1_top": px(16, 24, -30, -40, careful=(24, 16), shares=(3, 3, 1, 1)),
        "img_width": px(300, 400, 500, 700, 900, careful=(400, 300), shares=(3, 3, 2, 1, 1)),
        "src": SOURCE,
    },
    layout_faults=_nav_faults,
)


def _head_bottom(task: PageTask, heading: int, text: int) -> float:
    """Where heading (no margin) and text end on a page."""
    tall = block_height([(task.heading, heading, True), (task.text, text, False)], ROOM)
    return MARGIN + tall + 12


def _footer_faults(task: PageTask, values: Values) -> list[Fault]:
    width, gap, top, link, text, heading, name = px_of(
        values, "column", "gap", "footer_top", "a_size", "p_size", "h1_size", "b_size"
    )
    found = []
    if top < _head_bottom(task, heading, text):
        names = ("footer_top", "p_size", "h1_size")
        found.append(Fault(axis="hidden", names=names, texts=(task.text, task.heading)))
    right = MARGIN - gap
    for row in task.rows:
        right += width + gap
        found += too_wide(right, "column", "gap", texts=row)
        wide = [text_width(row[0], name, bold=True), *(text_width(t, link) for t in row[1:])]
        sizes = ("b_size", "a_size", "a_size")
        for cell, needed, size in zip(row, wide, sizes, strict=True):
            found += unfit(cell, needed, width, values["clip"], "column", size, spills="overlap")
    return found


FOOTER = Genre(
    style="""body{background:[page];color:[p_color];margin:20px;font:[p_size]px arial}
h1{color:[h1_color];font-size:[h1_size]px;margin:0}
p{margin:12px 0}
footer{display:flex;gap:[gap]px;position:absolute;top:[footer_top]px;left:0;right:0;padding:20px;background:[block]}
div{display:grid;flex:none;gap:6px;width:[column]px;[clip]white-space:nowrap}
b{color:[b_color];font-size:[b_size]px}
a{color:[a_color];font-size:[a_size]px}
""",
    row="<div><b> [0]</b><a href=#> [1]</a><a href=#> [2]</a></div>",
    body=("<h1> [heading]</h1>", "<p> [text]</p>", "<footer>", "[rows]", "</footer>"),
    types={
        "heading": HEADING,
        "text": Type("p_color", "p_size"),
        "0": Type("b_color", "b_size", bold=True),
        **dict.fromkeys("12", Type("a_color", "a_size")),
    },
    decisions={
        "p_color": ink("page"),
        "p_size": type_size(12, 16, 20, 24, careful=(20, 16)),
        "h1_color": ink("page"),
        "h1_size": H1,
        "gap": px(12, 24, 60, careful=(24, 12)),
        "footer_top": px(
            40, 60, 80, 100, 130, 160, careful=(100, 130, 160), shares=(1, 1, 1, 2, 3, 3)
        ),
        "column": px(70, 100, 150, 180, 250, careful=(250, 180, 150)),
        "clip": CLIPPED,
        "b_color": ink("block"),
        "b_size": type_size(12, 16, 20, careful=(20, 16)),
        "a_color": ink("block"),
        "a_size": type_size(12, 16, 20, careful=(16, 12)),
    },
    layout_faults=_footer_faults,
)


def _hero_faults(task: PageTask, values: Values) -> list[Fault]:
    height, width, picture, top, heading, text = px_of(
        values, "height", "h1_width", "img_width", "button_top", "h1_size", "p_size"
    )
    found, floor = [], height + 2 * MARGIN
    for words, size, bold, name in (
        (task.heading, heading, True, "h1_size"), (task.text, text, False, "p_size"),
    ):  # fmt: skip
        if MARGIN + widest_line(words, size, width, bold=bold) > EDGE - picture - 8:
            names = ("img_width", "h1_width", name)
            found.append(Fault(axis="hidden", names=names, texts=(words,)))
    lines = [(task.heading, heading, True), (task.text, text, False)]
    bottom = MARGIN + 12 + block_height(lines, width)
    if top < bottom:
        names = ("button_top", "h1_size", "p_size", "h1_width")
        found.append(Fault(axis="hidden", names=names, texts=(task.text, task.heading)))
    if bottom > floor:
        names = ("height", "h1_width", "h1_size", "p_size")
        found.append(Fault(axis="layout", names=names, texts=(task.text, task.heading)))
    if top + 40 > floor:
        found.append(Fault(axis="clip", names=("height", "button_top"), texts=(task.button,)))
    if MARGIN + picture * 9 / 16 > floor:
        found.append(Fault(axis="clip", names=("height", "img_width"), texts=(task.picture,)))
    return found


HERO = Genre(
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
        "<h1> [heading]</h1>",
        "<p> [text]</p>",
        "[picture]",
        "<button> [button]</button>",
        "</section>",
    ),
    types={
        "heading": HEADING,
        "text": Type("p_color", "p_size"),
        "button": Type("button_color", "button_size"),
    },
    decisions={
        "p_size": type_size(12, 16, 20, careful=(20, 16)),
        "height": px(80, 140, 200, 260, 320, careful=(200, 260, 320), shares=(1, 2, 3, 3, 3)),
        "h1_color": ink("block"),
        "h1_size": type_size(24, 32, 40, 56, careful=(40, 32, 24)),
        "p_color": ink("block"),
        "h1_width": px(160, 220, 280, 340, 500, careful=(280, 340, 220), shares=(2, 3, 3, 3, 1)),
        "img_width": px(160, 220, 280, 340, 500, careful=(280, 220, 160), shares=(3, 3, 3, 2, 1)),
        "src": SOURCE,
        "button_top": px(
            60, 100, 140, 180, 230, 290, careful=(140, 180, 230, 290), shares=(1, 2, 3, 3, 3, 2)
        ),
        "button_color": ink("page"),
        "button_size": type_size(12, 16, 20, careful=(16, 12)),
    },
    layout_faults=_hero_faults,
)


def _profile_faults(task: PageTask, values: Values) -> list[Fault]:
    picture, left, near, heading = px_of(values, "img_width", "left", "a_margin", "h1_size")
    links = tuple(link for (link,) in task.rows)
    found = []
    if left < MARGIN + picture + 8:
        texts = (task.heading, task.text, *links)
        found.append(Fault(axis="hidden", names=("left", "img_width"), texts=texts))
    right = MARGIN + left + text_width(task.heading, heading, bold=True)
    found += too_wide(right + MARGIN, "h1_size", "left", texts=[task.heading])
    if near < 0:
        texts = (task.text, *links)
        found.append(Fault(axis="overlap", names=("a_margin",), texts=texts))
    return found


PROFILE = Genre(
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
        "<h1> [heading]</h1>",
        "<p> [text]</p>",
        "[rows]",
        "</main>",
    ),
    types={
        "heading": HEADING,
        "text": Type("p_color", "p_size"),
        "0": Type("a_color", "a_size"),
    },
    decisions={
        "p_size": type_size(12, 14, 18, careful=(18, 14)),
        "img_width": px(120, 160, 200, 240, 300, careful=(200, 160, 120), shares=(3, 3, 3, 2, 1)),
        "src": SOURCE,
        "left": px(100, 160, 200, 240, 280, careful=(240, 200, 160), shares=(1, 2, 3, 3, 3)),
        "h1_color": ink("block"),
        "h1_size": H1_WIDE,
        "p_color": ink("block"),
        "a_color": ink("block"),
        "a_size": type_size(12, 14, 18, careful=(14, 12)),
        "a_margin": px(4, 8, -12, -16, careful=(8, 4), shares=(3, 3, 1, 1)),
    },
    layout_faults=_profile_faults,
)
