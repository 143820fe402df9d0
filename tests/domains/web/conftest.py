"""Tabs without limits, for looking at one's own pages."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager

import pytest

from vsdpo_jax.domains.web.browser.launch import Browser
from vsdpo_jax.domains.web.browser.session import Session


@contextmanager
def _open_tab(scripts: bool = False, width: int = 1280, height: int = 720) -> Iterator[Session]:
    with Browser() as browser:
        yield Session(browser.browser, scripts=scripts, width=width, height=height)


@pytest.fixture(scope="session")
def open_tab() -> Callable[..., AbstractContextManager[Session]]:
    """Opens a tab of a browser of its own."""
    return _open_tab


@pytest.fixture(scope="session")
def tab() -> Iterator[Session]:
    with _open_tab() as session:
        yield session
