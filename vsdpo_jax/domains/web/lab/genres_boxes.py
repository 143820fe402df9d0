"""Pages of boxes: cards, plans, a table, a form."""

from __future__ import annotations

from vsdpo_jax.domains.web.lab.measure import (
    LINE,
    block_height,
    longest_word,
    text_width,
)
from vsdpo_jax.domains.web.lab.pieces import (
    CLIPPED,
    H1,
    H1_WIDE,
    HEADING,
    MARGIN,
    SOURCE,
    Fault,
    Genre,
    Type,
    Values,
    either,
    ink,
    px,
    px_of,
    too_wide,
    type_size,
    unfit,
)
from vsdpo_jax.domains.web.lab.tasks import PageTask


def _cards_faults(task: PageTask, values: Values) -> list[Fault]:
    width, height, gap, title, text, picture = px_of(
        values, "dl_width", "dl_height", "gap", "dt_size", "dd_size", "img_width"
    )
    clipped = values["clip"]
    found = too_wide(MARGIN + picture, "img_width", texts=[task.picture])
    if values["img_height"]:
        names = ("img_height",)
        found.append(Fault(axis="images", names=names, texts=(task.picture,)))
    right = MARGIN - gap
    for name, words in task.rows:
        right += width + 24 + gap
        found += too_wide(right, "dl_width", "gap", texts=(name, words))
        wide = text_width(name, title, bold=True)
        found += unfit(name, wide, width, clipped, "dl_width", "dt_size")
        tall = block_height([(words, text, False)], width) + LINE * title + 8
        wide = longest_word(words, text)
        found += unfit(words, tall, height, clipped, "dl_height", "dl_width", "dd_size", "dt_size")
        found += unfit(words, wide, width, clipped, "dl_width", "dd_size")
    return found


CARDS = Genre(
    style="""body{background:[page];margin:20px;font:[dd_size]px arial}
h1{color:[h1_color];font-size:[h1_size]px}
main{display:flex;gap:[gap]px}
dl{flex:none;width:[dl_width]px;height:[dl_height]px;[clip]padding:12px;border-radius:8px;background:[block]}
dt{color:[dt_color];font:bold [dt_size]px arial;white-space:nowrap}
dd{color:[dd_color];margin:8px 0}
img{width:[img_width]px;[img_height]}
""",
    row="<dl><dt> [0]<dd> [1]</dl>",
    body=("<h1> [heading]</h1>", "[picture]", "<main>", "[rows]", "</main>"),
    types={
        "heading": HEADING,
        "0": Type("dt_color", "dt_size", bold=True),
        "1": Type("dd_color", "dd_size"),
    },
    decisions={
        "dd_size": type_size(12, 14, 18, careful=(18, 14, 12)),
        "h1_color": ink("page"),
        "h1_size": H1,
        "gap": px(8, 16, 40, careful=(16, 8)),
        "dl_width": px(80, 104, 120, 150, 250, careful=(250, 150, 120, 104)),
        "dl_height": px(40, 60, 90, 120, 180, careful=(60, 90, 120, 180)),
        "clip": CLIPPED,
        "dt_color": ink("block"),
        "dt_size": type_size(12, 16, 20, 28, careful=(20, 16, 12)),
        "dd_color": ink("block"),
        "img_width": px(160, 240, 320, 680, careful=(240, 160), shares=(3, 3, 3, 1)),
        "img_height": either("", "height:40px", "height:260px", shares=(0.8, 0.1, 0.1)),
        "src": SOURCE,
    },
    layout_faults=_cards_faults,
)


def _pricing_faults(task: PageTask, values: Values) -> list[Fault]:
    width, gap, price, near, name, text, button, words = px_of(
        values, "width", "gap", "b_size", "b_margin", "div_size", "p_size", "button_width",
        "button_size",
    )  # fmt: skip
    clipped = values["clip"]
    found, right = [], MARGIN - gap
    for row in task.rows:
        right += width + 32 + gap
        found += too_wide(right, "width", "gap", texts=row)
        if near < 0:
            found.append(Fault(axis="overlap", names=("b_margin",), texts=row))
        plan, cost, feature = row
        found += unfit(plan, text_width(plan, name), width, clipped, "width", "div_size")
        found += unfit(cost, text_width(cost, price, bold=True), width, clipped, "width", "b_size")
        found += unfit(feature, longest_word(feature, text), width, clipped, "width", "p_size")
    wide = text_width(task.button, words) + 20
    return found + unfit(task.button, wide, button, True, "button_width", "button_size")


PRICING = Genre(
    style="""body{background:[page];margin:20px}
h1{color:[h1_color];font:bold [h1_size]px arial}
main{display:flex;gap:[gap]px}
div{flex:none;width:[width]px;[clip]padding:16px;background:[block];color:[div_color];font:[div_size]px arial}
b{display:block;font-size:[b_size]px;margin:[b_margin]px 0}
p{font-size:[p_size]px;margin:0}
button{width:[button_width]px;padding:8px;margin:16px 0;border:0;overflow:hidden;background:[block];color:[button_color];white-space:nowrap;font-size:[button_size]px}
""",  # noqa: E501  # a page is compact for a small vocabulary
    row="<div> [0]<b> [1]</b><p> [2]</div>",
    body=("<h1> [heading]</h1>", "<main>", "[rows]", "</main>", "<button> [button]</button>"),
    types={
        "heading": HEADING,
        "0": Type("div_color", "div_size"),
        "1": Type("div_color", "b_size", bold=True),
        "2": Type("div_color", "p_size"),
        "button": Type("button_color", "button_size"),
    },
    decisions={
        "h1_color": ink("page"),
        "h1_size": H1,
        "gap": px(8, 20, 60, careful=(20, 8)),
        "width": px(60, 100, 140, 230, 300, careful=(230, 140)),
        "clip": CLIPPED,
        "div_color": ink("block"),
        "div_size": type_size(14, 18, 24, careful=(18, 14)),
        "b_size": type_size(24, 36, 48, 64, careful=(48, 36, 24)),
        "b_margin": px(4, 8, -16, -20, careful=(8, 4), shares=(3, 3, 1, 1)),
        "p_size": type_size(12, 14, 18, careful=(14, 12)),
        "button_width": px(70, 110, 150, 200, 280, careful=(150, 200, 280)),
        "button_color": ink("block"),
        "button_size": type_size(12, 16, 20, careful=(16,)),
    },
    layout_faults=_pricing_faults,
)


def _table_faults(task: PageTask, values: Values) -> list[Fault]:
    width, first, pad, size, head, heading = px_of(
        values, "table_width", "th_width", "pad", "td_size", "th_size", "h1_size"
    )
    rooms = (first, *[(width - first - 2 * pad) / 2 - 2 * pad] * 2)
    clipped = values["clip"]
    found = too_wide(MARGIN + width, "table_width", texts=[row[2] for row in task.rows])
    right = MARGIN + text_width(task.heading, heading, bold=True)
    found += too_wide(right, "h1_size", texts=[task.heading])
    for column, room in enumerate(rooms):
        names = ("th_width",) if column == 0 else ("th_width", "table_width")
        name = task.columns[column]
        wide = text_width(name, head, bold=True)
        found += unfit(name, wide, room, clipped, *names, "th_size", "pad")
        for row in task.rows:
            wide = text_width(row[column], size)
            found += unfit(
                row[column], wide, room, clipped, *names, "td_size", "pad", spills="overlap"
            )
    return found


TABLE = Genre(
    style="""body{background:[page];margin:20px;font:[td_size]px arial}
h1{color:[h1_color];font-size:[h1_size]px;white-space:nowrap}
table{table-layout:fixed;width:[table_width]px;border-collapse:collapse;text-align:left;white-space:nowrap}
th,td{padding:[pad]px;[clip]}
th{background:[block];color:[th_color];font-size:[th_size]px}
td{color:[td_color]}
""",
    row="<tr><td> [0]<td> [1]<td> [2]",
    body=(
        "<h1> [heading]</h1>",
        "<table>",
        "<tr><th width=[th_width]> [0]<th> [1]<th> [2]",
        "[rows]",
        "</table>",
    ),
    types={
        "heading": HEADING,
        "column": Type("th_color", "th_size", bold=True),
        **dict.fromkeys("012", Type("td_color", "td_size")),
    },
    decisions={
        "td_size": type_size(12, 14, 18, 22, careful=(18, 14, 12)),
        "h1_color": ink("page"),
        "h1_size": H1_WIDE,
        "table_width": px(300, 450, 600, 700, careful=(450, 600)),
        "th_color": ink("block"),
        "th_size": type_size(12, 14, 18, 22, careful=(18, 14, 12)),
        "td_color": ink("page"),
        "pad": px(4, 8, 16, careful=(8, 4)),
        "clip": CLIPPED,
        "th_width": px(50, 80, 120, 200, 320, careful=(120, 80, 200)),
    },
    layout_faults=_table_faults,
)


def _form_faults(task: PageTask, values: Values) -> list[Fault]:
    label, field, gap, size, button, words = px_of(
        values, "label_width", "input_width", "label_gap", "label_size", "button_width",
        "button_size",
    )  # fmt: skip
    labels = tuple(name for name, _ in task.rows)
    found = too_wide(MARGIN + label + field, "input_width", "label_width", texts=labels)
    for name in labels:
        if text_width(name, size) + 4 > label:
            names = ("label_width", "label_size")
            found.append(Fault(axis="hidden", names=names, texts=(name,)))
    if gap < 0:
        texts = (*labels, task.button)
        found.append(Fault(axis="overlap", names=("label_gap",), texts=texts))
    wide = text_width(task.button, words) + 20
    return found + unfit(task.button, wide, button, values["clip"], "button_width", "button_size")


FORM = Genre(
    style="""body{background:[page];margin:20px;font:[label_size]px arial}
h1{color:[h1_color];font-size:[h1_size]px}
label{display:grid;grid-template-columns:[label_width]px [input_width]px;margin:[label_gap]px 0;color:[label_color];white-space:nowrap}
input{padding:6px}
button{width:[button_width]px;height:40px;[clip]border:0;border-radius:8px;background:[block];color:[button_color];font-size:[button_size]px;white-space:nowrap}
""",  # noqa: E501  # a page is compact for a small vocabulary
    row="<label> [0]<input type=[1]></label>",
    body=("<h1> [heading]</h1>", "<form>", "[rows]", "<button> [button]</button>", "</form>"),
    types={
        "heading": HEADING,
        "0": Type("label_color", "label_size"),
        "button": Type("button_color", "button_size"),
    },
    decisions={
        "label_size": type_size(12, 16, 20, careful=(16, 12)),
        "h1_color": ink("page"),
        "h1_size": H1,
        "label_width": px(50, 80, 120, 180, 240, careful=(120, 180, 240), shares=(1, 1, 2, 3, 2)),
        "input_width": px(160, 240, 340, 460, 600, careful=(340, 240)),
        "label_gap": px(12, 20, -14, -18, careful=(20, 12), shares=(3, 3, 1, 1)),
        "label_color": ink("page"),
        "button_width": px(70, 110, 150, 200, 280, careful=(150, 200, 280)),
        "clip": CLIPPED,
        "button_color": ink("block"),
        "button_size": type_size(12, 16, 20, 28, careful=(16,)),
    },
    layout_faults=_form_faults,
)
