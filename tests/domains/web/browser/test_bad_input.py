"""Pages that no author should write: a status, within the limits, and the next page as ever."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from odd_pages import LIMIT, ODD, SCRIPT_LIMITS, SCRIPTS
from page_attacks import page
from plain_renders import LIMITS

from vsdpo_jax.domains.web.browser.renderer import BrowserRenderer

# With scripts on other things than scripts may happen by themselves.
_SELF_MOVING = (
    "refresh to itself",
    "refresh to data",
    "own policy",
    "files",
    "browser's own",
    "focus",
)


@pytest.mark.parametrize("name", ODD)
def test_odd_pages(name: str, still: BrowserRenderer, is_healthy: Callable) -> None:
    artifact = still.run(ODD[name])
    expected = ("limit", LIMIT[name]) if name in LIMIT else ("ok", None)
    assert (artifact.status, artifact.limit) == expected, artifact.error
    assert artifact.cpu_s < 2 * LIMITS.cpu_s
    is_healthy(still)


@pytest.mark.parametrize("name", _SELF_MOVING)
def test_odd_pages_with_scripts(name: str, scripted: BrowserRenderer, is_healthy: Callable) -> None:
    artifact = scripted.run(ODD[name])
    assert artifact.status == "ok", artifact.error
    is_healthy(scripted)


@pytest.mark.parametrize("name", SCRIPTS)
def test_scripts(name: str, scripted: BrowserRenderer, is_healthy: Callable) -> None:
    artifact = scripted.run(page(SCRIPTS[name]))
    expected = ("limit", SCRIPT_LIMITS[name]) if name in SCRIPT_LIMITS else ("ok", None)
    assert (artifact.status, artifact.limit) == expected, artifact.error
    assert artifact.cpu_s < 2 * LIMITS.cpu_s
    is_healthy(scripted)


def test_what_is_not_text_is_shown_as_a_browser_shows_it(still: BrowserRenderer) -> None:
    assert still.run("<p>\ud800").payload == still.run("<p>�").payload


def test_too_long(still: BrowserRenderer) -> None:
    artifact = still.run("<b>x</b>" * 200_000)
    assert (artifact.status, artifact.limit) == ("limit", "source")
    assert "262,144 are allowed" in artifact.error


def test_what_a_page_is_told(still: BrowserRenderer) -> None:
    """One line, with the measure and the bound."""
    errors = {name: still.run(ODD[name]).error for name in ("high", "wide", "nested")}
    assert errors == {
        "high": "the page is 200,016 px high; at most 16,384 are drawn",
        "wide": "the page is 200,008 px wide; at most 16,384 are drawn",
        "nested": "the page has 30,003 elements; at most 20,000 are read",
    }


@pytest.mark.parametrize("script", ["location = 'about:blank'", "location = 'javascript:`y`'"])
def test_a_page_that_becomes_another(
    script: str, scripted: BrowserRenderer, is_healthy: Callable
) -> None:
    """What is drawn is what a person sees then, or that it went while it was read is its error."""
    assert scripted.run(page(script)).status in ("ok", "program_error")
    is_healthy(scripted)
