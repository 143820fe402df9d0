"""The schema of what is asked of a page."""

from __future__ import annotations

import pytest

from vsdpo_jax.domains.asked import MOST_ITEMS
from vsdpo_jax.domains.web.judge.content.asked import FIELD_KINDS, count_asked, validate_asked
from vsdpo_jax.domains.words import normal

WHOLE = {
    "heading": "Prices",
    "texts": ["One", "Two"],
    "links": ["Home"],
    "buttons": ["Buy"],
    "images": ["A cat"],
    "tables": [{"columns": ["A", "B"], "rows": [["1", "2"], ["3", ""]]}, {"rows": [["x"]]}],
    "fields": [{"label": "Name"}, {"label": "Mail", "kind": "email"}],
}


def test_all_keys_and_none_are_fine():
    validate_asked(WHOLE)
    validate_asked({})
    assert count_asked(WHOLE) == 1 + 2 + 1 + 1 + 1 + 7 + 2
    for kind in FIELD_KINDS:
        validate_asked({"fields": [{"label": "x", "kind": kind}]})


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ([], "expected an object, got list"),
        ({"title": "x"}, "unknown key 'title'; use heading"),
        ({"heading": 3}, "asked.heading: expected a text, got 3"),
        ({"heading": " \u00a0"}, "asked.heading: .* shows nothing"),
        ({"texts": "x"}, "asked.texts: expected a list, got 'x'"),
        ({"links": ["a", None]}, r"asked.links\[1\]: expected a text, got None"),
        ({"buttons": [""]}, r"asked.buttons\[0\]: '' shows nothing"),
        ({"texts": ["x" * 5001]}, r"asked.texts\[0\]: 5001 letters are more than 5000"),
        ({"tables": [{"columns": ["a"]}]}, r"asked.tables\[0\]: expected an object with columns"),
        ({"tables": [{"columns": ["a"], "rows": [["1", "2"]]}]}, r"rows\[0\]: .* has not 1 cells"),
        ({"tables": [{"rows": []}]}, "neither columns nor rows"),
        ({"tables": [{"rows": [[]]}]}, r"rows\[0\]: \[\] has not"),
        ({"tables": [{"rows": ["ab"]}]}, r"rows\[0\]: expected a list, got 'ab'"),
        ({"fields": [{"label": "x", "kind": "file"}]}, "kind: 'file' is not one of text, email"),
        ({"fields": [{"kind": "text"}]}, "expected an object with label and kind"),
        ({"texts": ["x"] * (MOST_ITEMS + 1)}, f"are more than {MOST_ITEMS}"),
    ],
)  # fmt: skip
def test_what_cannot_be_checked_is_refused(asked, words):
    with pytest.raises(ValueError, match=words):
        validate_asked(asked)


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("Free  shipping", "free\u00a0shipping"),
        ("don’t “stop”", 'don\'t "stop"'),
        ("co\u00adoperate", "cooperate"),
        ("e\u0301te", "\u00e9te"),
        ("well\u2011known", "well-known"),
        ("STRASSE", "straße"),
    ],
)
def test_what_a_reader_takes_for_the_same(first, second):
    assert normal(first) == normal(second)


@pytest.mark.parametrize(("first", "second"), [("m²", "m2"), ("1.5", "1,5"), ("a–b", "ab")])
def test_what_a_reader_tells_apart(first, second):
    assert normal(first) != normal(second)
