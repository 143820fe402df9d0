"""In which order the rows of a corpus are drawn: a function of (seed, slot) alone.

Nothing is remembered, so that the position of a run in its corpus is its step: a resumed run draws
what an uninterrupted one would have drawn, on every host.

Rows lie in units that are read in one go (a row group of a table). Reading one for each row would
read a hundred times too much, so that an epoch visits the units in random order and mixes the rows
of those within a window alone. Rows that can be read one by one are units of one row, and their
order is free.
"""

from __future__ import annotations

import numpy as np

WINDOW_ROWS = 512


class Order:
    """The rows of one host, endlessly: one epoch after another, every row once in each.

    Attributes:
      rows: int64, the numbers of this host's rows, rising.

    Args:
      unit_sizes_U: rows of each unit.
      seed: of the run.
      process_index, process_count: of this host among all; no row belongs to two.
      dropped: numbers of rows that are left out.
    """

    def __init__(
        self,
        unit_sizes_U: np.ndarray,
        *,
        seed: int,
        process_index: int = 0,
        process_count: int = 1,
        dropped: np.ndarray | None = None,
    ) -> None:
        if not 0 <= process_index < process_count:
            raise ValueError(f"process_index {process_index} of {process_count}")
        ends_U = np.cumsum(unit_sizes_U, dtype=np.int64)
        num_rows = int(ends_U[-1]) if len(ends_U) else 0
        kept = np.ones(num_rows, bool)
        if dropped is not None:
            kept[dropped] = False
        rows = np.flatnonzero(kept)
        # Whole units to a host, so that none is read by two; rows where there are too few units.
        if len(ends_U) >= process_count:
            unit_of_row = np.searchsorted(ends_U, rows, side="right")
            rows = rows[unit_of_row % process_count == process_index]
        else:
            rows = rows[process_index::process_count]
        self.rows = rows
        self._seed = seed
        self._unit_of_row = np.searchsorted(ends_U, rows, side="right")
        units, self._first, self._size = np.unique(
            self._unit_of_row, return_index=True, return_counts=True
        )
        self._num_units = len(units)
        self._epoch: int | None = None

    def row(self, slot: int) -> int:
        """The number of the row that is drawn as the ``slot``-th."""
        epoch, place = divmod(slot, len(self.rows))
        self._go_to(epoch)
        window = int(np.searchsorted(self._window_starts, place, side="right")) - 1
        low, high = map(int, self._window_starts[window : window + 2])
        mix = np.random.default_rng([self._seed, 2, epoch, window]).permutation(high - low)
        place = low + mix[place - low]
        unit = np.searchsorted(self._starts, place, side="right") - 1
        return int(self.rows[self._first[self._order[unit]] + place - self._starts[unit]])

    def spare(self, slot: int, attempt: int) -> int:
        """The row that stands in for the ``slot``-th where that cannot be used."""
        generator = np.random.default_rng([self._seed, 3, slot, attempt])
        return int(self.rows[generator.integers(len(self.rows))])

    def _go_to(self, epoch: int) -> None:
        """Lay out the units of an epoch: their order, where each starts, where windows do."""
        if epoch == self._epoch:
            return
        order = np.random.default_rng([self._seed, 1, epoch]).permutation(self._num_units)
        ends = np.cumsum(self._size[order])
        starts = ends - self._size[order]
        is_first = np.diff(starts // WINDOW_ROWS, prepend=-1) > 0
        self._order, self._starts = order, starts
        self._window_starts = np.append(starts[is_first], ends[-1])
        self._epoch = epoch
