"""Texts of a slide: paragraphs from its XML, joined with the lines that the fast renderer draws."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from vsdpo_jax.domains.slide.deck.records import WIDTH, Text, TextLine, TextRun, TextSource
from vsdpo_jax.domains.slide.render import charts, fonts
from vsdpo_jax.domains.slide.render.display import Line, LineRun, TextBox
from vsdpo_jax.domains.slide.render.geometry import center, clamped, upright
from vsdpo_jax.domains.slide.render.inherit import Ancestry, font_scale
from vsdpo_jax.domains.slide.render.shapes import Found
from vsdpo_jax.domains.slide.render.source import Element, local, path, tag, whole
from vsdpo_jax.records import Box

_CELL_INSETS = {"marL": 91_440, "marT": 45_720, "marR": 91_440, "marB": 45_720}
_ALIGN = {"l": "left", "ctr": "center", "r": "right", "just": "justify", "dist": "justify",
          "justLow": "justify", "thaiDist": "justify"}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Inked:
    """A run of glyphs of a text, bullets included.

    Attributes:
      run: the glyphs before rotation.
      box, turn: about whose middle they are turned, and how far.
      alpha: how opaque they are by the file.
    """

    run: LineRun
    box: Box
    turn: float
    alpha: float


@dataclass(frozen=True, slots=True)
class Drawn:
    """A text with the glyphs that draw it.

    Attributes:
      text: the record; what is left of it in the picture is not measured yet.
      ink: its glyphs.
    """

    text: Text
    ink: tuple[Inked, ...]


def find_texts(shapes: Sequence[Found], slide_emu: int) -> list[Drawn]:
    """The texts of a slide in the order of painting.

    Args:
      shapes: all of the slide.
      slide_emu: width of the slide.
    """
    found: list[Drawn] = []
    for shape in shapes:
        for drawn in _texts_of(shape, len(found), slide_emu):
            found.append(drawn)
    return found


def _texts_of(found: Found, start: int, slide_emu: int) -> Iterator[Drawn]:
    builder = _Builder(found, start, slide_emu)
    kind = found.shape.kind
    if kind == "table":
        yield from builder.cells()
    elif kind == "chart":
        yield from builder.of_chart()
    elif kind != "group":
        yield from builder.frame()


class _Builder:
    """Makes the texts of one shape."""

    def __init__(self, found: Found, start: int, slide_emu: int) -> None:
        self._found = found
        self._next = start
        self._scale = WIDTH / slide_emu
        self._pt = 72 * slide_emu / 914_400 / WIDTH
        self._boxes = found.item.texts if found.item is not None else []

    def frame(self) -> Iterator[Drawn]:
        """Paragraphs of a shape's own frame."""
        body = path(self._found.element, "p:txBody")
        if body is None:
            return
        ancestry, shape = self._found.ancestry, self._found.shape
        box = self._boxes[0] if self._boxes else None
        frame, turn = (shape.frame, shape.rotation) if box is None else (box.box, box.turn)
        inset = [ancestry.inset(name) * self._scale for name in ("lIns", "tIns", "rIns", "bIns")]
        yield from self._paragraphs(
            body=body,
            box=box,
            cell=None,
            room=_room(frame, turn, inset),
            wraps=ancestry.body("wrap") != "none",
            shrunk=ancestry.shrunk(),
        )

    def cells(self) -> Iterator[Drawn]:
        """Paragraphs of a table's cells, row by row."""
        table = path(self._found.element, "a:graphic", "a:graphicData", "a:tbl")
        boxes = {box.cell: box for box in self._boxes}
        for row, line in enumerate([] if table is None else table.findall(tag("a:tr"))):
            for column, cell in enumerate(line.findall(tag("a:tc"))):
                body, box = path(cell, "a:txBody"), boxes.get((row, column))
                if body is None:
                    continue
                own = path(cell, "a:tcPr")
                inset = [whole(own, n, d) * self._scale for n, d in _CELL_INSETS.items()]
                frame = self._found.shape.frame if box is None else box.box
                yield from self._paragraphs(
                    body=body,
                    box=box,
                    cell=(row, column),
                    room=_room(frame, 0.0, inset),
                    wraps=True,
                    shrunk=font_scale(path(body, "a:bodyPr")),
                )

    def of_chart(self) -> Iterator[Drawn]:
        """Title, labels and keys of a chart: what the renderer draws of them."""
        found = self._found
        if found.item is None or found.shape.chart is None or found.chart_root is None:
            return
        kinds = charts.sources(found.chart_root, found.shape.chart, found.item)
        order = [-1 - entry for entry in found.item.stream if entry < 0]
        for number, source in zip(order, kinds, strict=True):
            box = self._boxes[number]
            for paragraph, text in enumerate(box.texts):
                if text.strip():
                    yield self._text(
                        source=source,
                        paragraph=paragraph,
                        cell=None,
                        text=text,
                        box=box,
                        element=None,
                        room=found.shape.box,
                        wraps=True,
                        shrunk=1.0,
                    )

    def _paragraphs(
        self,
        *,
        body: Element,
        box: TextBox | None,
        cell: tuple[int, int] | None,
        room: Box,
        wraps: bool,
        shrunk: float,
    ) -> Iterator[Drawn]:
        for number, element in enumerate(body.findall(tag("a:p"))):
            is_drawn = box is not None and number < len(box.texts)
            text = box.texts[number] if box is not None and is_drawn else plain(element)
            if text.strip():
                yield self._text(
                    source="frame" if cell is None else "cell",
                    paragraph=number,
                    cell=cell,
                    text=text,
                    box=box if is_drawn else None,
                    element=element,
                    room=room,
                    wraps=wraps,
                    shrunk=shrunk,
                )

    def _text(
        self,
        *,
        source: TextSource,
        paragraph: int,
        cell: tuple[int, int] | None,
        text: str,
        box: TextBox | None,
        element: Element | None,
        room: Box,
        wraps: bool,
        shrunk: float,
    ) -> Drawn:
        ink, lines = [], []
        start = 0
        if box is not None:
            start = sum(_units(other) + 1 for other in box.texts[:paragraph])
            lines = _own_lines(box, start, start + _units(text), paragraph)
            alphas = _Alphas(self._found.ancestry, element, start)
            ink = [
                Inked(run, box.box, box.turn, alphas.at(run.start))
                for line in lines
                for run in line.runs
            ]
        own = path(element, "a:pPr")
        align = box.aligns[paragraph] if box is not None else _ALIGN.get(_get(own, "algn"), "left")
        record = Text(
            index=self._next,
            shape=self._found.shape.index,
            source=source,
            paragraph=paragraph,
            cell=cell,
            text=text,
            level=min(max(box.levels[paragraph] if box else whole(own, "lvl"), 0), 8),
            bullet=any(_is_bullet(run) for line in lines for run in line.runs),
            runs=self._runs(ink),
            lines=tuple(
                TextLine(box=line_box(line, box), text=_line_text(line))
                for line in lines
                if box is not None and any(not _is_bullet(run) for run in line.runs)
            ),
            room=room,
            turn=(box.turn if box is not None else self._found.shape.rotation) % 360.0,
            align=align if align in ("left", "center", "right", "justify") else "left",
            wraps=wraps,
            shrunk=shrunk,
            visible=0.0,
            ink_px=0,
            ink_color=None,
            ground=(255, 255, 255),
            contrast=1.0,
            covered_by=None,
        )
        self._next += 1
        return Drawn(record, tuple(ink))

    def _runs(self, ink: Sequence[Inked]) -> tuple[TextRun, ...]:
        found: list[TextRun] = []
        end = 0
        for inked in ink:
            run = inked.run
            if _is_bullet(run) or not run.text:
                continue
            # A line break of the author's is drawn by no run.
            gap = " " if found and run.start > end and not found[-1].text.endswith(" ") else ""
            end = run.end
            alpha = run.color[3] * inked.alpha
            made = TextRun(
                text=run.text.replace("\n", " "),
                font=fonts.asked(run.family),
                drawn_with=fonts.drawn_with(run.family),
                size_pt=run.size * self._pt,
                bold=run.bold,
                color=(*run.color[:3], alpha),
            )
            last = found[-1] if found else None
            if last is not None and _style(last) == _style(made):
                found[-1] = replace(last, text=last.text + gap + made.text)
            else:
                found.append(replace(made, text=gap + made.text))
        return tuple(found)


def _style(run: TextRun) -> tuple[object, ...]:
    return run.font, round(run.size_pt, 3), run.bold, run.color


def _get(element: Element | None, name: str) -> str:
    return "" if element is None else element.get(name, "")


def _units(text: str) -> int:
    """Length in UTF-16 units, in which the display list counts."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def _is_bullet(run: LineRun) -> bool:
    return run.start == run.end


def _own_lines(box: TextBox, start: int, end: int, paragraph: int) -> list[Line]:
    """The lines of one paragraph: those that begin within it."""
    if len(box.texts) == 1:
        return list(box.lines)
    return [line for line in box.lines if start <= line.start < max(end, start + 1)]


def _room(frame: Box, turn: float, inset: Sequence[float]) -> Box:
    left, top, right, bottom = inset
    x, y, width, height = frame
    inner = (x + left, y + top, max(width - left - right, 0.0), max(height - top - bottom, 0.0))
    return clamped(upright(inner, turn, center(frame)))


def line_box(line: Line, box: TextBox) -> Box:
    """The upright box of a line's letters, bullets left out."""
    runs = [run for run in line.runs if not _is_bullet(run)]
    ascent = max(run.size * _face(run).ascent for run in runs)
    descent = max(run.size * _face(run).descent for run in runs)
    left = min(run.x for run in runs)
    right = max(_end(run) for run in runs)
    frame = (left, line.baseline - ascent, max(right - left, 0.0), ascent + descent)
    return box.upright(frame)


def _end(run: LineRun) -> float:
    """Where a run's letters end, spaces at its end left out."""
    spaces = len(run.text) - len(run.text.rstrip())
    if not spaces or spaces >= len(run.glyphs):
        return run.x + run.width
    return run.glyphs[-spaces].x


def _line_text(line: Line) -> str:
    return "".join(run.text for run in line.runs if not _is_bullet(run)).rstrip("\n ")


def _face(run: LineRun) -> fonts.Face:
    return fonts.face(run.family, run.bold, run.italic)


def plain(paragraph: Element) -> str:
    """The text of a paragraph; line breaks as the display list has them."""
    pieces = []
    for child in paragraph:
        name = local(child)
        if name in ("r", "fld"):
            text = path(child, "a:t")
            pieces.append("" if text is None else text.text or "")
        elif name == "br":
            pieces.append("\n")
    return "".join(pieces)


class _Alphas:
    """How opaque the letters at a place of a paragraph are."""

    def __init__(self, ancestry: Ancestry, paragraph: Element | None, start: int) -> None:
        self._ends: list[tuple[int, float]] = []
        at = start
        for child in paragraph if paragraph is not None else ():
            if local(child) in ("r", "fld", "br"):
                text = path(child, "a:t")
                at += (
                    1
                    if local(child) == "br"
                    else _units((text.text or "") if text is not None else "")
                )
                alpha = ancestry.alpha(paragraph, child)  # pyright: ignore[reportArgumentType]
                self._ends.append((at, alpha))

    def at(self, offset: int) -> float:
        """Of the run that holds an offset; of the last one beyond the end."""
        for end, alpha in self._ends:
            if offset < end:
                return alpha
        return self._ends[-1][1] if self._ends else 1.0
