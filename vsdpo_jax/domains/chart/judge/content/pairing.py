"""Which painted series shows which asked one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from vsdpo_jax.domains.chart.judge.content.asked import normal
from vsdpo_jax.domains.chart.judge.content.extras import extra_series
from vsdpo_jax.domains.chart.judge.content.keys import Keys
from vsdpo_jax.domains.chart.judge.content.series import MAX_SERIES, Series, readings_of
from vsdpo_jax.domains.chart.judge.content.values import Match, Reader
from vsdpo_jax.domains.chart.judge.content.view import View

READ_SHARE = 0.5
"""Of a series' values: with so many read off rightly it is the asked one, with slips; with fewer it
is not there, or another one."""
_NAMED, _KIND, _OTHERS, _EXTRA = 0.3, 0.1, 0.5, 0.5
"""What a name, the kind, a value too many and a series too many weigh against a right value."""


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Pairing:
    """A way to read the picture.

    Attributes:
      series: all painted series.
      pairs: asked -> painted series.
      matches: asked -> its values against that series.
      names: asked -> what the picture calls that series; "" when it does not say.
      extras: painted series that nobody asked for.
      said: every name that can be read somewhere.
    """

    series: tuple[Series, ...]
    pairs: dict[int, Series]
    matches: dict[int, Match]
    names: dict[int, str]
    extras: tuple[Series, ...]
    said: frozenset[str]


def best_pairing(
    view: View, reader: Reader, rows: Sequence[Sequence[float]], wanted: Sequence[str], kind: str
) -> Pairing:
    """The way to group the marks that explains most of what was asked.

    Args:
      view: the scene.
      reader: reads the values of ``rows``.
      rows: the asked values.
      wanted: the asked names.
      kind: the asked kind, or "".
    """
    keys = Keys(view, wanted) if len(rows) > 1 else None
    perfect = sum(len(row) + _KIND + _NAMED * bool(keys) for row in rows) - 1e-9
    best: tuple[float, Pairing] | None = None
    for series in readings_of(view, reader.shapes):
        pairing = _pairing(reader, rows, wanted, kind, series[:MAX_SERIES], keys)
        total = -_EXTRA * len(pairing.extras)
        for row, match in pairing.matches.items():
            total += match.right - _OTHERS * match.others
            total += _NAMED * (keys is not None and pairing.names[row] == normal(wanted[row]))
            total += _KIND * (kind in ("", pairing.pairs[row].family))
        if best is None or total > best[0]:
            best = (total, pairing)
        if total >= perfect:
            break
    if best is None:
        return Pairing(series=(), pairs={}, matches={}, names={}, extras=(), said=frozenset())
    return best[1]


def _pairing(
    reader: Reader,
    rows: Sequence[Sequence[float]],
    wanted: Sequence[str],
    kind: str,
    series: Sequence[Series],
    keys: Keys | None,
) -> Pairing:
    names = [""] * len(series) if keys is None else keys.names(series)
    asked = [normal(name) for name in wanted]
    chosen = _assigned(reader, asked, kind, series, names)
    pairs = {row: series[place] for row, place in chosen.items()}
    return Pairing(
        series=tuple(series),
        pairs=pairs,
        matches={row: reader.match(row, one) for row, one in pairs.items()},
        names={row: names[place] for row, place in chosen.items()},
        extras=tuple(extra_series(reader, series, list(pairs.values()), rows)) if rows else (),
        said=frozenset() if keys is None else keys.said,
    )


def _assigned(
    reader: Reader, asked: Sequence[str], kind: str, series: Sequence[Series], names: Sequence[str]
) -> dict[int, int]:
    """Asked row -> index of the painted series: by values that are right, by name, by likeness.

    Values come first: a false key does not make right marks disappear, it makes them wrong.
    """
    offers = []
    visible = [place for place, one in enumerate(series) if reader.seen(one).any()]
    for row, name in enumerate(asked):
        for place in visible:
            one = series[place]
            share = reader.match(row, one).share
            named = names[place] == name != ""
            is_another = names[place] in asked and not named
            turn = 0 if share >= READ_SHARE else 1
            if turn and not named and (share == 0 or is_another):
                turn, share = 2, reader.guess(row, one)
                if share < READ_SHARE:
                    continue
            score = share + _NAMED * named + _KIND * (one.family == kind)
            offers.append((turn, -score, row, place))
    chosen: dict[int, int] = {}
    taken: set[int] = set()
    for _, _, row, place in sorted(offers):
        if row not in chosen and place not in taken:
            chosen[row] = place
            taken.add(place)
    return chosen
