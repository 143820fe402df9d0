"""Look at a live page: one reading of it, two pictures or a few, and the record of all that."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from vsdpo_jax.domains.web.page import evidence, things
from vsdpo_jax.domains.web.page.cascade import Winners, cascade_request, read_winners
from vsdpo_jax.domains.web.page.codec import MAX_CHARACTERS, MAX_ELEMENTS, MAX_TEXTS
from vsdpo_jax.domains.web.page.crossings import crossed
from vsdpo_jax.domains.web.page.elements import read_elements, to_box
from vsdpo_jax.domains.web.page.evidence import Line
from vsdpo_jax.domains.web.page.records import STYLE, Overlap, Page, PageElement, TextLine, TextRun
from vsdpo_jax.records import Box

if TYPE_CHECKING:
    from vsdpo_jax.domains.web.source.instrument import Instrumented

HITS, MAX_HITS = 9, 3_000
"""Points at which it is asked who is topmost, of one text and of all: beyond them a coverer stays
unnamed."""
MAX_PROBES = 60_000
SOLO_PICTURES = 3
"""Pictures of colliding texts: neighbours alternate, so two are enough for most."""

_DECKED = ("text-fill", "text-stroke", "text-shadow", "text-emphasis", "\\")
_HIGH = frozenset("0123456789bdfhklt")
_PICTURES = frozenset({"img", "canvas", "video", "iframe", "object", "embed", "svg"})
_TEXT_CONTROLS = frozenset({"button", "output"})


class TooRich(Exception):
    """The page holds more elements, texts or characters than are read; the message says which."""


class Session(Protocol):
    """What is needed of a live page; ``browser.session.Session`` is one."""

    def evaluate(self, script: str, argument: Any = None) -> Any: ...
    def screenshot(self, height: int, width: int) -> np.ndarray: ...
    def size(self) -> tuple[int, int]: ...


def look(session: Session, instrumented: Instrumented, source: str) -> Page:
    """What a person sees of the page that is open.

    The page is changed by it (styles, inline styles, scrolling) and to be thrown away afterwards.

    Args:
      session: with the instrumented source open.
      instrumented: of the source.
      source: as the spans count it.

    Raises:
      TooRich: it holds more than is read.
      Exception: what the session raises, unchanged.
    """
    width, height = session.size()
    raw = _read(session, instrumented, source, width, height)
    elements = read_elements(raw, instrumented)
    sketches = [_Sketch.of(i, row, width, height) for i, row in enumerate(raw["texts"])]
    pictured = [e for e in elements if _is_thing(e) and e.clip[2] > 0 and e.clip[3] > 0]
    wanted = {e.index for e in elements if _is_thing(e)} | {s.row[0] for s in sketches}
    image_YXC = session.screenshot(height, width)
    request = {
        "cascade": cascade_request(instrumented, sorted(wanted)),
        "things": [[e.index, *e.clip] for e in pictured],
        "maxHits": MAX_HITS,
    }
    answer = _ask(session, "explainAndHide", request)
    winners, hits = read_winners(answer["winners"], instrumented), answer["hits"]
    textless_YXC = session.screenshot(height, width)
    eye = _Eye(session, image_YXC, textless_YXC, sketches)
    overlaps = eye.collide()
    texts = eye.texts(elements)
    elements = _seen_things(session, image_YXC, elements, pictured, hits)
    return _page(width, height, raw["viewport"], eye, elements, texts, overlaps, winners)


@cache
def _script() -> str:
    """The function expression that reads the page and keeps what ``_ask`` asks for later."""
    folder = Path(__file__).parent / "scripts"
    names = ("elements", "texts", "shown", "hide", "cascade", "look")
    parts = [(folder / f"{name}.js").read_text() for name in names]
    return "\n".join(["(argument) => {", *parts, "}"])


def _ask(session: Session, call: str, argument: Any) -> Any:
    return session.evaluate(f"(argument) => askPage({call!r}, argument)", argument)


def _page(
    width: int,
    height: int,
    viewport: list[int],
    eye: _Eye,
    elements: list[PageElement],
    texts: list[TextRun],
    overlaps: tuple[Overlap, ...],
    winners: Winners,
) -> Page:
    return Page(
        width=width,
        height=height,
        viewport=(viewport[0], viewport[1]),
        image_YXC=eye.image_YXC,
        textless_YXC=eye.textless_YXC,
        elements=tuple(
            replace(e, set_by=by) if by else e
            for e, by in zip(elements, winners.elements, strict=True)
        ),
        texts=tuple(
            replace(t, set_by=by) if by else t for t, by in zip(texts, winners.texts, strict=True)
        ),
        overlaps=overlaps,
        rules=winners.rules,
    )


def _read(
    session: Session, instrumented: Instrumented, source: str, width: int, height: int
) -> dict[str, Any]:
    lowered = source.lower()
    raw = session.evaluate(
        _script(),
        {
            "attribute": instrumented.attribute,
            "properties": list(STYLE),
            "width": width,
            "height": height,
            "maxElements": MAX_ELEMENTS,
            "maxTexts": MAX_TEXTS,
            "maxCharacters": MAX_CHARACTERS,
            "probes": MAX_PROBES,
            # What few pages need and costs as much as all else.
            "pseudo": any(word in lowered for word in (":before", ":after", "<q")),
            "decked": any(word in lowered for word in _DECKED),
        },
    )
    if "tooRich" in raw:
        raise TooRich(f"the page holds {raw['tooRich']}")
    return raw


@dataclass(frozen=True, slots=True)
class _Sketch:
    """A text as the browser tells of it, before anyone has looked."""

    row: list[Any]
    lines: tuple[Line, ...]
    is_edged: bool
    is_cut_out: bool

    @classmethod
    def of(cls, index: int, row: list[Any], width: int, height: int) -> _Sketch:
        source, clip, inside, em = row[3], row[10], row[11], row[8]
        letter_px, word_px, vertical, edged, cut_out = row[13:18]
        lines = []
        if inside > 0:
            for number, (box, text) in enumerate(row[6]):
                left, top, right, bottom = _meet(box, clip)
                letters = sum(char.isalnum() for char in text) * _share(box, clip)
                lines.append(
                    Line(
                        run=index,
                        number=number,
                        x0=min(max(int(np.floor(left)), 0), width),
                        y0=min(max(int(np.floor(top)), 0), height),
                        x1=min(max(int(np.ceil(right)), 0), width),
                        y1=min(max(int(np.ceil(bottom)), 0), height),
                        box=to_box(box),
                        letters=letters,
                        is_high=any(char in _HIGH or char.isupper() for char in text),
                        packed=_packed(box[3 if vertical else 2], len(text), letter_px),
                        em=em,
                        letter_px=letter_px,
                        word_px=word_px,
                        vertical=vertical,
                        loose=source not in ("text", "button", "option"),
                    )
                )
        kept = tuple(line for line in lines if line.x1 > line.x0 and line.y1 > line.y0)
        return cls(row, kept, edged, cut_out)


def _packed(length: float, count: int, letter_px: float) -> float:
    """The share of a letter's width that the next one covers: advance = length / count."""
    natural = length / max(count, 1) - letter_px
    return min(max(-letter_px / natural, 0.0), 1.0) if letter_px < 0 < natural else 0.0


def _meet(box: list[float], clip: list[float]) -> tuple[float, float, float, float]:
    """Left, top, right, bottom of what two boxes share; empty where right <= left."""
    return (
        max(box[0], clip[0]),
        max(box[1], clip[1]),
        min(box[0] + box[2], clip[0] + clip[2]),
        min(box[1] + box[3], clip[1] + clip[3]),
    )


def _share(box: list[float], clip: list[float]) -> float:
    left, top, right, bottom = _meet(box, clip)
    area = box[2] * box[3]
    return max(right - left, 0.0) * max(bottom - top, 0.0) / area if area > 0 else 0.0


def _clipped(line: Line) -> list[int]:
    return [line.x0, line.y0, line.x1 - line.x0, line.y1 - line.y0]


class _Eye:
    """Looks at the pictures, and asks for more of them where that is not enough."""

    def __init__(
        self,
        session: Session,
        image_YXC: np.ndarray,
        textless_YXC: np.ndarray,
        sketches: list[_Sketch],
    ) -> None:
        self.image_YXC, self.textless_YXC = image_YXC, textless_YXC
        self._session = session
        self._sketches = sketches
        self._lines = [line for sketch in sketches for line in sketch.lines]
        self._seen_YX = evidence.seen_map(image_YXC, textless_YXC)
        self._alone: dict[tuple[int, int], np.ndarray] = {}

    def _picture(self) -> np.ndarray:
        return self._session.screenshot(*self.image_YXC.shape[:2])

    def collide(self) -> tuple[Overlap, ...]:
        """Texts whose ink lies in one place, by pictures of one of them at a time."""
        lines = self._lines
        pairs = evidence.collisions(lines, self._seen_YX)
        for members in evidence.classes_of(pairs, SOLO_PICTURES):
            chosen = [lines[member] for member in members]
            _ask(self._session, "soloTexts", [[line.run, line.number] for line in chosen])
            solo_YXC = self._picture()
            solo_YX = evidence.seen_map(solo_YXC, self.textless_YXC)
            for line in chosen:
                self._alone[line.run, line.number] = line.of(solo_YX)
        found: dict[tuple[int, int], list[tuple[Box, int]]] = {}
        for line in lines:
            if line.packed >= evidence.PACKED:
                ink_px = np.count_nonzero(self._ink(line))
                found.setdefault((line.run, line.run), []).append(
                    (line.box, round(line.packed * ink_px))
                )
        for first, second in pairs:
            region, count = self._shared(lines[first], lines[second])
            if count >= evidence.LEAST_SHARED:
                runs = tuple(sorted((lines[first].run, lines[second].run)))
                found.setdefault((runs[0], runs[1]), []).append((region, count))
        return tuple(self._overlap(*runs, found[runs]) for runs in sorted(found))

    def _shared(self, first: Line, second: Line) -> tuple[Box, int]:
        x0, y0 = max(first.x0, second.x0), max(first.y0, second.y0)
        x1, y1 = min(first.x1, second.x1), min(first.y1, second.y1)
        if x1 <= x0 or y1 <= y0:
            return (0.0, 0.0, 0.0, 0.0), 0
        both_YX = np.ones((y1 - y0, x1 - x0), bool)
        for line in (first, second):
            alone_YX = self._alone[line.run, line.number]
            both_YX &= alone_YX[y0 - line.y0 : y1 - line.y0, x0 - line.x0 : x1 - line.x0]
        rows_N, columns_N = np.nonzero(both_YX)
        if not len(rows_N):
            return (0.0, 0.0, 0.0, 0.0), 0
        left, top = x0 + int(columns_N.min()), y0 + int(rows_N.min())
        across, down = int(np.ptp(columns_N)) + 1, int(np.ptp(rows_N)) + 1
        return (float(left), float(top), float(across), float(down)), len(rows_N)

    def _overlap(self, first: int, second: int, parts: list[tuple[Box, int]]) -> Overlap:
        boxes_N4 = np.array([box for box, _ in parts])
        left, top = boxes_N4[:, :2].min(0)
        right, bottom = (boxes_N4[:, :2] + boxes_N4[:, 2:]).max(0)
        count = sum(pixels for _, pixels in parts)
        ink = min(self._ink_of(first), self._ink_of(second))
        return Overlap(
            first=first,
            second=second,
            region=(float(left), float(top), float(right - left), float(bottom - top)),
            shared_px=count,
            share=min(count / max(ink, 1), 1.0),
        )

    def _ink_of(self, run: int) -> int:
        return sum(int(np.count_nonzero(self._ink(line))) for line in self._sketches[run].lines)

    def _ink(self, line: Line) -> np.ndarray:
        """bool[y, x]: where a line's ink is seen; its own alone where others collide with it."""
        alone_YX = self._alone.get((line.run, line.number))
        return line.of(self._seen_YX) if alone_YX is None else alone_YX

    def texts(self, elements: list[PageElement]) -> list[TextRun]:
        """What is left of each text."""
        lines = self._lines
        owners = [self._sketches[line.run].row[0] for line in lines]
        zones_N4 = np.array([evidence.ink_zone(line) for line in lines]).reshape(-1, 4)
        is_crossed_N = crossed(elements, owners, zones_N4)
        suspects = sorted(
            {
                line.run
                for line, is_crossed in zip(lines, is_crossed_N, strict=True)
                if is_crossed
                or self._sketches[line.run].is_cut_out
                or evidence.is_suspicious(line, self._ink(line))
            }
        )
        bare_YX, missing = None, {}
        if suspects:
            _ask(self._session, "bareTexts", suspects)
            bare_YX = self._picture().min(-1)
            missing = {run: self._missing(run, bare_YX) for run in suspects}
        points = [[run, x, y] for run in missing for x, y in missing[run]]
        hits = {}
        if points:
            hits = {
                run: found for run, *found in _ask(self._session, "hitTexts", points[:MAX_HITS])
            }
        return [
            self._text(run, sketch, bare_YX if run in missing else None, hits.get(run, [0, 0, -1]))
            for run, sketch in enumerate(self._sketches)
        ]

    def _missing(self, run: int, bare_YX: np.ndarray) -> list[tuple[int, int]]:
        """Places of a text where its ink is not seen: at most HITS, (x, y)."""
        places = []
        for line in self._sketches[run].lines:
            rows_N, columns_N = np.nonzero(evidence.core_ink(line, bare_YX) & ~self._ink(line))
            places += zip((columns_N + line.x0).tolist(), (rows_N + line.y0).tolist(), strict=True)
        return places[:: -(-len(places) // HITS)] if places else []

    def _text(
        self, run: int, sketch: _Sketch, bare_YX: np.ndarray | None, hits: list[int]
    ) -> TextRun:
        masks = [self._ink(line) for line in sketch.lines]
        expected, smears = masks, []
        if bare_YX is not None:
            expected = [evidence.core_ink(line, bare_YX) for line in sketch.lines]
            masks = [ink & core for ink, core in zip(masks, expected, strict=True)]
            for at, line in enumerate(sketch.lines):
                smear = evidence.smear_of(
                    line, expected[at], bare_YX, self._seen_YX, self.image_YXC
                )
                if smear is not None:
                    smears.append(smear)
                    masks[at] = smear.mask_YX
        ink_px = sum(int(np.count_nonzero(mask)) for mask in expected)
        seen_px = sum(int(np.count_nonzero(mask)) for mask in masks)
        row = sketch.row
        paint = evidence.Paint(ink=None, ground=(255, 255, 255), contrast=1.0)
        if seen_px and smears:
            paint = evidence.paint_between(smears)
        elif seen_px and sketch.is_cut_out:
            parts = list(zip(sketch.lines, masks, strict=True))
            paint = evidence.paint_by_letters(
                parts, self.image_YXC, self.textless_YXC, tuple(row[7])
            )
        elif seen_px:
            pixels = [
                (line.of(self.image_YXC)[mask], line.of(self.textless_YXC)[mask])
                for line, mask in zip(sketch.lines, masks, strict=True)
            ]
            image_N3, textless_N3 = (np.concatenate(part) for part in zip(*pixels, strict=True))
            paint = evidence.paint_of(image_N3, textless_N3, tuple(row[7]), row[8], sketch.is_edged)
        elif sketch.lines:
            paint = evidence.ground_of(sketch.lines[0].of(self.textless_YXC))
        share = seen_px / ink_px if ink_px and row[8] >= evidence.SMALLEST else 0.0
        points, own, cover = hits
        return TextRun(
            index=run,
            element=row[0],
            block=row[1],
            glued=row[2],
            source=row[3],
            pseudo=row[4],
            text=row[5],
            lines=tuple(TextLine(box=to_box(box), text=text) for box, text in row[6]),
            color=(*row[7][:3], float(row[7][3])),
            font_px=float(row[8]),
            weight=float(row[9]),
            clip=to_box(row[10]),
            inside=float(row[11]),
            ellipsis=row[12],
            visible=row[11] * share,
            ink_px=ink_px,
            ink_color=paint.ink,
            ground=paint.ground,
            contrast=paint.contrast,
            hits=own / points if points else 1.0,
            covered_by=cover if cover >= 0 and seen_px < evidence.WHOLE * ink_px else None,
        )


def _is_thing(element: PageElement) -> bool:
    """Whether it is a picture or a field of a form, whose sight is measured."""
    if element.control is not None:
        return element.control.kind not in _TEXT_CONTROLS
    return element.loaded is not None or element.tag in _PICTURES


def _seen_things(
    session: Session,
    image_YXC: np.ndarray,
    elements: list[PageElement],
    pictured: list[PageElement],
    hits: list[list[int]],
) -> list[PageElement]:
    """Elements with ``seen`` of pictures and fields filled in.

    One that is topmost everywhere, opaque and told from its surroundings is seen. Of the others one
    more picture tells, without them.
    """
    seen = {e.index: 0.0 for e in elements if _is_thing(e)}
    doubted = []
    for element, (points, own) in zip(pictured, hits, strict=True):
        if not element.shown or element.loaded is False:
            continue
        part_YXC = image_YXC[things.pixels_of(element.clip, *image_YXC.shape[:2])]
        if element.control is None and things.is_plain(part_YXC):
            continue
        told = element.control is None or (
            things.edge_share(image_YXC, element.clip) >= things.OUTLINED
        )
        if told and own == points and element.opacity > 0.5 and element.style["filter"] == "none":
            seen[element.index] = _left(element)
        else:
            doubted.append(element)
    if doubted:
        _ask(session, "withoutElements", [element.index for element in doubted])
        without_YXC = session.screenshot(*image_YXC.shape[:2])
        for element in doubted:
            changed = things.changed_share if element.control is None else things.changed_edge
            share = changed(image_YXC, without_YXC, element.clip)
            seen[element.index] = _left(element) * share
    return [replace(e, seen=seen[e.index]) if e.index in seen else e for e in elements]


def _left(element: PageElement) -> float:
    """The share of its box that clips leave."""
    whole = element.box[2] * element.box[3]
    return min(element.clip[2] * element.clip[3] / whole, 1.0) if whole > 0 else 0.0
