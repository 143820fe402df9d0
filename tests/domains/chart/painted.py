"""Programs recorded and painted, and the code that a span of one names."""

from __future__ import annotations

from collections.abc import Mapping

from recorded import record_all

from vsdpo_jax.domains.chart.drawlist.codec import decode
from vsdpo_jax.domains.chart.paint.raster import paint
from vsdpo_jax.domains.chart.paint.scene import Scene


def paint_all(sources: Mapping[str, str]) -> dict[str, tuple[str, Scene]]:
    """Name -> (source, painted scene); every program must record."""
    found = {}
    for name, recorded in record_all(sources).items():
        assert recorded.payload is not None, (name, recorded.error)
        found[name] = sources[name], paint(decode(recorded.payload))
    return found


def code_at(source: str, span: tuple[int, int] | None) -> str | None:
    """What a span spells; None without one."""
    return None if span is None else source[span[0] : span[1]]
