"""Which texts a painted box of something else crosses."""

from __future__ import annotations

import numpy as np
import pytest

from vsdpo_jax.domains.web.page import crossings
from vsdpo_jax.domains.web.page.records import (
    STYLE,
    Page,
    PageElement,
    TextRun,
    last_descendants,
)

COVERED = """<!DOCTYPE html><style>
body{{margin:20px;font:16px Liberation Sans}} h1{{font-size:56px;width:220px;margin:0}}
button{{position:absolute;top:{top}px;{style}}}
</style><h1>Island Hotel</h1><button>Book a table</button>"""
"""A cover that bears a text of its own: its ink stands where the heading's is missing."""


def text_of(page: Page, text: str) -> TextRun:
    (run,) = [run for run in page.texts if run.text == text]
    return run


@pytest.mark.parametrize("top", [40, 100])
@pytest.mark.parametrize("style", ["", "width:200px;height:40px", "background:teal;color:white"])
def test_ink_of_a_cover_is_no_sign_that_the_text_behind_is_seen(see, top: int, style: str):
    page = see(COVERED.format(top=top, style=style))
    heading, button = text_of(page, "Island Hotel"), text_of(page, "Book a table")
    assert heading.visible < 0.85
    assert page.elements[heading.covered_by].tag == "button"
    assert button.visible > 0.95


def test_a_box_that_paints_nothing_covers_nothing(see):
    page = see(COVERED.format(top=40, style="background:none;border:0;color:transparent"))
    assert text_of(page, "Island Hotel").visible > 0.95


def test_lines_and_boxes_are_compared_in_groups_as_one_by_one(monkeypatch: pytest.MonkeyPatch):
    """Against the definition, on random trees of boxes, with groups smaller than the page."""
    monkeypatch.setattr(crossings, "_TOGETHER", 7)
    monkeypatch.setattr(crossings, "_BOXES", 11)
    rng = np.random.default_rng(0)
    for _ in range(20):
        elements = [_box_of(i, rng) for i in range(60)]
        owners = rng.integers(0, 60, 50)
        corner_N2 = rng.uniform(0, 300, (50, 2))
        zone_N4 = np.concatenate([corner_N2, corner_N2 + rng.uniform(1, 60, (50, 2))], 1)
        last = last_descendants(elements)
        expected = [
            any(
                min(box[0] + box[2], zone[2]) - max(box[0], zone[0]) >= crossings.LEAST_PX
                and min(box[1] + box[3], zone[3]) - max(box[1], zone[1]) >= crossings.LEAST_PX
                for other in elements
                for box in [other.clip]
                if crossings.paints(other)
                and not other.index <= owner <= last[other.index]
                and not owner <= other.index <= last[owner]
            )
            for owner, zone in zip(owners, zone_N4, strict=True)
        ]
        assert 0 < sum(expected) < 50
        assert crossings.crossed(elements, owners, zone_N4).tolist() == expected


def _box_of(index: int, rng: np.random.Generator) -> PageElement:
    x, y, width, height = (float(value) for value in rng.uniform(0, 60, 4) * (4, 4, 1.5, 1.5))
    style = dict.fromkeys(STYLE, "none") | {
        "background-color": "red" if rng.random() < 0.3 else "transparent",
        "border-top-width": "0px",
        "border-left-width": "0px",
    }
    return PageElement(
        index=index,
        parent=int(rng.integers(0, index)) if index else None,
        tag="div",
        source=None,
        span=None,
        start_tag=None,
        scripted=False,
        box=(x, y, width, height),
        fragments=(),
        shown=True,
        style=style,
        attributes={},
        loaded=None,
        control=None,
        clip=(x, y, width, height),
        opacity=1.0,
        font_px=16.0,
    )
