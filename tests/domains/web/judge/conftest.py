"""One browser for the tests of the judge: sources become views of pages, and verdicts."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from vsdpo_jax.domains.base import Artifact, JudgeOptions
from vsdpo_jax.domains.web.browser.session import Session
from vsdpo_jax.domains.web.domain import DOMAIN
from vsdpo_jax.domains.web.judge.diagnose import judge
from vsdpo_jax.domains.web.judge.view import View
from vsdpo_jax.domains.web.page.codec import decode, encode
from vsdpo_jax.domains.web.page.look import look
from vsdpo_jax.domains.web.source.instrument import instrument
from vsdpo_jax.records import Judged


@pytest.fixture(scope="session")
def payload_of(tab: Session) -> Callable[[str], bytes]:
    """The bytes of a rendered source; each source is rendered once."""
    known: dict[str, bytes] = {}

    def rendered(source: str) -> bytes:
        if source not in known:
            instrumented = instrument(source)
            tab.open(instrumented.html)
            known[source] = encode(look(tab, instrumented, source))
        return known[source]

    return rendered


@pytest.fixture(scope="session")
def view_of(payload_of) -> Callable[[str], View]:
    return lambda source: View(decode(payload_of(source)), source)


@pytest.fixture(scope="session")
def verdict(payload_of) -> Callable[..., Judged]:
    """(source, asked, further fields of JudgeOptions) -> what the judge says."""

    def judged(source: str, asked: dict[str, Any] | None = None, **options: Any) -> Judged:
        artifact = Artifact(status="ok", payload=payload_of(source))
        settings = DOMAIN.complete(options.pop("options", None))
        return judge(artifact, source, JudgeOptions(asked=asked, options=settings, **options))

    return judged
