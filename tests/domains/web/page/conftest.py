"""One browser for the tests of what is read from a page, and short ways to look at one."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from vsdpo_jax.domains.web.browser.session import Session
from vsdpo_jax.domains.web.page.codec import decode, encode
from vsdpo_jax.domains.web.page.look import look
from vsdpo_jax.domains.web.page.records import Page
from vsdpo_jax.domains.web.source.instrument import instrument


@pytest.fixture(scope="session")
def see(tab: Session) -> Callable[[str], Page]:
    """Renders a source and looks at it; what comes back has gone through its bytes."""

    def looked(source: str) -> Page:
        instrumented = instrument(source)
        tab.open(instrumented.html)
        return decode(encode(look(tab, instrumented, source)))

    return looked
