"""Programs that are pages: rendered one after another in one browser of the worker process."""

from __future__ import annotations

import logging
import traceback
from collections.abc import Callable, Mapping
from dataclasses import replace
from types import TracebackType
from typing import Any

from playwright.sync_api import Error

from vsdpo_jax.domains.base import Artifact
from vsdpo_jax.domains.bounds import MACHINE_ERRORS
from vsdpo_jax.domains.web.browser.launch import Browser, StartFailed
from vsdpo_jax.domains.web.browser.session import PageFailed, PageLimit, Session
from vsdpo_jax.domains.web.browser.watch import Watch
from vsdpo_jax.domains.web.page.codec import encode
from vsdpo_jax.domains.web.page.look import TooRich, look
from vsdpo_jax.domains.web.source.instrument import instrument
from vsdpo_jax.sandbox import Limits, SandboxUnavailable
from vsdpo_jax.sandbox.process import give_back

_LOGGER = logging.getLogger(__name__)
MOST_PAGES = 500
"""After so many a browser is replaced, which takes half a second."""
MOST_BYTES = 768 << 20
"""The memory of its processes after a page for which it is replaced; it starts with 150 MB."""
_ATTEMPTS = 2


def read_page(session: Session, source: str) -> bytes:
    """Render a page and read it.

    Returns:
      The encoded Page (page/codec.py).

    Raises:
      PageFailed, playwright.sync_api.Error: see Session.
    """
    instrumented = instrument(source)
    session.open(instrumented.html)
    return encode(look(session, instrumented, source))


class BrowserRenderer:
    """A context manager that renders pages, each in a fresh contained state of one browser.

    Not thread-safe. A browser that a page ends, or that is ended for what a page takes, is replaced
    when the next page comes.
    """

    def __init__(
        self,
        limits: Limits,
        options: Mapping[str, Any],
        unsafe: bool = False,
        read: Callable[[Session, str], bytes] = read_page,
    ) -> None:
        """Describe a renderer; entering the context starts it.

        Args:
          limits: of every page. Memory counts on top of what the browser has when a page comes.
          options: "scripts", "viewport_width", "viewport_height" of the domain's.
          unsafe: without Chromium's own sandbox; for trusted pages only.
          read: opens a source in the session and returns the payload.
        """
        self._limits = limits
        self._read = read
        self._unsafe = unsafe
        self._tab = {
            "scripts": options["scripts"],
            "width": options["viewport_width"],
            "height": options["viewport_height"],
        }
        self._browser: Browser | None = None
        self._session: Session | None = None
        self._pages = 0

    def __enter__(self) -> BrowserRenderer:
        """Start the browser.

        Raises:
          SandboxUnavailable: there is none, it does not start, or it cannot be contained.
        """
        try:
            self._start()
        except StartFailed as error:
            raise SandboxUnavailable(str(error)) from error
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stop()

    def run(self, source: str, on_attempt: Callable[[bool], None] | None = None) -> Artifact:
        """Render one page.

        Args:
          source: the page. Whatever it is or does, the outcome is a result, not an exception.
          on_attempt: called before each attempt, with whether a browser must be started first.

        Returns:
          The encoded Page, or what became of it: a browser that ends on a page is tried once more.
        """
        size = len(source.encode("utf-8", "surrogatepass"))
        if size > self._limits.source_bytes:
            text = f"the page has {size:,} bytes; {self._limits.source_bytes:,} are allowed"
            return Artifact(status="limit", limit="source", error=text)
        result = Artifact(status="infra", error="not run")
        for _ in range(_ATTEMPTS):
            if on_attempt is not None:
                on_attempt(self._session is None)
            result, is_final = self._attempt(source)
            if is_final:
                break
        return result

    def _attempt(self, source: str) -> tuple[Artifact, bool]:
        """What became of a page, and whether another browser could make nothing else of it.

        The wall is met by what sleeps, and no page can make us wait so long without using the
        processor: a part of the browser is gone, or the machine stood still.
        """
        try:
            browser, session = self._start()
        except (StartFailed, SandboxUnavailable) as error:
            return Artifact(status="infra", error=str(error)), False
        watch = Watch(browser.family, self._limits)
        try:
            with watch:
                outcome, is_final = self._render(session, source)
        except BaseException:
            self._stop()
            raise
        if watch.over:
            outcome, is_final = self._met(watch.over), watch.over != "wall"
        self._pages += 1
        is_spent = self._pages >= MOST_PAGES or watch.memory_bytes > MOST_BYTES
        if not is_final or watch.over or is_spent:
            self._stop()
        return replace(outcome, cpu_s=watch.cpu_s, wall_s=watch.wall_s), is_final

    def _render(self, session: Session, source: str) -> tuple[Artifact, bool]:
        try:
            payload = self._read(session, source)
        except PageLimit as error:
            return Artifact(status="limit", limit=error.limit, error=str(error)), True
        except TooRich as error:
            return Artifact(status="limit", limit="elements", error=str(error)), True
        except MemoryError:
            text = "the page takes more memory than there is to read it"
            return Artifact(status="limit", limit="memory", error=text), True
        except RecursionError:
            text = "the elements of the page are nested too deeply to be read"
            return Artifact(status="limit", limit="elements", error=text), True
        except PageFailed as error:
            return Artifact(status="program_error", error=str(error)), True
        except Error as error:
            reason = error.message.partition("\n")[0]
            text = f"the browser ended while it read or drew the page ({reason})"
            return Artifact(status="program_error", error=text), False
        except Exception as error:
            if isinstance(error, OSError) and error.errno in MACHINE_ERRORS:
                return Artifact(status="infra", error=f"the machine: {error}"), False
            _LOGGER.warning("a page could not be read:\n%s", traceback.format_exc())
            text = f"the page could not be read: {type(error).__name__}: {error}"
            return Artifact(status="infra", error=text), True
        if len(payload) > self._limits.payload_bytes:
            most = self._limits.payload_bytes
            text = f"the page takes {len(payload):,} bytes; {most:,} are allowed"
            return Artifact(status="limit", limit="payload", error=text), True
        return Artifact(status="ok", payload=payload), True

    def _met(self, limit: str) -> Artifact:
        allowed = {
            "cpu": f"{self._limits.cpu_s} s of processor time",
            "wall": f"{self._limits.wall_s:g} s on the clock",
            "memory": f"{self._limits.memory_bytes >> 20} MiB of memory",
        }[limit]
        text = f"{limit} limit: the page takes more than {allowed}"
        return Artifact(status="limit", limit=limit, error=text)

    def _start(self) -> tuple[Browser, Session]:
        if self._browser is not None and self._session is not None and self._browser.is_alive:
            return self._browser, self._session
        self._stop()
        browser = Browser(self._unsafe)
        self._browser = browser.__enter__()
        try:
            self._session = Session(browser.browser, **self._tab)
        except Error as error:
            self._stop()
            raise StartFailed(f"the browser opens no page: {error.message}") from error
        self._pages = 0
        return self._browser, self._session

    def _stop(self) -> None:
        browser, self._browser, self._session = self._browser, None, None
        if browser is not None:
            browser.__exit__(None, None, None)
            # Of every page some objects stay with the browser's client (37 on average).
            give_back()
