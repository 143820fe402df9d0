"""Which texts a painted box of something else crosses."""

from __future__ import annotations

import pytest

from vsdpo_jax.domains.web.page.records import Page, TextRun

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
