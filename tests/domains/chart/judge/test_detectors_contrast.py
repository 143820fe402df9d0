"""Contrast of texts and data on hand-built scenes with hand-computed numbers."""

from __future__ import annotations

import pytest
from chart_scenes import axes, bar, evidence, line, scene, text

from vsdpo_jax.domains.chart.judge.detectors_contrast import detect_contrast


@pytest.mark.parametrize(
    ("size", "bold", "contrast", "ok"),
    [
        (10.0, False, 4.49, False),
        (10.0, False, 4.5, True),
        (18.0, False, 3.0, True),
        (18.0, False, 2.99, False),
        (14.0, True, 3.1, True),
        (14.0, False, 3.1, False),
    ],
)
def test_wcag_limits(size, bold, contrast, ok):
    mark = text(
        "t",
        (10.0, 10.0, 40.0, 20.0),
        font_size_pt=size,
        bold=bold,
        evidence=evidence(contrast=contrast),
    )
    assert detect_contrast(scene([mark])).satisfied is ok


def _differs(difference, **changes):
    return evidence(difference=difference, ground=difference or 0.0, **changes)


def test_a_line_that_vanishes_is_named_with_its_measure():
    pale = line([(1, 10), (9, 90)], evidence=_differs(4.0), label="A")
    reading = detect_contrast(scene([pale]))
    assert reading.notes == ("line A pale",)
    assert reading.score == pytest.approx(0.4)
    assert reading.defects[0].region == pale.region


def test_markers_can_save_a_pale_line_and_bands_may_be_light():
    ends = [(1, 10), (9, 90)]
    pale = line(ends, evidence=_differs(2.0), artist=5)
    markers = line(ends, evidence=_differs(50.0, ink_px=60), artist=5, kind="markers")
    band = line(ends, evidence=_differs(1.0), artist_type="FillBetweenPolyCollection")
    assert detect_contrast(scene([pale, markers, band])).satisfied
    dust = line(ends, evidence=_differs(50.0, ink_px=4), artist=5, kind="markers")
    assert not detect_contrast(scene([pale, dust])).satisfied


def test_a_series_is_one_defect_by_its_middle_bar():
    faces = [bar(x, 50, evidence=_differs(d)) for x, d in ((1, 2.0), (2, 3.0), (3, 80.0))]
    reading = detect_contrast(scene(faces))
    assert [d.kind for d in reading.defects] == ["data_contrast"]
    assert reading.score == pytest.approx(0.3)
    low = bar(5, 0.2, evidence=_differs(2.0))  # 0.6 px high: pale because it is low
    assert detect_contrast(scene([*faces[2:], low])).satisfied
    thin = [bar(x, 50, width=0.02, evidence=_differs(2.0)) for x in (1, 2)]
    assert not detect_contrast(scene(thin)).satisfied


def test_faint_lines_add_up():
    faint = {"color_rgba": (0.0, 0.0, 1.0, 0.1)}
    edge = line([(1, 10), (9, 90)], evidence=_differs(3.0), **faint)
    middle = line([(1, 10), (9, 80)], evidence=evidence(difference=2.0, ground=40.0), **faint)
    assert detect_contrast(scene([edge, middle])).satisfied
    assert not detect_contrast(scene([edge])).satisfied


def test_what_only_company_surrounds_is_not_judged():
    inner = bar(2, 50, evidence=evidence(difference=None))
    assert detect_contrast(scene([inner, bar(3, 50, evidence=_differs(50.0))])).satisfied


def test_what_later_paint_hides_is_the_matter_of_overlap():
    hidden = evidence(contrast=1.0, visible=0.5, covered=0.5, coverer=1)
    marks = [text("t", (10.0, 10.0, 40.0, 20.0), evidence=hidden), bar(2, 50)]
    assert detect_contrast(scene(marks)).satisfied


@pytest.mark.parametrize(("clutter", "ok"), [(0.03, True), (0.05, True), (0.07, False)])
def test_lines_through_letters(clutter, ok):
    mark = text("t", (10.0, 10.0, 40.0, 20.0), evidence=evidence(clutter=clutter))
    reading = detect_contrast(scene([mark]))
    assert reading.satisfied is ok
    assert reading.notes == (() if ok else ("text 't' on lines",))


def test_the_call_that_chose_the_colour_is_at_fault():
    pale = evidence(contrast=1.2)
    box = (200.0, 100.0, 40.0, 12.0)
    set_later = text("t", box, evidence=pale, setters={"color": (70, 80)})
    (defect,) = detect_contrast(scene([set_later])).defects
    assert defect.spans == ((70, 80),)
    dark = [axes(background_span=(60, 66))]
    early = [axes(background_span=(3, 9))]  # it was there when the text and the line were made
    assert detect_contrast(scene([text("t", box, evidence=pale)], early)).defects[0].spans == ()
    (defect,) = detect_contrast(scene([text("t", box, evidence=pale)], dark)).defects
    assert defect.spans == ((60, 66),)
    (defect,) = detect_contrast(scene([set_later], dark)).defects
    assert defect.spans == ((70, 80),)
    title = text("t", (200.0, 10.0, 40.0, 12.0), evidence=pale)  # outside the axes
    assert detect_contrast(scene([title], dark)).defects[0].spans == ()
    (defect,) = detect_contrast(
        scene([line([(1, 10), (9, 90)], evidence=_differs(1.0))], dark)
    ).defects
    assert defect.spans == ((60, 66),)
