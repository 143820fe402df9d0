"""Renderers that return the plain picture of a page."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable
from pathlib import Path

import psutil

from vsdpo_jax.domains.web.browser.renderer import BrowserRenderer
from vsdpo_jax.domains.web.browser.session import Session
from vsdpo_jax.sandbox import Limits

LIMITS = Limits(cpu_s=4, wall_s=60.0, memory_bytes=300 << 20)
GOOD = "<!DOCTYPE html><body style='background:#cde'><h1>Good</h1><img src=rick.jpg width=300>"


def picture(session: Session, source: str) -> bytes:
    """The size and the pixels of a page."""
    session.open(source)
    width, height = session.size()
    return f"{width} {height} ".encode() + session.screenshot(height, width).tobytes()


def renderer(
    scripts: bool = False,
    limits: Limits = LIMITS,
    read: Callable[[Session, str], bytes] = picture,
    unsafe: bool = False,
) -> BrowserRenderer:
    """A renderer that returns ``picture``."""
    options = {"scripts": scripts, "viewport_width": 640, "viewport_height": 480}
    return BrowserRenderer(limits, options, unsafe, read)


def folders(worker: int | None = None) -> set[Path]:
    """The private folders of a worker's browsers; None: of this process's."""
    return set(Path(tempfile.gettempdir()).glob(f"vsdpo-web-{worker or os.getpid()}-*"))


def family() -> list[psutil.Process]:
    """Every process that this one, or what it started, has started; zombies too."""
    return psutil.Process().children(recursive=True)
