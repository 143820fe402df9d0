"""One pool a domain for the whole session; what was judged once is not judged again."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack

import pytest

from vsdpo_jax.domains.pool import Job, RenderPool
from vsdpo_jax.records import Judged

Judge = Callable[[str, Sequence[Job]], list[Judged]]


@pytest.fixture(scope="session")
def judge() -> Iterator[Judge]:
    """(domain, jobs) -> verdicts, in order. The programs are ours and trusted."""
    pools: dict[str, RenderPool] = {}
    known: dict[tuple[str, str, str], Judged] = {}
    with ExitStack() as stack:

        def verdicts(domain: str, jobs: Sequence[Job]) -> list[Judged]:
            if domain not in pools:
                # Without the layers that a kernel may lack: the suite must run there, too.
                pools[domain] = stack.enter_context(RenderPool(domain, num_workers=2, unsafe=True))
            keys = [(domain, job.source, json.dumps(job.asked, sort_keys=True)) for job in jobs]
            new = {k: job for k, job in zip(keys, jobs, strict=True) if k not in known}
            results = pools[domain].map(list(new.values()))
            known.update(zip(new, results, strict=True))
            return [known[key] for key in keys]

        yield verdicts
