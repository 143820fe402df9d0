"""Ways that take something away from a slide, and disguises that change only its program.

A way adds statements before the deck is saved: what they do is then the same whatever the program
is made of.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from suite import Disguise, Way

STEPS = 4
_SAVE = re.compile(r"^(?P<indent>[ \t]*)(?P<deck>\w+)\.save\(", re.M)

_PRELUDE = """
from pptx.dml.color import RGBColor as _Color
from pptx.util import Emu as _Emu, Pt as _Pt
from lxml import etree as _etree
_wide, _high = {deck}.slide_width, {deck}.slide_height
_slide = {deck}.slides[0]


def _sheet(left, top, width, height, alpha=1.0):
    shape = _slide.shapes.add_shape(1, int(left), int(top), max(int(width), 1), max(int(height), 1))
    shape.fill.solid()
    shape.fill.fore_color.rgb = _Color(255, 255, 255)
    shape.line.fill.background()
    color = shape.fill._xPr.find(".//{{*}}srgbClr")
    faint = _etree.SubElement(color, color.tag.replace("srgbClr", "alpha"))
    faint.set("val", str(int(1e5 * alpha)))


def _paragraphs():
    for shape in _slide.shapes:
        if shape.has_text_frame:
            yield from shape.text_frame.paragraphs
        elif shape.has_table:
            for cell in shape.table.iter_cells():
                yield from cell.text_frame.paragraphs


"""
_COVER_LEFT = "_sheet(0, 0, {gone} * _wide, _high)"
_COVER_RIGHT = "_sheet((1 - {gone}) * _wide, 0, {gone} * _wide, _high)"
_COVER_DOWN = "_sheet(0, 0, _wide, {gone} * _high)"
_FADE = "_sheet(0, 0, _wide, _high, alpha={gone})"
_PUSH = "for _shape in _slide.shapes:\n    _shape.left = int(_shape.left - {gone} * 1.01 * _wide)"
_SINK = "for _shape in _slide.shapes:\n    _shape.top = int(_shape.top + {gone} * 1.01 * _high)"
_SMALL = """for _shape in _slide.shapes:
    if _shape.has_chart:
        _shape.chart.font.size = _Pt(max(14 * (1 - {gone}), 1))
for _paragraph in _paragraphs():
    for _font in (_paragraph.font, *(_run.font for _run in _paragraph.runs)):
        _font.size = _Pt(max((_font.size.pt if _font.size else 18) * (1 - {gone}), 1))"""
_LEAVE = """_all = list(_slide.shapes)
for _shape in _all[round(len(_all) * (1 - {gone})):]:
    _shape._element.getparent().remove(_shape._element)"""
_TURN = """for _shape in _slide.shapes:
    if _shape.has_table:
        for _number, _row in enumerate(list(_shape.table.rows)[1:]):
            if {gone} > 0.5 or _number % 2 == 0:
                _words = [_cell.text for _cell in _row.cells]
                for _cell, _text in zip(_row.cells, [*_words[1:], _words[0]]):
                    for _run in _cell.text_frame.paragraphs[0].runs:
                        _run.text = _text"""
_FLAT = """from pptx.chart.data import CategoryChartData as _Data
for _shape in _slide.shapes:
    if _shape.has_chart:
        _data, _plot = _Data(), _shape.chart.plots[0]
        _data.categories = list(_plot.categories)
        for _series in _plot.series:
            _mean = sum(_series.values) / len(_series.values)
            _data.add_series(
                _series.name, [_v + {gone} * (_mean + 1 - _v) for _v in _series.values]
            )
        _shape.chart.replace_data(_data)"""


def _saved_at(source: str) -> re.Match[str] | None:
    """Where the deck is saved for the last time."""
    return next(reversed(list(_SAVE.finditer(source))), None)


def _before_saving(code: str, steps: int = STEPS) -> Callable[[str, int], str]:
    """A way's function; in ``code`` {gone} is how far it has gone, from 0 to 1."""

    def apply(source: str, step: int) -> str:
        found = _saved_at(source)
        assert found is not None, "the program does not save its deck"
        added = _PRELUDE.format(deck=found["deck"]) + code.replace("{gone}", f"{step / steps:g}")
        lines = [found["indent"] + line if line else line for line in added.split("\n")]
        return f"{source[: found.start()]}{chr(10).join(lines)}\n{source[found.start() :]}"

    return apply


def _has_columns(asked: dict[str, Any]) -> bool:
    return bool(asked.get("tables"))


def _has_uneven_chart(asked: dict[str, Any]) -> bool:
    charts = asked.get("charts") or []
    return bool(charts) and all(len(set(s["values"])) > 1 for c in charts for s in c["series"])


SLIDE_WAYS = (
    Way(name="cover from the left", steps=STEPS, apply=_before_saving(_COVER_LEFT), end="nothing"),
    Way(
        name="cover from the right", steps=STEPS, apply=_before_saving(_COVER_RIGHT), end="nothing"
    ),
    Way(name="cover from above", steps=STEPS, apply=_before_saving(_COVER_DOWN), end="nothing"),
    Way(name="fade", steps=STEPS, apply=_before_saving(_FADE), end="nothing"),
    Way(name="push out", steps=STEPS, apply=_before_saving(_PUSH), end="nothing"),
    Way(name="sink", steps=STEPS, apply=_before_saving(_SINK), end="nothing"),
    Way(name="shrink the letters", steps=STEPS, apply=_before_saving(_SMALL), end="wrong"),
    Way(name="leave out", steps=STEPS, apply=_before_saving(_LEAVE), end="nothing"),
    Way(name="swap cells", steps=2, apply=_before_saving(_TURN, 2), end="wrong", fits=_has_columns),
    Way(
        name="flatten values", steps=STEPS, apply=_before_saving(_FLAT), end="wrong",
        fits=_has_uneven_chart,
    ),
)  # fmt: skip


def _named(source: str, number: int) -> str:
    """All shapes under other names."""
    code = (
        f"for _at, _shape in enumerate(_slide.shapes):\n    _shape.name = f'part {number} {{_at}}'"
    )
    return _before_saving(code)(source, 1)


def _in_a_function(source: str, number: int) -> str:
    lines = [f"    {line}" if line.strip() else line for line in source.split("\n")]
    return f"def make_{number}():\n" + "\n".join(lines) + f"\n\n\nmake_{number}()\n"


def _commented(source: str, number: int) -> str:
    return f"# {number}\n\n" + source.replace("\nslide", f"\n# {number}\nslide") + f"# {number}\n"


def _to_a_stream(source: str, number: int) -> str:
    found = _saved_at(source)
    assert found is not None, "the program does not save its deck"
    line_end = source.find("\n", found.start())
    saved = f"{found['indent']}import io\n{found['indent']}{found['deck']}.save(io.BytesIO())"
    return source[: found.start()] + saved + source[line_end:]


def _elsewhere(source: str, number: int) -> str:
    return re.sub(r"\.save\(([\"']).*?\1", rf".save(\1other{number}.pptx\1", source)


def _properties(source: str, number: int) -> str:
    found = _saved_at(source)
    deck = found["deck"] if found else "prs"
    code = f"{deck}.core_properties.title = 'deck {number}'\n_slide.notes_slide"
    return _before_saving(code)(source, 1)


SLIDE_DISGUISES = (
    Disguise(name="names of shapes", apply=_named),
    Disguise(name="in a function", apply=_in_a_function),
    Disguise(name="comments", apply=_commented),
    Disguise(name="to a stream", apply=_to_a_stream),
    Disguise(name="under another name", apply=_elsewhere),
    Disguise(name="properties and notes", apply=_properties),
)
