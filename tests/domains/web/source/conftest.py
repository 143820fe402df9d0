"""A browser for what only a browser can say."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page

from vsdpo_jax.domains.web.browser.launch import Browser


@pytest.fixture(scope="session")
def source_page() -> Iterator[Page]:
    """A page of Chromium without scripts, which ``evaluate`` works in nevertheless."""
    with Browser() as browser:
        yield browser.browser.new_context(java_script_enabled=False).new_page()
