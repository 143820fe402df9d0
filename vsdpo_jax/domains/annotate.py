"""Pictures for people: the render with its defects boxed, beside the lines responsible."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from functools import cache
from pathlib import Path

import matplotlib
import numpy as np
from PIL import Image, ImageDraw, ImageFont

from vsdpo_jax.records import Box, Defect, StatementCredit

_PALETTE = (
    "#d1242f", "#0969da", "#1a7f37", "#8250df", "#bc4c00", "#0a7d8c", "#bf3989", "#7d5e00",
    "#57606a", "#a40e26", "#054da7", "#116329", "#622cbc", "#953800",
)  # fmt: skip
_INK, _MUTED, _PAPER, _RULE = "#1f2328", "#656d76", "#ffffff", "#d0d7de"
_MARGIN_PX = 18
_LINE_PX = 20
_PANEL_CHARS = 76
_MAX_LINES = 40
_MAX_DEFECTS = 12
_MIN_RESPONSIBILITY = 0.05
"""Below this an overlap of boxes is chance."""


@cache
def _font(name: str, size: int) -> ImageFont.FreeTypeFont:
    """A font that ships with matplotlib, so that annotations look the same on every machine."""
    return ImageFont.truetype(Path(matplotlib.get_data_path()) / "fonts" / "ttf" / name, size)


def _mono() -> ImageFont.FreeTypeFont:
    return _font("DejaVuSansMono.ttf", 13)


def _sans(bold: bool = False) -> ImageFont.FreeTypeFont:
    return _font("DejaVuSans-Bold.ttf" if bold else "DejaVuSans.ttf", 12)


def axis_colors(axes: Sequence[str]) -> dict[str, str]:
    """A colour for each axis, the same for the same order."""
    return {axis: _PALETTE[i % len(_PALETTE)] for i, axis in enumerate(axes)}


def annotate(
    image_YXC: np.ndarray,
    defects: Sequence[Defect],
    source: str,
    credits_: Sequence[StatementCredit],
    colors: dict[str, str],
    *,
    title: str,
) -> np.ndarray:
    """The render with numbered boxes, and a panel with the defects and the lines responsible.

    Args:
      image_YXC: uint8[Y, X, 3] render.
      defects: what to box; those past the first dozen are boxed and counted, not listed.
      source: the program.
      credits_: its statements with their responsibility.
      colors: axis -> colour.
      title: heads the panel.

    Returns:
      uint8[Y', X', 3], the panel below the picture, or beside a tall one.
    """
    boxed = _boxed(image_YXC, defects, colors)
    panel = _panel(defects, source, credits_, colors, title)
    height, width = image_YXC.shape[:2]
    below = width >= 1.6 * height and width >= 0.8 * panel.width
    if below:
        size = (max(boxed.width, panel.width), boxed.height + panel.height)
    else:
        size = (boxed.width + panel.width, max(boxed.height, panel.height))
    sheet = Image.new("RGB", size, _PAPER)
    sheet.paste(boxed, (0, 0))
    sheet.paste(panel, (0, boxed.height) if below else (boxed.width, 0))
    draw = ImageDraw.Draw(sheet)
    if below:
        draw.line([(0, boxed.height), (size[0], boxed.height)], fill=_RULE)
    else:
        draw.line([(boxed.width, 0), (boxed.width, size[1])], fill=_RULE)
    return np.asarray(sheet)


def _boxed(image_YXC: np.ndarray, defects: Sequence[Defect], colors: dict[str, str]) -> Image.Image:
    """The render on a margin, so that boxes at its edge stay visible."""
    height, width = image_YXC.shape[:2]
    canvas = Image.new("RGB", (width + 2 * _MARGIN_PX, height + 2 * _MARGIN_PX), "#f6f8fa")
    canvas.paste(Image.fromarray(image_YXC), (_MARGIN_PX, _MARGIN_PX))
    draw = ImageDraw.Draw(canvas, "RGBA")
    places: dict[Box, list[tuple[int, Defect]]] = {}
    for number, defect in enumerate(defects, start=1):
        places.setdefault(defect.region, []).append((number, defect))
    taken: list[tuple[float, float, float, float]] = []
    for region, numbered in places.items():
        left, top, right, bottom = _corners(region, width, height)
        color = colors[numbered[0][1].axis]
        draw.rectangle((left, top, right, bottom), fill=color + "18", outline=color, width=2)
        x = left
        for number, defect in numbered:
            x = _tag(draw, str(number), (x, top), colors[defect.axis], canvas.size, taken)
    return canvas


def _corners(region: Box, width: int, height: int) -> tuple[float, float, float, float]:
    """Corners of a box on the margined canvas, grown by two pixels and kept in sight."""
    left = min(max(region[0] - 2, -_MARGIN_PX + 1), width) + _MARGIN_PX
    top = min(max(region[1] - 2, -_MARGIN_PX + 1), height) + _MARGIN_PX
    right = min(max(region[0] + region[2] + 2, 0), width + _MARGIN_PX - 2) + _MARGIN_PX
    bottom = min(max(region[1] + region[3] + 2, 0), height + _MARGIN_PX - 2) + _MARGIN_PX
    return left, top, max(right, left + 3), max(bottom, top + 3)


def _tag(
    draw: ImageDraw.ImageDraw,
    text: str,
    corner: tuple[float, float],
    color: str,
    size: tuple[int, int],
    taken: list[tuple[float, float, float, float]],
) -> float:
    """A numbered label above a corner, moved right past labels that are there; its right edge."""
    font = _sans(bold=True)
    width, height = draw.textlength(text, font=font) + 8, 16
    x, y = min(corner[0], size[0] - width - 1), max(corner[1] - height, 1.0)
    for left, top, right, bottom in sorted(taken):
        if x < right and x + width > left and y < bottom and y + height > top:
            x = right + 1
    x = min(x, size[0] - width - 1)
    taken.append((x, y, x + width, y + height))
    draw.rectangle((x, y, x + width, y + height), fill=color)
    draw.text((x + width / 2, y + height / 2), text, fill="white", font=font, anchor="mm")
    return x + width + 1


class _Writer:
    """Lines of text collected first, drawn when their number is known."""

    def __init__(self) -> None:
        self.rows: list[list[tuple[float, str, str, ImageFont.FreeTypeFont, str | None]]] = []

    def row(self, *cells: tuple[float, str, str, ImageFont.FreeTypeFont, str | None]) -> None:
        """Cells are (x, text, colour, font, fill behind)."""
        self.rows.append(list(cells))

    def image(self, width: int) -> Image.Image:
        """The rows, top to bottom."""
        panel = Image.new("RGB", (width, _LINE_PX * len(self.rows) + 2 * _MARGIN_PX), _PAPER)
        draw = ImageDraw.Draw(panel)
        for index, cells in enumerate(self.rows):
            y = _MARGIN_PX + index * _LINE_PX
            for x, text, color, font, fill in cells:
                if fill is not None:
                    draw.rectangle((x, y, width - _MARGIN_PX, y + _LINE_PX - 1), fill=fill)
                draw.text((x + 4, y + _LINE_PX / 2), text, fill=color, font=font, anchor="lm")
        return panel


def _panel(
    defects: Sequence[Defect],
    source: str,
    credits_: Sequence[StatementCredit],
    colors: dict[str, str],
    title: str,
) -> Image.Image:
    writer = _Writer()
    writer.row((_MARGIN_PX, title, _INK, _sans(bold=True), None))
    if not defects:
        writer.row((_MARGIN_PX, "no defects", _MUTED, _sans(), None))
    shown = list(enumerate(defects[:_MAX_DEFECTS], start=1))
    heads = [f"{number} {defect.axis}" for number, defect in shown]
    column = max(92, *(round(_sans(bold=True).getlength(head)) + 12 for head in ("", *heads)))
    for (_, defect), head in zip(shown, heads, strict=True):
        words = textwrap.wrap(defect.message, 66) or [""]
        writer.row(
            (_MARGIN_PX, head, colors[defect.axis], _sans(bold=True), None),
            (_MARGIN_PX + column, words[0], _INK, _sans(), None),
        )
        for line in words[1:]:
            writer.row((_MARGIN_PX + column, line, _INK, _sans(), None))
    if len(defects) > _MAX_DEFECTS:
        more = f"and {len(defects) - _MAX_DEFECTS} more"
        writer.row((_MARGIN_PX, more, _MUTED, _sans(), None))
    writer.row()
    _list_lines(writer, source, credits_)
    width = round(_mono().getlength("0")) * _PANEL_CHARS + 2 * _MARGIN_PX + 60
    return writer.image(width)


def _list_lines(writer: _Writer, source: str, credits_: Sequence[StatementCredit]) -> None:
    """The program's lines, the responsible ones shaded, with their responsibility."""
    blame = line_responsibility(source, credits_)
    lines = source.rstrip().split("\n")
    shown = _chosen_lines(len(lines), blame)
    last = 0
    for number in shown:
        if number != last + 1:
            writer.row((_MARGIN_PX + 92, "...", _MUTED, _mono(), None))
        last = number
        value = blame.get(number, 0.0)
        text = _printable(lines[number - 1])
        if len(text) > _PANEL_CHARS - 8:
            text = text[: _PANEL_CHARS - 9] + "\u2026"
        fill = _shade(value) if value >= _MIN_RESPONSIBILITY else None
        label = f"{value:.2f}" if value >= _MIN_RESPONSIBILITY else ""
        writer.row(
            (_MARGIN_PX, label, _INK, _mono(), fill),
            (_MARGIN_PX + 44, f"{number:>4}", _MUTED, _mono(), None),
            (
                _MARGIN_PX + 84,
                text,
                _INK if value >= _MIN_RESPONSIBILITY else _MUTED,
                _mono(),
                None,
            ),
        )
    if last < len(lines):
        writer.row((_MARGIN_PX + 92, "...", _MUTED, _mono(), None))


def line_responsibility(source: str, credits_: Sequence[StatementCredit]) -> dict[int, float]:
    """Line number from 1 -> the largest responsibility of a statement that stands on it."""
    blame: dict[int, float] = {}
    last = source.count("\n") + 1
    for credit in credits_:
        if credit.responsibility <= 0:
            continue
        for number in range(credit.lines[0], min(credit.lines[1], last) + 1):
            blame[number] = max(blame.get(number, 0.0), credit.responsibility)
    return blame


def _chosen_lines(total: int, blame: dict[int, float]) -> list[int]:
    """All lines of a short program; of a long one the most responsible and their neighbours."""
    if total <= _MAX_LINES:
        return list(range(1, total + 1))
    ranked = sorted(
        (n for n in blame if n <= total and blame[n] >= _MIN_RESPONSIBILITY),
        key=lambda n: (-blame[n], n),
    )
    chosen: set[int] = set()
    for number in ranked or range(1, _MAX_LINES + 1):
        near = {n for n in (number - 1, number, number + 1) if 1 <= n <= total}
        if len(chosen | near) > _MAX_LINES:
            break
        chosen |= near
    return sorted(chosen)


def _shade(value: float) -> str:
    """White to amber."""
    amber = np.array([255, 197, 87])
    rgb = np.round(255 + min(value, 1.0) * (amber - 255)).astype(int)
    return "#" + "".join(f"{channel:02x}" for channel in rgb)


def _printable(line: str) -> str:
    line = line.replace("\t", "    ")
    return "".join(c if c.isprintable() else "\ufffd" for c in line)
