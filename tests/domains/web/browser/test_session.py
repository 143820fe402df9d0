"""The live page: fresh, still, whole, and read in a world of its own."""

from __future__ import annotations

import time
from collections.abc import Iterator

import numpy as np
import pytest
from moving import ENDED, MOVING
from playwright.sync_api import BrowserContext, Error

from vsdpo_jax.domains.web.browser.launch import Browser
from vsdpo_jax.domains.web.browser.session import PageLimit, ReadFailed, Session


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with Browser() as opened:
        yield opened


@pytest.fixture(scope="module")
def session(browser: Browser) -> Session:
    return Session(browser.browser, width=640, height=480)


@pytest.fixture(scope="module")
def scripted_session(browser: Browser) -> Session:
    return Session(browser.browser, scripts=True, width=640, height=480)


@pytest.fixture(scope="module")
def clocked(browser: Browser) -> Session:
    """In a browser that draws no frames when it is told to."""

    class Plain(Session):
        def _still_tab(self, context: BrowserContext) -> None:
            return None

    return Plain(browser.browser, width=640, height=480)


def _picture(session: Session, html: str, wait_s: float = 0.0) -> np.ndarray:
    session.open(html)
    time.sleep(wait_s)
    width, height = session.size()
    return session.screenshot(height, width)


@pytest.fixture(scope="module")
def others(browser: Browser) -> dict[str, np.ndarray]:
    """Every moving page in another browser, seen later."""
    with Browser() as another:
        session = Session(another.browser, width=640, height=480)
        return {name: _picture(session, html, 0.13) for name, html in MOVING.items()}


@pytest.mark.parametrize("name", MOVING)
def test_the_same_page_gives_the_same_bytes(
    name: str, session: Session, others: dict[str, np.ndarray]
) -> None:
    """At another moment, in another browser, after other pages."""
    np.testing.assert_array_equal(_picture(session, MOVING[name]), others[name])


@pytest.mark.parametrize("name", ["endless", "in a closed tree", "gif", "controls", "svg"])
def test_the_same_bytes_with_scripts(name: str, scripted_session: Session) -> None:
    first = _picture(scripted_session, MOVING[name])
    np.testing.assert_array_equal(_picture(scripted_session, MOVING[name], 0.13), first)


def test_an_animation_that_ends_has_ended(session: Session) -> None:
    np.testing.assert_array_equal(_picture(session, ENDED), _picture(session, "<p>x"))


def test_the_layout_stays_when_the_whole_page_is_drawn(session: Session) -> None:
    """100vh is the viewport's height, and what is fixed stands where the first screen has it."""
    picture = _picture(
        session,
        "<!DOCTYPE html><body style='margin:0'><div style='height:100vh;background:#f00'></div>"
        "<div style='height:900px;background:#00f'></div>"
        "<div style='position:fixed;bottom:0;height:30px;width:100%;background:#0f0'></div>",
    )
    assert picture.shape == (1380, 640, 3)
    rows = [tuple(picture[y, 5]) for y in (0, 449, 450, 479, 480, 1379)]
    red, green, blue = (255, 0, 0), (0, 255, 0), (0, 0, 255)
    assert rows == [red, red, green, green, blue, blue]


def test_every_picture_shows_what_the_document_is_now(session: Session) -> None:
    """And never what it was, or the one before it, though no frame is drawn in between."""
    paint = "(color) => { document.body.style.background = color }"
    for number in range(6):
        shade = 40 * number
        first = _picture(session, f"<!DOCTYPE html><body style='background:rgb({shade},0,9)'>")
        session.evaluate(paint, f"rgb(9,{shade},0)")
        second = session.screenshot(480, 640)
        assert np.unique(first.reshape(-1, 3), axis=0).tolist() == [[shade, 0, 9]]
        assert np.unique(second.reshape(-1, 3), axis=0).tolist() == [[9, shade, 0]]


FRAMED = {
    "in the window": "<!DOCTYPE html><h1>Title</h1><p style='transform:rotate(7deg)'>A text",
    "beyond": "<!DOCTYPE html><body style='background:linear-gradient(#fed,#9ab) fixed'>"
    "<p style='width:900px;height:2100px'>x<p style='position:fixed;bottom:0'>at the bottom",
    "player": "<!DOCTYPE html><audio controls></audio><video controls></video>",
}


@pytest.mark.parametrize("name", FRAMED)
def test_frames_that_are_asked_for_show_what_frames_by_the_clock_do(
    name: str, session: Session, clocked: Session
) -> None:
    """Browsers that draw by the clock alone make the same pictures."""
    np.testing.assert_array_equal(_picture(session, FRAMED[name]), _picture(clocked, FRAMED[name]))


def test_a_tall_page_leaves_nothing_to_the_next(session: Session) -> None:
    """Pictures by the clock reach below the window by settings after which fixed-width fonts, and
    with them text areas and dates, have another size."""
    form = "<!DOCTYPE html><textarea>fixed width</textarea><input type=date><select multiple>"
    before = _picture(session, form)
    _picture(session, FRAMED["beyond"])
    np.testing.assert_array_equal(_picture(session, form), before)


def test_what_is_laid_out_late_is_laid_out_before_the_page_is_read(session: Session) -> None:
    style = "section { content-visibility: auto; contain-intrinsic-size: auto 200px }"
    part = f"<section><h2>Part</h2><p>{'words of a text ' * 30}</p></section>"
    session.open(f"<!DOCTYPE html><style>{style}</style>{part * 30}")
    width, height = session.size()
    session.screenshot(height, width)
    assert session.evaluate("() => document.documentElement.scrollHeight") == height


@pytest.mark.parametrize(
    ("style", "size"),
    [
        ("", (2000, 3000)),
        ("html{overflow:hidden}", (640, 480)),
        ("body{overflow:hidden}", (640, 480)),
        ("html{overflow-x:hidden}", (640, 3000)),
        ("body{overflow-y:clip;overflow-x:clip}", (640, 480)),
        ("html{overflow:auto}body{overflow:hidden;height:100px}", (640, 480)),
        ("div{position:absolute;left:-5000px}", (640, 480)),
    ],
    ids=["plain", "root", "body", "one way", "clip", "body by itself", "left of the page"],
)
def test_the_page_ends_where_a_person_can_scroll_to(
    style: str, size: tuple[int, int], session: Session
) -> None:
    session.open(
        "<!DOCTYPE html><style>body{margin:0}div{width:2000px;height:3000px}"
        f"{style}</style><div>"
    )
    assert session.size() == size


@pytest.mark.parametrize(
    "page",
    [
        "<!DOCTYPE html><body style='zoom:2'><div style='width:900px;height:701.5px'>x",
        "<!DOCTYPE html><html dir=rtl><div style='width:900px'>x",
        "<!DOCTYPE html><html style='writing-mode:vertical-rl'><div style='height:900px'>x",
        "<!DOCTYPE html><div style='width:9px;height:9px;transform:scale(99)'>x",
        "<body style='height:900px;overflow:auto'><p style='height:2000px'>quirks",
        "<html style='overflow:auto'><body style='height:90px;overflow:auto'>"
        "<p style='height:2000px'>no element scrolls the window",
        "<svg xmlns='http://www.w3.org/2000/svg' width=900 height=900></svg>",
        "",
    ],
)
def test_the_size_is_what_the_browser_says(page: str, session: Session) -> None:
    session.open(page)
    content = session.cdp("Page.getLayoutMetrics")["cssContentSize"]
    assert session.size() == (
        max(round(content["width"]), 640),
        max(round(content["height"]), 480),
    )


def test_a_script_that_runs_late_moves_the_end_of_the_page(scripted_session: Session) -> None:
    grow = "setTimeout(() => { document.body.style.height = '3000px' }, 5)"
    for _ in range(3):
        scripted_session.open(f"<!DOCTYPE html><body style='margin:0'><script>{grow}</script>")
        high = scripted_session.evaluate("() => document.documentElement.scrollHeight")
        assert scripted_session.size() == (640, high)


def test_pictures_of_a_page(session: Session) -> None:
    """The built-in one under both of its names, and none under others."""
    names = ("rick.jpg", "placeholder.jpg", "./rick.jpg", "/rick.jpg", "a/rick.jpg", "other.png")
    session.open("".join(f"<img src='{name}'>" for name in names))
    sizes = session.evaluate(
        "() => [...document.images].map(i => [i.naturalWidth, i.naturalHeight])"
    )
    assert sizes == [[1920, 1080]] * 4 + [[0, 0]] * 2


def test_the_page_cannot_touch_who_reads_it(scripted_session: Session) -> None:
    scripted_session.open(
        "<p>x</p><script>Document.prototype.querySelectorAll = () => 'mine';"
        "Object.prototype.toJSON = () => 'mine'; Array.prototype.map = () => 'mine';"
        "window.secret = 1</script>"
    )
    read = "(n) => [document.querySelectorAll('p').length, [1].map(x => x + n), typeof secret]"
    assert scripted_session.evaluate(read, 2) == [1, [3], "undefined"]


def test_scripts_stop_when_the_page_is_read(scripted_session: Session) -> None:
    count = "setInterval(() => { document.querySelector('p').textContent = ++i }, 1)"
    scripted_session.open(f"<p>0</p><script>let i = 0; {count}</script>")
    texts = set()
    for _ in range(3):
        texts.add(scripted_session.evaluate("() => document.querySelector('p').textContent"))
        time.sleep(0.05)
    assert len(texts) == 1
    assert texts != {"0"}


def test_what_a_reader_does_wrong_is_said(session: Session) -> None:
    session.open("<p>x")
    with pytest.raises(ReadFailed, match="nothing is here"):
        session.evaluate("() => { throw new Error('nothing is here') }")
    with pytest.raises(PageLimit, match="too much to be read"):  # which only a page can bring about
        session.evaluate("() => { const deeper = () => deeper(); deeper() }")
    with pytest.raises(Error, match="wasn't found"):
        session.cdp("No.suchMethod")


def test_more_elements_than_are_read(session: Session) -> None:
    session.open("<i></i>" * 19_990)
    with pytest.raises(PageLimit, match="20,010 elements") as raised:
        session.open("<i></i>" * 20_007)
    assert raised.value.limit == "elements"
