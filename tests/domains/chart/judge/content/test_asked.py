"""The schema of what is asked for."""

from __future__ import annotations

import pytest

from vsdpo_jax.domains.chart.judge.content.asked import normal, validate_asked


@pytest.mark.parametrize(
    ("asked", "match"),
    [
        ({"titel": "x"}, "unknown key 'titel'"),
        ({"kind": "pie"}, "asked.kind: 'pie'"),
        ({"title": 3}, "asked.title"),
        ({"categories": "Jan"}, "asked.categories"),
        ({"categories": [1]}, "asked.categories"),
        ({"series": {"name": "A"}}, "asked.series"),
        ({"series": [{"name": "A"}]}, r"asked.series\[0\]"),
        ({"series": [{"name": 1, "values": [1]}]}, "name"),
        ({"series": [{"name": "A", "values": []}]}, "values"),
        ({"series": [{"name": "A", "values": [float("nan")]}]}, "not a finite number"),
        ({"series": [{"name": "A", "values": [True]}]}, "not a finite number"),
        ([], "expected an object"),
    ],
)
def test_a_wrong_schema_is_named(asked, match):
    with pytest.raises(ValueError, match=match):
        validate_asked(asked)


def test_white_space_is_read_as_people_read_it():
    assert normal("  Sales\n of   Tea ") == "Sales of Tea"
