"""The live page, as what looks at it sees it: one contained document after another."""

from __future__ import annotations

import base64
import json
import re
import secrets
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from playwright.sync_api import Browser, BrowserContext, CDPSession, Error, Page

from vsdpo_jax.domains.web.browser.contain import Answers, context_options
from vsdpo_jax.domains.web.browser.picture import builtin_picture
from vsdpo_jax.domains.web.browser.png import pixels_of

MOST_SIDE = 16384
"""Pixels: what is drawn of a page, in either direction. Chromium needs 3 s for as much."""
MOST_PIXELS = 1280 * MOST_SIDE
MOST_ELEMENTS = 20_000
"""Typical pages have some hundred, the front pages of large sites 3,000."""
_SHOTS = 5  # the frame of a document that was just committed may not be there yet
_PNG = {"format": "png", "optimizeForSpeed": True}  # 10 instead of 60 ms for 1280 x 1000
_FRAME = "HeadlessExperimental.beginFrame"
_TAB_MS = 60_000.0
_SURROGATES = re.compile("[\ud800-\udfff]")
_AS_TEXT = "async (text) => JSON.stringify(await (SCRIPT\n)(JSON.parse(text)))"
_SETTLE = Path(__file__).with_name("settle.js").read_text()


class PageFailed(Exception):
    """The page's own doing: it cannot be read."""


class ReadFailed(Exception):
    """A script of ours threw, and nothing that is too much of the page made it."""


class PageLimit(PageFailed):
    """The page is too much.

    Attributes:
      limit: which limit it met, as in records.Render.
    """

    def __init__(self, limit: str, message: str) -> None:
        super().__init__(message)
        self.limit = limit


class Session:
    """A tab of a browser. Not thread-safe.

    Every document has an origin of its own. Without scripts that, and the policy that it is served
    with, keep documents apart in one tab, in one process; with scripts every document has a profile
    of its own (a context) too.
    """

    def __init__(
        self, browser: Browser, *, scripts: bool = False, width: int = 1280, height: int = 720
    ) -> None:
        """Open the tab.

        Args:
          browser: a contained one (launch.py).
          scripts: whether pages may run theirs.
          width, height: of the viewport, in pixels.
        """
        self.viewport = (width, height)
        self._browser = browser
        self._scripts = scripts
        self._options = context_options(scripts, width, height)
        self._context: BrowserContext | None = None
        self._answers: Answers | None = None
        self._hosts = secrets.token_hex(8)  # no page can name another's
        self._count = 0
        self._open_tab()

    def _open_tab(self) -> None:
        if self._context is not None:
            self._context.close()
        context = self._browser.new_context(**self._options)
        self._context = context
        # Of scripts some wait for frames: theirs come by the clock.
        tab = None if self._scripts else self._still_tab(context)
        self._is_still = tab is not None
        self._surface = self.viewport
        self._page = context.new_page() if tab is None else tab
        self._page.set_default_timeout(0)  # the watch ends what takes too long, by processor time
        self._client: CDPSession = context.new_cdp_session(self._page)
        context.on("page", lambda popup: popup.close())
        self._world: int | None = None
        self._clips = [False, False]
        self._plays = False
        self._content: list[int] | None = None
        self._frame = self.cdp("Page.getFrameTree")["frameTree"]["frame"]["id"]
        self._client.on("Fetch.requestPaused", self._answer)
        self._client.on("Inspector.targetCrashed", self._crashed)
        # What settle.js cannot reach (closed shadow trees, frames, marquees) has not begun to move.
        self.cdp("Animation.enable")
        self.cdp("Animation.setPlaybackRate", {"playbackRate": 0})
        self.cdp("Fetch.enable", {"patterns": [{"urlPattern": "*"}]})

    def _still_tab(self, context: BrowserContext) -> Page | None:
        """A tab that draws a frame when it is told to and never by itself.

        By the clock ten frames are drawn of a page while it is read, of which two become pictures.
        None: the browser has no such tabs. Headless shells have.
        """
        width, height = self.viewport
        browser, tab = self._browser.new_browser_cdp_session(), None
        with context.new_page() as first:
            target = context.new_cdp_session(first).send("Target.getTargetInfo")["targetInfo"]
            wanted = {
                "url": "about:blank",
                "browserContextId": target["browserContextId"],
                "enableBeginFrameControl": True,
                "width": width,
                "height": height,
            }
            try:
                with context.expect_page(timeout=_TAB_MS) as opened:
                    browser.send("Target.createTarget", wanted)
                tab = opened.value
                context.new_cdp_session(tab).send(_FRAME)
            except Error:
                if not self._browser.is_connected():
                    raise
                if tab is not None:
                    tab.close()
                    tab = None
        browser.detach()
        return tab

    def cdp(self, method: str, params: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """Send a command of the Chrome DevTools protocol to the tab.

        Args:
          method: such as "CSS.enable".
          params: its parameters.

        Returns:
          The answer's result.

        Raises:
          playwright.sync_api.Error: the browser refuses it, or is gone.
        """
        return self._client.send(method, dict(params or {}))

    def open(self, html: str) -> None:
        """Load a document into a fresh contained state and wait until it looks as it will.

        Animations that end have ended, others have not begun; nothing moves any more. With scripts
        on, theirs have run until two frames after the load, and do not run again.

        Args:
          html: any text at all.

        Raises:
          PageLimit: too many elements.
          PageFailed: the page went elsewhere, or cannot be read.
          playwright.sync_api.Error: the browser is gone.
        """
        if self._scripts and self._count:
            self._open_tab()
        self._count += 1
        text = _SURROGATES.sub("�", html).encode()
        host = "page" if self._scripts else f"p{self._count}-{self._hosts}"
        self._answers = Answers(
            f"http://{host}.web.invalid/", text, builtin_picture(), self._scripts
        )
        self._world = None
        self._resize(*self.viewport)
        # With scripts on a page may go elsewhere before its load; the answers keep it where it is.
        until = "commit" if self._scripts else "load"
        self._page.goto(self._answers.url, wait_until=until)
        if self._is_still:
            # Timelines of scrolling begin in a frame. What "content-visibility: auto" leaves out is
            # known after one, and what then comes near the window after another.
            for _ in range(2 if b"content-visibility" in text.lower() else 1):
                self.cdp(_FRAME, {"noDisplayUpdates": True})
        settled = self.evaluate(_SETTLE, {"scripts": self._scripts, "mostElements": MOST_ELEMENTS})
        if self._scripts:
            self.cdp("Emulation.setScriptExecutionDisabled", {"value": True})
        self._clips = settled["clips"]
        self._plays = settled["plays"]
        # Of scripts one may have run since.
        self._content = None if self._scripts else settled["content"]
        if settled["elements"] > MOST_ELEMENTS:
            raise PageLimit(
                "elements",
                f"the page has {settled['elements']:,} elements; at most {MOST_ELEMENTS:,} "
                f"are read",
            )

    def evaluate(self, script: str, argument: Any = None) -> Any:
        """Call a function in a world of its own, which the page's scripts cannot touch.

        Args:
          script: a JavaScript function expression of one argument; may be async. With scripts off
            no callback of an event, a timer or a frame runs; promises of the browser do.
          argument: JSON-able.

        Returns:
          What it returns, JSON-able.

        Raises:
          PageFailed: the document is gone.
          PageLimit: it threw because the page is too much for it.
          ReadFailed: it threw.
          playwright.sync_api.Error: the browser is gone.
        """
        try:
            answer = self._call(script, argument)
        except Error as error:
            if "context" in error.message.lower() and self._browser.is_connected():
                raise PageFailed("the page left its document while it was read") from error
            raise
        if "exceptionDetails" in answer:
            details = answer["exceptionDetails"]
            text = details.get("exception", {}).get("description", details.get("text", ""))
            if text.startswith("RangeError"):  # the stack, or the longest string
                raise PageLimit("elements", f"the page is too much to be read: {text}")
            raise ReadFailed(text)
        value = answer["result"].get("value")
        return None if value is None else json.loads(value)

    def _call(self, script: str, argument: Any) -> dict[str, Any]:
        if self._world is None:
            params = {"frameId": self._frame, "worldName": "look"}
            self._world = self.cdp("Page.createIsolatedWorld", params)["executionContextId"]
        # As text: the browser, the driver and its client each walk through a structure, which takes
        # 20 ms of processor time for a page of 40 elements.
        text = json.dumps(argument)
        return self.cdp(
            "Runtime.callFunctionOn",
            {
                "functionDeclaration": _AS_TEXT.replace("SCRIPT", script),
                "executionContextId": self._world,
                "arguments": [{"value": text}],
                "returnByValue": True,
                "awaitPromise": True,
            },
        )

    def size(self) -> tuple[int, int]:
        """Width and height of the whole page in pixels: what a person can scroll to.

        Raises:
          PageLimit: it is larger than what is drawn.
          playwright.sync_api.Error: the browser is gone.
        """
        content = self._content
        if content is None:
            metrics = self.cdp("Page.getLayoutMetrics")["cssContentSize"]
            content = (round(metrics["width"]), round(metrics["height"]))
        width, height = (
            least if clipped else max(side, least)
            for side, least, clipped in zip(content, self.viewport, self._clips, strict=True)
        )
        if max(width, height) > MOST_SIDE:
            side = "high" if height > MOST_SIDE else "wide"
            raise PageLimit(
                "canvas",
                f"the page is {max(width, height):,} px {side}; at most {MOST_SIDE:,} are drawn",
            )
        if width * height > MOST_PIXELS:
            raise PageLimit(
                "canvas",
                f"the page has {width:,} x {height:,} px; at most {MOST_PIXELS:,} are drawn",
            )
        return width, height

    def screenshot(self, height: int, width: int) -> np.ndarray:
        """The page, from its top left corner.

        Args:
          height, width: in pixels, from ``size``.

        Returns:
          uint8[Y, X, 3].

        Raises:
          PageFailed: the browser draws no picture of it.
          playwright.sync_api.Error: the browser is gone.
        """
        take = self._draw if self._is_still else self._capture
        for _ in range(_SHOTS):
            data = take(height, width)
            if data is None:
                continue
            image_YXC = pixels_of(base64.b64decode(data))
            if image_YXC.shape[:2] == (height, width):
                return image_YXC
        raise PageFailed(f"no picture of {width} x {height} px could be taken of the page")

    def _draw(self, height: int, width: int) -> str | None:
        """A frame of what the document is now; None: it was not drawn yet."""
        self._resize(width, height)
        if self._plays:  # controls of players find their places in a frame and stand in the next
            self.cdp(_FRAME)
        return self.cdp(_FRAME, {"screenshot": _PNG}).get("screenshotData")

    def _resize(self, width: int, height: int) -> None:
        """Set the size of what frames show; the layout stays that of the viewport."""
        if self._surface != (width, height):
            self.cdp("Emulation.setVisibleSize", {"width": width, "height": height})
            self._surface = (width, height)

    def _capture(self, height: int, width: int) -> str | None:
        """A picture of a tab that draws by the clock; None: there was no frame of it yet."""
        # It keeps the layout, vh and fixed elements included, and doubles the cost. Controls of
        # players find their places only when the surface changes.
        beyond = self._plays or width > self.viewport[0] or height > self.viewport[1]
        params: dict[str, Any] = {**_PNG, "captureBeyondViewport": beyond}
        if (width, height) != self.viewport:
            params["clip"] = {"x": 0, "y": 0, "width": width, "height": height, "scale": 1}
        try:
            return self.cdp("Page.captureScreenshot", params)["data"]
        except Error as error:
            if "Unable to capture" not in error.message:
                raise
            return None

    def _answer(self, event: dict[str, Any]) -> None:
        if self._answers is None:
            return
        method, params = self._answers.to(event)
        try:
            self.cdp(method, params)
        except Error:
            return  # the request is gone, with its document or with the browser

    def _crashed(self, event: dict[str, Any]) -> None:
        """Calls that wait for a crashed tab wait for ever; the watch must not be needed for it."""
        self._browser.close()
