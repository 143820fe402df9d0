"""Programs that are pages: rendered one after another in one browser of the worker process."""

from __future__ import annotations

import contextlib
import io
import os
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
from PIL import Image
from playwright.sync_api import sync_playwright

from vsdpo_jax.domains.base import Artifact, RendererSetup
from vsdpo_jax.domains.web.browser.session import Session

FLAGS = (
    "--host-resolver-rules=MAP * ~NOTFOUND",
    "--font-render-hinting=none",
    "--disable-lcd-text",
    "--force-color-profile=srgb",
    "--hide-scrollbars",
)


def builtin_picture() -> bytes:
    """PNG bytes of the picture that is served: 1920 x 1080."""
    ramp = np.linspace(60, 200, 1920)[None, :, None] * np.ones((1080, 1, 3))
    buffer = io.BytesIO()
    Image.fromarray(ramp.astype(np.uint8)).save(buffer, "PNG")
    return buffer.getvalue()


@contextlib.contextmanager
def open_session(width: int = 1280, height: int = 720, scripts: bool = False) -> Iterator[Session]:
    """A tab of a browser of its own; for tests and for looking at pages by hand."""
    with tempfile.TemporaryDirectory(prefix="vsdpo-web-") as folder:
        home = Path(folder, "home")
        home.mkdir()
        launcher = Path(folder, "launch")
        program = "/usr/bin/chromium-headless-shell"
        if os.geteuid() == 0:
            os.chmod(folder, 0o755)
            os.chown(home, 65534, 65534)
            program = f"setpriv --reuid=65534 --regid=65534 --clear-groups {program}"
        launcher.write_text(
            f'#!/bin/sh\nexport HOME={home} TMPDIR={home}\nexec {program} "$@" '
            f"--user-data-dir={home}/profile\n"
        )
        launcher.chmod(0o755)
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(
                executable_path=str(launcher), chromium_sandbox=True, args=FLAGS
            )
            context = browser.new_context(
                viewport={"width": width, "height": height},
                java_script_enabled=scripts,
                offline=True,
                service_workers="block",
            )
            yield Session(context, builtin_picture())
            browser.close()


class BrowserRenderer:
    """A context manager that renders pages."""

    def __init__(self, setup: RendererSetup) -> None:
        self._stack = contextlib.ExitStack()
        self._setup = setup

    def __enter__(self) -> BrowserRenderer:
        self.session = self._stack.enter_context(open_session())
        return self

    def __exit__(self, *exception: object) -> None:
        self._stack.close()

    def run(self, source: str, on_attempt: Callable[[bool], None] | None = None) -> Artifact:
        """Render one page."""
        from vsdpo_jax.domains.web.page.look import look  # pyright: ignore
        from vsdpo_jax.domains.web.page.records import encode  # pyright: ignore
        from vsdpo_jax.domains.web.source.instrument import instrument  # pyright: ignore

        started = time.perf_counter()
        instrumented = instrument(source)
        self.session.open(instrumented.html)
        payload = encode(look(self.session, instrumented))
        return Artifact(status="ok", payload=payload, wall_s=time.perf_counter() - started)
