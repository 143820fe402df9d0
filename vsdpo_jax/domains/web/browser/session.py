"""The live page, as what looks at it sees it: one contained document after another in one tab."""

from __future__ import annotations

import base64
import io
from collections.abc import Mapping
from typing import Any

import numpy as np
from PIL import Image
from playwright.sync_api import BrowserContext, CDPSession, Page

MOST_HEIGHT = 16384
"""Pixels: the most that is drawn of a page, in either direction (a texture's most)."""


class PageFailed(Exception):
    """The page's own doing: a script of ours met something that the page brought about."""


class PageTooLarge(PageFailed):
    """The page is wider or higher than what is drawn."""


class Session:
    """One tab of a browser. Not thread-safe."""

    def __init__(self, context: BrowserContext, picture: bytes) -> None:
        """Open the tab.

        Args:
          context: contained, with scripts on or off and a viewport.
          picture: PNG or JPEG bytes that are served as rick.jpg and placeholder.jpg.
        """
        self._page: Page = context.new_page()
        self._client: CDPSession = context.new_cdp_session(self._page)
        self._picture = picture
        self._count = 0
        self._html = b""
        self._world: int | None = None
        self.cdp("Page.enable")
        self._frame = self.cdp("Page.getFrameTree")["frameTree"]["frame"]["id"]
        self._client.on("Fetch.requestPaused", self._answer)
        self.cdp("Fetch.enable", {"patterns": [{"urlPattern": "*"}]})

    def cdp(self, method: str, params: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """Send a command of the Chrome DevTools protocol to the tab."""
        return self._client.send(method, dict(params or {}))

    def open(self, html: str) -> None:
        """Load a document into a fresh, contained state."""
        self._count += 1
        self._html = html.encode("utf-8", "replace")
        self._world = None
        self._page.goto(f"http://page{self._count}.web.invalid/", wait_until="load")
        self.evaluate("() => document.fonts.ready.then(() => true)")

    def evaluate(self, script: str, argument: Any = None) -> Any:
        """Call a function in a world of its own, which the page's scripts cannot touch.

        Args:
          script: a JavaScript function expression of one argument; may be async.
          argument: JSON-able.

        Returns:
          What it returns, JSON-able.

        Raises:
          PageFailed: it threw.
        """
        if self._world is None:
            params = {"frameId": self._frame, "worldName": "look"}
            created = self.cdp("Page.createIsolatedWorld", params)
            self._world = created["executionContextId"]
        answer = self.cdp(
            "Runtime.callFunctionOn",
            {
                "functionDeclaration": script,
                "executionContextId": self._world,
                "arguments": [{"value": argument}],
                "returnByValue": True,
                "awaitPromise": True,
            },
        )
        if "exceptionDetails" in answer:
            details = answer["exceptionDetails"]
            text = details.get("exception", {}).get("description", details.get("text", ""))
            raise PageFailed(f"the page could not be read: {text}")
        return answer["result"].get("value")

    def size(self) -> tuple[int, int]:
        """Width and height of the whole page in pixels.

        Raises:
          PageTooLarge: it is larger than what is drawn.
        """
        metrics = self.cdp("Page.getLayoutMetrics")["cssContentSize"]
        width, height = round(metrics["width"]), round(metrics["height"])
        if max(width, height) > MOST_HEIGHT:
            raise PageTooLarge(
                f"the page is {width:,} px wide and {height:,} px high; at most {MOST_HEIGHT:,} "
                f"are drawn"
            )
        return width, height

    def screenshot(self, height: int, width: int) -> np.ndarray:
        """The whole page.

        Args:
          height, width: in pixels, from ``size``.

        Returns:
          uint8[Y, X, 3].
        """
        clip = {"x": 0, "y": 0, "width": width, "height": height, "scale": 1}
        answer = self.cdp(
            "Page.captureScreenshot",
            {
                "format": "png",
                "optimizeForSpeed": True,
                "captureBeyondViewport": True,
                "clip": clip,
            },
        )
        with Image.open(io.BytesIO(base64.b64decode(answer["data"]))) as image:
            return np.asarray(image.convert("RGB"))

    def _answer(self, event: dict[str, Any]) -> None:
        url = event["request"]["url"]
        host = f"http://page{self._count}.web.invalid/"
        if url == host and event["resourceType"] == "Document":
            body, kind = self._html, "text/html; charset=utf-8"
        elif url in (f"{host}rick.jpg", f"{host}placeholder.jpg"):
            body, kind = self._picture, "image/png"
        else:
            reply = {"requestId": event["requestId"], "errorReason": "BlockedByClient"}
            self.cdp("Fetch.failRequest", reply)
            return
        reply = {
            "requestId": event["requestId"],
            "responseCode": 200,
            "responseHeaders": [{"name": "content-type", "value": kind}],
            "body": base64.b64encode(body).decode(),
        }
        self.cdp("Fetch.fulfillRequest", reply)
