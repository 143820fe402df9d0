"""Renderers of plain pictures, a listener that should hear nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from listener import Listener
from plain_renders import GOOD, renderer

from vsdpo_jax.domains.base import Artifact
from vsdpo_jax.domains.web.browser.renderer import BrowserRenderer


@pytest.fixture(scope="session")
def still() -> Iterator[BrowserRenderer]:
    """With scripts off."""
    with renderer() as opened:
        yield opened


@pytest.fixture(scope="session")
def scripted() -> Iterator[BrowserRenderer]:
    """With scripts on."""
    with renderer(scripts=True) as opened:
        yield opened


@pytest.fixture(scope="session")
def listener() -> Iterator[Listener]:
    with Listener() as opened:
        yield opened


@pytest.fixture(scope="session")
def good() -> bytes:
    """What GOOD looks like in a browser that has shown nothing else."""
    with renderer() as opened:
        return opened.run(GOOD).payload


@pytest.fixture(params=["still", "scripted"])
def either(request: pytest.FixtureRequest) -> BrowserRenderer:
    """Each of both."""
    return request.getfixturevalue(request.param)


@pytest.fixture
def is_healthy(good: bytes) -> Callable[[BrowserRenderer], None]:
    """Asserts that the next page looks as if it were the first."""

    def check(opened: BrowserRenderer) -> None:
        artifact: Artifact = opened.run(GOOD)
        assert artifact.status == "ok", artifact.error
        assert artifact.payload == good

    return check
