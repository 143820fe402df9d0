"""The detector on things in one place: ink of two texts, controls on controls."""

from __future__ import annotations

from collections.abc import Iterator

from vsdpo_jax.domains.boxes import area, excess, intersect, union
from vsdpo_jax.domains.rubric import MAX_DEFECTS, Reading
from vsdpo_jax.domains.web.judge.blame import HEIGHTS, WIDTHS, first_set, moved_by
from vsdpo_jax.domains.web.judge.controls import collide, is_control, shared_part
from vsdpo_jax.domains.web.judge.detectors_text import is_covered, reading_of
from vsdpo_jax.domains.web.judge.view import View
from vsdpo_jax.domains.web.page.records import Overlap, PageElement, TextRun
from vsdpo_jax.domains.words import quoted
from vsdpo_jax.records import Defect, Span

SHARED, SHARED_PX = 0.04, 8
"""Share of the ink of the smaller of two texts, and pixels, that both may ink: the tail of a letter
on the line below."""
SIGNS_SHARED = 0.15
"""Share of the ink of a word that signs (marks, rules of dashes) may share."""
UNTOUCHED = 0.9
"""Share of a text's ink that is told apart from that of another text beside it."""


def detect_overlap(view: View) -> Reading:
    """Texts whose ink is in one place, and controls that lie on each other.

    The text that was moved there is at fault, or that which leaves the room it was given. Score: 1
    less the largest share.
    """
    found = [entry for overlap in view.page.overlaps for entry in _texts(view, overlap)]
    known = {frozenset((o.first, o.second)) for o in view.page.overlaps}
    found += [entry for run in view.meant for entry in _touched(view, run, known)]
    return reading_of([*_one_a_pair(found), *_controls(view)])


def _one_a_pair(
    found: list[tuple[float, str, Defect]],
) -> Iterator[tuple[float, str, Defect]]:
    """The worst of what one element does to another."""
    known = set()
    for entry in sorted(found, key=lambda item: item[0]):
        key = (entry[2].spans, entry[2].region)
        if key not in known:
            known.add(key)
            yield entry


def _texts(view: View, overlap: Overlap) -> Iterator[tuple[float, str, Defect]]:
    if overlap.share < SHARED or overlap.shared_px < SHARED_PX:
        return
    first, second = (view.page.texts[i] for i in (overlap.first, overlap.second))
    if is_covered(view, first) or is_covered(view, second):
        return  # what lies behind something else is hidden
    if not _counts(first, second, overlap.shared_px):
        return
    if first.index == second.index:
        words = f"text {view.name(first)}"
        span = view.setter(first, "line-height", "font-size")
        message = f"lines of {words} lie on each other"
        defect = view.defect("overlap", "text_overlap", first, message, span)
        yield 1.0 - overlap.share, f"{words} on itself", defect
        return
    guilty, span = _guilty(view, first, second)
    other = second if guilty is first else first
    words = f"text {view.name(guilty)} on {view.name(other)}"
    message = (
        f"{words}: {overlap.shared_px} px of ink in one place, {overlap.share:.0%} of the smaller"
    )
    defect = view.defect("overlap", "text_overlap", guilty, message, span)
    yield 1.0 - overlap.share, words, defect


def _touched(
    view: View, run: TextRun, known: set[frozenset[int]]
) -> Iterator[tuple[float, str, Defect]]:
    """A text that another comes so near to that its letters cannot be told apart, without paint
    between them."""
    if run.covered_by is None or run.hits >= UNTOUCHED or run.visible >= UNTOUCHED * run.inside:
        return
    if is_covered(view, run):
        return
    for other in view.meant:
        if other.index == run.index or frozenset((run.index, other.index)) in known:
            continue
        if not view.is_within(other.element, run.covered_by) or not _meet(run, other):
            continue
        one, two = sorted((run, other), key=lambda text: text.index)
        guilty, span = _guilty(view, one, two)
        third = two if guilty is one else one
        words = f"text {view.name(guilty)} on {view.name(third)}"
        message = f"{words}: {run.visible:.0%} of the ink of one can be told apart"
        yield run.visible, words, view.defect("overlap", "text_overlap", guilty, message, span)
        return


def _meet(first: TextRun, second: TextRun) -> bool:
    """Whether a line of one text reaches into a line of another."""
    return any(area(intersect(a.box, b.box)) > 0 for a in first.lines for b in second.lines)


def _counts(first: TextRun, second: TextRun, shared_px: int) -> bool:
    """Whether shared ink spoils a word: a large quotation mark may touch one, a row of signs over
    it may not."""
    words = [run for run in (first, second) if _is_word(run)]
    if len(words) == 2:
        return True
    return any(shared_px > SIGNS_SHARED * run.ink_px for run in words)


def _is_word(run: TextRun) -> bool:
    return any(map(str.isalnum, run.text))


def _guilty(view: View, first: TextRun, second: TextRun) -> tuple[TextRun, Span | None]:
    """Which of two texts is at fault, the later one in doubt, and which declaration."""
    is_down = _is_nearer_down(view, first, second)
    around = view.common(first.element, second.element)
    for run in (second, first):
        for element in view.line_up(run.element):
            if element.index == around:
                break
            span = moved_by(view, element, is_down=is_down)
            if span is not None:
                return run, span
    for run in (first, second):
        span = _spills(view, run, around)
        if span is not None:
            return run, span
    if first.block == second.block:
        span = view.setter(second, "line-height", "letter-spacing", "word-spacing")
        return second, span
    return second, view.setter(second, "line-height") or view.setter(first, "line-height")


def _is_nearer_down(view: View, first: TextRun, second: TextRun) -> bool:
    """Whether two texts come apart sooner up and down than to the sides."""
    common = intersect(view.place(first), view.place(second))
    return common[3] <= common[2]


def _spills(view: View, run: TextRun, around: int) -> Span | None:
    """What gave a text less room than it takes: a height or width around it, or no line breaks."""
    bounds = union(line.box for line in run.lines)
    if bounds is None:
        return None
    for element in view.line_up(run.element):
        if element.index == around:
            return None
        if view.is_inline(element) or (area(element.box) == 0 and element.box[3] > 0):
            continue
        left, top, right, bottom = excess(bounds, element.box)
        slack = 0.35 * run.font_px
        if bottom > slack or top > slack:
            span = first_set(element, HEIGHTS) or view.setter(run, "line-height")
            if span is not None:
                return span
        if right > 2 or left > 2:
            nowrap = view.setter(run, "text-wrap-mode", "white-space-collapse")
            if nowrap is not None and " " in run.text:
                return nowrap
            span = first_set(element, WIDTHS) or _tracks(view, element)
            if span is not None:
                return span
    return None


def _tracks(view: View, element: PageElement) -> Span | None:
    """The columns of the grid or the row of boxes that an element is in."""
    if element.parent is None:
        return None
    parent = view.page.elements[element.parent]
    return first_set(parent, ("grid-template-columns", "flex-wrap", "column-count"))


def _controls(view: View) -> Iterator[tuple[float, str, Defect]]:
    controls = [
        e
        for e in view.page.elements
        if e.shown and e.opacity > 0 and area(e.clip) > 0 and is_control(view, e)
    ]
    controls.sort(key=lambda e: e.box[1])
    found = 0
    for place, second in enumerate(controls):
        for first in _around(controls, place):
            if not collide(view, first, second):
                continue
            share = shared_part(first, second)
            found += 1
            if found > MAX_DEFECTS:
                return
            one, other = sorted((first, second), key=lambda e: e.index)
            yield _control_defect(view, other, one, share)


def _around(controls: list[PageElement], place: int) -> Iterator[PageElement]:
    """Those before one, by their upper edges, that reach down to it. The tallest is not asked for:
    a hundred controls are few."""
    top = controls[place].box[1]
    for other in controls[max(place - 100, 0) : place]:
        if other.box[1] + other.box[3] > top:
            yield other


def _control_defect(
    view: View, guilty: PageElement, other: PageElement, share: float
) -> tuple[float, str, Defect]:
    common = intersect(guilty.clip, other.clip)
    is_down = common[3] <= common[2]
    around = view.common(guilty.index, other.index)
    span = None
    for end in (guilty, other):
        for element in view.line_up(end.index):
            if element.index == around or span is not None:
                break
            span = moved_by(view, element, is_down=is_down)
    if span is None and guilty.style.get("display") == "inline":
        span = first_set(guilty, ("padding-top", "padding-bottom"))
    words = f"{guilty.tag} {_label(view, guilty)} on {other.tag} {_label(view, other)}"
    message = f"{words}: {share:.0%} of the smaller is in one place with the other"
    defect = view.defect_at(
        "overlap", "controls_overlap", guilty.box, message, span, element=guilty.index
    )
    return 1.0 - share, words, defect


def _label(view: View, element: PageElement) -> str:
    inside = range(element.index, view.last[element.index] + 1)
    first = min((r.index for i in inside for r in view.texts_of.get(i, ())), default=None)
    if first is None:
        return quoted(element.attributes.get("name", element.tag))
    return quoted(view.page.texts[first].text)
