import itertools
from collections import Counter

import numpy as np
import pytest

from vsdpo_jax.data.order import WINDOW_ROWS, Order

SIZES = np.array([3, 1, 4, 1, 5, 9, 2, 6])
NUM = int(SIZES.sum())


def test_every_epoch_has_every_row_once_in_another_order():
    order = Order(SIZES, seed=0)
    epochs = [[order.row(slot) for slot in range(e * NUM, (e + 1) * NUM)] for e in range(2)]
    assert sorted(epochs[0]) == sorted(epochs[1]) == list(range(NUM))
    assert epochs[0] != epochs[1]


def test_a_row_depends_on_seed_and_slot_alone():
    rows = [Order(SIZES, seed=5).row(slot) for slot in (40, 3, 17)]
    order = Order(SIZES, seed=5)
    assert [order.row(slot) for slot in (3, 17, 40)] == [rows[1], rows[2], rows[0]]
    assert [Order(SIZES, seed=6).row(slot) for slot in range(NUM)] != [
        order.row(slot) for slot in range(NUM)
    ]


@pytest.mark.parametrize("count", [2, 3, 20])
def test_hosts_share_no_row_and_leave_none_out(count):
    """Also where there are more hosts than units."""
    orders = [Order(SIZES, seed=1, process_index=i, process_count=count) for i in range(count)]
    assert sorted(row for order in orders for row in order.rows) == list(range(NUM))
    for order in orders:
        size = len(order.rows)
        assert sorted(order.row(slot) for slot in range(size)) == list(order.rows)


def test_whole_units_go_to_a_host_where_there_are_enough():
    first = Order(np.full(10, 7), seed=0, process_index=0, process_count=2)
    assert set(first.rows // 7) == {0, 2, 4, 6, 8}


def test_dropped_rows_are_never_drawn():
    dropped = np.array([0, 3, 4, 5, 6, 7])  # a whole unit among them
    order = Order(SIZES, seed=0, dropped=dropped)
    drawn = [order.row(slot) for slot in range(len(order.rows))]
    assert sorted(drawn) == sorted(set(range(NUM)) - set(dropped.tolist()))
    assert not {order.spare(slot, 1) for slot in range(200)} & set(dropped.tolist())


def test_units_are_read_within_a_window_and_not_all_over_the_corpus():
    sizes = np.full(200, 100)
    order = Order(sizes, seed=0)
    units = [order.row(slot) // 100 for slot in range(2 * WINDOW_ROWS)]
    window = Counter(units)
    assert len(window) <= 2 * WINDOW_ROWS // 100 + 2, "a unit is read for many rows"
    changes = sum(a != b for a, b in itertools.pairwise(units))
    assert changes > 500, "and its rows are mixed with those of others"


def test_rows_of_their_own_are_mixed_over_the_whole_corpus():
    drawn = [Order(np.ones(10_000, int), seed=0).row(slot) for slot in range(200)]
    assert max(drawn) - min(drawn) > 9_000


def test_a_host_that_is_not_there_is_refused():
    with pytest.raises(ValueError, match="process_index 2 of 2"):
        Order(SIZES, seed=0, process_index=2, process_count=2)
