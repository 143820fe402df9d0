"""The programs of layout_programs.py through recorder, painter and the detectors on layout."""

from __future__ import annotations

import re

import pytest
from layout_programs import BAD, GOOD, HEAD
from recorded import record_all

from vsdpo_jax.domains.chart.drawlist.codec import decode
from vsdpo_jax.domains.chart.judge.detectors_data import detect_range
from vsdpo_jax.domains.chart.judge.detectors_empty import detect_empty
from vsdpo_jax.domains.chart.judge.detectors_layout import detect_legend, detect_ticks
from vsdpo_jax.domains.chart.paint.raster import paint

BLANK = {"nothing": 'plt.axis("off")', "title": 'plt.axis("off")\nplt.title("Sales")'}
ANNOTATED = re.compile(r"# FAULT (.+)$")


@pytest.fixture(scope="module")
def found():
    """Program -> kind and lines (of the whole program, from 1) of every defect."""
    sources = {name: HEAD + source for name, source in (GOOD | BAD | BLANK).items()}
    defects = {}
    for name, recorded in record_all(sources).items():
        assert recorded.payload is not None, recorded.error
        picture = paint(decode(recorded.payload))
        readings = (f(picture) for f in (detect_range, detect_legend, detect_ticks, detect_empty))
        defects[name] = [
            (d.kind, [sources[name][:start].count("\n") + 1 for start, _ in d.spans])
            for reading in readings
            for d in reading.defects
        ]
    return defects


@pytest.mark.parametrize("name", GOOD)
def test_good_layouts_have_no_defect(found, name):
    assert found[name] == []


@pytest.mark.parametrize("name", BAD)
def test_a_fault_is_found_once_and_its_line_is_to_blame(found, name):
    lines = (HEAD + BAD[name]).split("\n")
    faults = [
        (kind, [number])
        for number, line in enumerate(lines, start=1)
        if (match := ANNOTATED.search(line))
        for kind in match[1].split(", ")
    ]
    assert faults
    assert sorted(found[name]) == sorted(faults)


@pytest.mark.parametrize("name", BLANK)
def test_a_picture_without_content_is_empty(found, name):
    assert found[name] == [("axes_empty", [])]
