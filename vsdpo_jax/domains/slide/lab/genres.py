"""The genres of lab slides: programs with slots, places that fit together, what stands where."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from vsdpo_jax.domains.slide.lab.pieces import (
    BAR,
    BAR_BODY,
    BAR_PLAN,
    COMMON,
    Decision,
    Genre,
    Plan,
    Thing,
    Values,
    bar,
    block,
    box,
    length,
    numbers,
    repeated,
    type_size,
)
from vsdpo_jax.domains.slide.lab.tasks import SlideTask

PICTURE: Mapping[str, Decision] = {
    "px": length(0, 1, 4, near=2.2),
    "py": length(2, 3, 7, near=5.2),
    "pw": length(6, 9, 12, 18, slip=0.45),
    "ph": length(5, 6, 9, 14, slip=0.45),
}
PICTURE_BODY = 's.shapes.add_picture("<photo>",*map(Cm,(<px>,<py>,<pw>,<ph>)))\n'
PICTURE_NAMES = ("px", "py", "pw", "ph")
TEXT_SIZES = (12, 16, 18, 20, 24, 28, 32, 40)
CAREFUL_SIZES = (32, 36, 28, 40, 24, 20, 18, 16)


def _plans(keys: Sequence[str], *rows: Sequence[float], bar_plan: Plan = BAR_PLAN) -> list[Plan]:
    return [{**bar_plan, **dict(zip(keys, row, strict=True))} for row in rows]


def _title_plans(task: SlideTask) -> list[Plan]:
    keys = ("px", "py", "pw", "ph", "x", "w", "y", "h", "ty", "th")
    return _plans(
        keys,
        (2, 4, 16, 12, 19, 13, 4, 7.5, 12, 4),
        (16, 4, 16, 12, 2, 13, 4, 7.5, 12, 4),
        (2, 4, 16, 12, 19, 13, 4, 5.5, 10, 6),
        (1, 3, 16, 12, 18, 15, 3, 7.5, 11, 4),
        (1, 4, 16, 12, 18, 15, 4, 5.5, 10, 6),
        bar_plan={},
    )


def _title_things(task: SlideTask, values: Values) -> list[Thing]:
    return [
        block("picture", values, PICTURE_NAMES),
        box(values, ("x", "y", "w", "h"), (task.title,), "title_size"),
        box(values, ("x", "ty", "w", "th"), (task.text,), "size"),
    ]


TITLE = Genre(
    body=PICTURE_BODY
    + 'box((<x>,<y>,<w>,<h>),"<title>",<title_size>)\nbox((<x>,<ty>,<w>,<th>),"<text>",<size>)\n',
    decisions={
        **PICTURE,
        "x": length(3, 12, 17, 20),
        "w": length(6, 9, 17),
        "y": length(2, 3, 6, near=4.2),
        "h": length(2, 3, 9),
        "ty": length(8, 9, 14),
        "th": length(2, 3, 8),
        "title_size": type_size(28, 36, 44, 54, 66, careful=(60, 54, 48, 44, 40, 36), tiny=0.1),
        "size": type_size(*TEXT_SIZES, careful=CAREFUL_SIZES),
    },
    plans=_title_plans,
    things=_title_things,
)


def _picture_plans(task: SlideTask) -> list[Plan]:
    keys = ("px", "py", "pw", "ph", "x", "y", "w", "h")
    return _plans(
        keys,
        (2, 5, 16, 12, 19, 5, 13, 12),
        (16, 5, 16, 12, 2, 5, 13, 12),
        (2, 6, 12, 9, 15, 6, 17, 9),
        (20, 6, 12, 9, 2, 6, 17, 9),
    )


def _picture_things(task: SlideTask, values: Values) -> list[Thing]:
    return [
        bar(task, values),
        block("picture", values, PICTURE_NAMES),
        box(values, ("x", "y", "w", "h"), (task.text,), "size"),
    ]


PICTURED = Genre(
    body=BAR_BODY + PICTURE_BODY + 'box((<x>,<y>,<w>,<h>),"<text>",<size>)\n',
    decisions={
        **BAR,
        **PICTURE,
        "x": length(3, 10, 17, 20),
        "y": length(3, 7, near=5.2),
        "w": length(6, 9, 15),
        "h": length(3, 4, 6),
        "size": type_size(*TEXT_SIZES, 48, careful=CAREFUL_SIZES),
    },
    plans=_picture_plans,
    things=_picture_things,
)


def _bullets_plans(task: SlideTask) -> list[Plan]:
    rows = [(x, 5, w, h) for x, w in ((2, 30), (4, 26), (6, 22)) for h in (12, 10)]
    return _plans(("x", "y", "w", "h"), *rows)


def _bullets_things(task: SlideTask, values: Values) -> list[Thing]:
    lines = [line for (line,) in task.rows]
    return [bar(task, values), box(values, ("x", "y", "w", "h"), lines, "size")]


BULLETS = Genre(
    body=BAR_BODY + 'box((<x>,<y>,<w>,<h>),"\\n".join((<rows>)),<size>)\n',
    decisions={
        **BAR,
        "x": length(0, 8, near=2.2),
        "y": length(3, 4, 8),
        "w": length(8, 10, 16, slip=0.25),
        "h": length(3, 4, 8, slip=0.28),
        "size": type_size(
            16, 20, 24, 28, 32, 36, 44, 54, careful=(32, 36, 28, 40, 44, 24, 48), tiny=0.2
        ),
    },
    plans=_bullets_plans,
    things=_bullets_things,
)


def _grid(
    task: SlideTask, cols: int, x: float, step: float, y: float, down: float, w: float, h: float
) -> Plan:
    """Equal boxes in rows."""
    plan = dict(BAR_PLAN)
    for i in range(len(task.rows)):
        row, column = divmod(i, cols)
        plan |= {f"x{i}": _short(x + step * column), f"y{i}": _short(y + down * row),
                 f"w{i}": w, f"h{i}": h}  # fmt: skip
    return plan


def _short(value: float) -> float:
    """As short as it can be written."""
    return int(value) if value == int(value) else value


def _cards_plans(task: SlideTask) -> list[Plan]:
    match len(task.rows):
        case 2:
            grids = [(2, 2, 16, 5, 7, 14, 12), (1, 2, 0, 5, 7, 30, 6), (2, 3, 15, 5, 7, 13, 12),
                     (1, 4, 0, 5, 7, 26, 6)]  # fmt: skip
        case 3:
            grids = [(3, 2, 10.5, 5, 7, 9, 12), (3, 2, 11, 5, 7, 8, 12), (1, 2, 0, 5, 4.5, 30, 4),
                     (1, 4, 0, 5, 4.5, 26, 4)]  # fmt: skip
        case _:
            grids = [(2, 2, 16, 5, 7, 14, 6), (4, 2, 8, 5, 7, 6, 12), (2, 3, 15, 5, 7, 13, 6)]
    return [_grid(task, *grid) for grid in grids]


def _cards_things(task: SlideTask, values: Values) -> list[Thing]:
    cards = [
        box(values, (f"x{i}", f"y{i}", f"w{i}", f"h{i}"), (text,), f"size{i}")
        for i, (text,) in enumerate(task.rows)
    ]
    return [bar(task, values), *cards]


_CARD_SIZE = type_size(*TEXT_SIZES, 48, careful=CAREFUL_SIZES, tiny=0.14)
CARDS = Genre(
    body=BAR_BODY + "<each>",
    row='box((<x#>,<y#>,<w#>,<h#>),"<0>",<size#>)\n',
    decisions={
        **BAR,
        **{
            f"{name}{i}": decision
            for i in range(4)
            for name, decision in {
                "x": length(0, 4, 8, near=2.1 if i == 0 else 18.2, slip=0.05),
                "y": length(3, 4, 7, near=5.2, slip=0.05, near_share=0.16 if i else 0.0),
                "w": length(5, 7, 12, slip=0.05),
                "h": length(2, 3, 8, slip=0.12),
                "size": repeated(_CARD_SIZE, "size0") if i else _CARD_SIZE,
            }.items()
        },
    },
    plans=_cards_plans,
    things=_cards_things,
)


def _table_plans(task: SlideTask) -> list[Plan]:
    return _plans(("x", "y", "w", "h"), (2, 5, 30, 12), (4, 5, 26, 12), (2, 6, 30, 10))


def _table_things(task: SlideTask, values: Values) -> list[Thing]:
    texts = [*task.columns, *(cell for row in task.rows for cell in row)]
    names = ("x", "y", "w", "h")
    return [bar(task, values), block("table", values, names, texts, "size", len(task.columns))]


TABLE = Genre(
    body=BAR_BODY
    + "t=s.shapes.add_table(<count>,3,*map(Cm,(<x>,<y>,<w>,<h>))).table\n"
    + "for c,v in zip(t.iter_cells(),(<columns>,<rows>)):\n"
    + " c.text=v\n"
    + " c.text_frame.paragraphs[0].font.size=Pt(<size>)\n",
    decisions={
        **BAR,
        "x": length(0, 1, 6, near=2.2),
        "y": length(2, 3, 8),
        "w": length(8, 12, 16, slip=0.28),
        "h": length(2, 3, 7, slip=0.3),
        "size": type_size(14, 18, 24, 32, 44, careful=(32, 28, 24, 20, 18)),
    },
    plans=_table_plans,
    things=_table_things,
)


def _chart_plans(task: SlideTask) -> list[Plan]:
    return _plans(("x", "y", "w", "h"), (2, 5, 30, 13), (4, 5, 26, 13), (2, 5, 30, 11))


def _chart_things(task: SlideTask, values: Values) -> list[Thing]:
    texts = [*task.columns, *(row[0] for row in task.rows)]
    return [
        bar(task, values),
        block("chart", values, ("x", "y", "w", "h"), texts, "size", len(task.columns), task.kind),
    ]


CHART_TYPES = {"column": 51, "bar": 57, "line": 65}
"""XL_CHART_TYPE: COLUMN_CLUSTERED, BAR_CLUSTERED, LINE_MARKERS."""
KINDS = {number: kind for kind, number in CHART_TYPES.items()}
WRONG_KIND = 0.12
"""How often a careless author draws another kind of chart."""
CHART = Genre(
    body=BAR_BODY
    + "d=CategoryChartData()\n"
    + "d.categories=<columns>\n"
    + "<rows>"
    + "c=s.shapes.add_chart(<kind>,*map(Cm,(<x>,<y>,<w>,<h>)),d).chart\n"
    + "c.font.size=Pt(<size>)\n"
    + "<legend>",
    decisions={
        **BAR,
        "x": length(0, 1, 6, near=2.2),
        "y": length(2, 3, 8),
        "w": length(8, 12, 16, slip=0.28),
        "h": length(3, 4, 7, slip=0.3),
        "size": type_size(14, 18, 24, 32, careful=(28, 24, 20, 18, 16)),
        "legend": Decision(
            options=("c.has_legend=True\n", ""), shares=(0.85, 0.15),
            careful=("c.has_legend=True\n",)
        ),
    },
    plans=_chart_plans,
    things=_chart_things,
)  # fmt: skip


def _columns_plans(task: SlideTask) -> list[Plan]:
    plans = []
    for x, step, w, h, low, deep in (
        (2, 16, 14, 3, 9, 8), (2, 16, 14, 2, 8, 10), (3, 15, 13, 3, 9, 8), (2, 15.5, 14.5, 3, 9, 9)
    ):  # fmt: skip
        plan = dict(BAR_PLAN)
        for i in range(2):
            plan |= {f"x{i}": _short(x + step * i), f"y{i}": 5, f"w{i}": w, f"h{i}": h,
                     f"ty{i}": low, f"th{i}": deep}  # fmt: skip
        plans.append(plan)
    return plans


def _columns_things(task: SlideTask, values: Values) -> list[Thing]:
    found = [bar(task, values)]
    for i, (head, text) in enumerate(task.rows):
        found.append(box(values, (f"x{i}", f"y{i}", f"w{i}", f"h{i}"), (head,), f"head{i}"))
        found.append(box(values, (f"x{i}", f"ty{i}", f"w{i}", f"th{i}"), (text,), f"size{i}"))
    return found


_HEAD_SIZE = type_size(20, 28, 36, 44, 54, careful=(36, 32, 28, 24, 40), tiny=0.08)
COLUMNS = Genre(
    body=BAR_BODY + "<each>",
    row='box((<x#>,<y#>,<w#>,<h#>),"<0>",<head#>)\nbox((<x#>,<ty#>,<w#>,<th#>),"<1>",<size#>)\n',
    decisions={
        **BAR,
        **{
            f"{name}{i}": decision
            for i in range(2)
            for name, decision in {
                "x": length(0, 4, 8, slip=0.08),
                "w": length(5, 8, 11, 17, slip=0.1),
                "y": length(3, 4, 7, near=5.2, slip=0.08, near_share=0.16 if i else 0.0),
                "h": length(1, 4, 6, slip=0.1),
                "ty": length(6, 7, 11, near=9.2, slip=0.08, near_share=0.16 if i else 0.0),
                "th": length(3, 4, 6, slip=0.12),
                "head": repeated(_HEAD_SIZE, "head0") if i else _HEAD_SIZE,
                "size": repeated(_CARD_SIZE, "size0") if i else _CARD_SIZE,
            }.items()
        },
    },
    plans=_columns_plans,
    things=_columns_things,
)


def _timeline_things(task: SlideTask, values: Values) -> list[Thing]:
    (step,) = numbers(values, "step")
    found = [bar(task, values)]
    for i, (year, text) in enumerate(task.rows):
        names, low = ("x", "y", "w", "h"), ("x", "ty", "w", "th")
        by = ("step",)
        found.append(box(values, names, (year,), "head", shift=step * i, shifted_by=by))
        found.append(box(values, low, (text,), "size", shift=step * i, shifted_by=by))
    return found


TIMELINE_BODY = (
    BAR_BODY
    + "for i,(a,t) in enumerate((<rows>)):\n"
    + " box((<x>+<step>*i,<y>,<w>,<h>),a,<head>)\n"
    + " box((<x>+<step>*i,<ty>,<w>,<th>),t,<size>)\n"
)
TIMELINE_KEYS = ("x", "step", "w", "y", "h", "ty", "th")


def _timeline_plans(task: SlideTask) -> list[Plan]:
    steps = {3: ((2, 10.5, 9), (2, 11, 8)), 4: ((2, 8, 6),), 5: ((1, 7, 4), (3, 6, 4))}
    rows = [
        (*step, 5, h, y2, h2)
        for step in steps[len(task.rows)]
        for h, y2, h2 in ((3, 9, 8), (3, 9, 6), (2, 8, 5))
    ]
    return _plans(TIMELINE_KEYS, *rows)


TIMELINE = Genre(
    body=TIMELINE_BODY,
    decisions={
        **BAR,
        "x": length(0, 1, 4, near=2.2),
        "step": length(3, 5, 9, 12),
        "w": length(3, 5, 7, 10),
        "y": length(3, 4, 6),
        "h": length(1, 4, 6),
        "ty": length(6, 7, 11),
        "th": length(1, 2, 3, slip=0.3),
        "head": type_size(20, 28, 36, 44, 54, careful=(36, 32, 28, 24), tiny=0.1),
        "size": type_size(14, 18, 20, 24, 32, careful=(28, 24, 20, 18, 16, 14)),
    },
    plans=_timeline_plans,
    things=_timeline_things,
)

GENRES: Mapping[str, Genre] = {
    "title": TITLE,
    "bullets": BULLETS,
    "cards": CARDS,
    "table": TABLE,
    "chart": CHART,
    "picture": PICTURED,
    "columns": COLUMNS,
    "timeline": TIMELINE,
}


SIZES = ("title_size", "head", "size")
"""Decisions on sizes of type, without the numbers of rows."""


def decisions_of(task: SlideTask) -> dict[str, Decision]:
    """All decisions on a slide, in a fixed order."""
    count = len(task.rows)
    found = {
        name: decision
        for name, decision in {**COMMON, **GENRES[task.genre].decisions}.items()
        if not (name[-1].isdigit() and int(name[-1]) >= count)
    }
    if task.genre == "chart":
        asked = CHART_TYPES[task.kind]
        others = tuple(kind for kind in CHART_TYPES.values() if kind != asked)
        shares = (1 - WRONG_KIND, *[WRONG_KIND / len(others)] * len(others))
        found["kind"] = Decision(options=(asked, *others), shares=shares, careful=(asked,))
    return found
