"""The form of the feedback, and weights."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vsdpo_jax.domains.rubric import NoWeight, Reading, error_feedback, feedback, shares
from vsdpo_jax.records import Defect

AXES = (
    "overlap", "clip", "legend", "ticks", "contrast", "tiny", "empty", "range", "content",
)  # fmt: skip


def failed(*notes, severity=1):
    defect = Defect(
        axis="clip", kind="k", region=(0.0, 0.0, 1.0, 1.0), severity=severity, message="m"
    )
    return Reading(defects=(defect,), notes=notes, score=0.5)


def test_the_feedback_is_one_json_object_in_the_order_of_the_axes():
    readings = {axis: Reading() for axis in AXES}
    readings["clip"] = failed("title right")
    readings["ticks"] = failed("x crowded", "y crowded", "axes 2 x crowded")
    assert feedback(readings) == (
        '{"overlap": "ok", "clip": "title right", "legend": "ok", "ticks": "x crowded; y crowded", '
        '"contrast": "ok", "tiny": "ok", "empty": "ok", "range": "ok", "content": "ok"}'
    )


def test_equal_notes_are_said_once_and_noted_defects_are_ok():
    assert json.loads(feedback({"clip": failed("a", "a", "b", "c")})) == {"clip": "a; b"}
    assert json.loads(feedback({"clip": failed("a", severity=0)})) == {"clip": "ok"}


def test_texts_that_cannot_be_encoded_do_not_break_it():
    feedback({"clip": failed("text '\ud800' right")}).encode("utf-8")
    error_feedback("ValueError: \udcff").encode("utf-8")


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (
            'Traceback (most recent call last):\n  File "<student>", line 3, in <module>\n    f()\n'
            '  File "<student>", line 7, in f\n    ax.set_titel("a")\n'
            "AttributeError: 'Axes' object has no attribute 'set_titel'\n",
            "line 7: AttributeError: 'Axes' object has no attribute 'set_titel'",
        ),
        (
            '  File "<student>", line 2\n    ax.plot((\n           ^\n'
            "SyntaxError: '(' was never closed (<student>, line 2)",
            "line 2: SyntaxError: '(' was never closed",
        ),
        ("cpu limit of 10 s", "cpu limit of 10 s"),
        ("SyntaxError: invalid syntax (<student>, line 4)", "line 4: SyntaxError: invalid syntax"),
        (
            'Traceback (most recent call last):\n  File "<student>", line 5, in <module>\n'
            "    ax.bar(1)\nnumpy.exceptions.AxisError: axis 1 is out of bounds\nof it\n",
            "line 5: AxisError: axis 1 is out of bounds",
        ),
        (
            'Traceback (most recent call last):\n  File "<student>", line 2, in <module>\n    f()\n'
            "KeyError: 1\n\nDuring handling of the above exception, another exception occurred:\n\n"
            'Traceback (most recent call last):\n  File "<student>", line 4, in <module>\n    g()\n'
            "  [Previous line repeated 3 more times]\nRecursionError",
            "line 4: RecursionError",
        ),
        ("lib.limits.CanvasLimit: 9 x 9 pixels", "CanvasLimit: 9 x 9 pixels"),
        ("", "no picture"),
    ],
)
def test_errors_name_the_innermost_line(error, words):
    assert json.loads(error_feedback(error)) == {"error": words}


def test_long_errors_are_cut():
    assert len(json.loads(error_feedback("ValueError: " + "x" * 5000))["error"]) == 160


@given(st.dictionaries(st.sampled_from(AXES), st.floats(0, 100), max_size=9))
def test_shares_sum_to_one_and_keep_their_ratios(given_weights):
    raw = {axis: given_weights.get(axis, 1.0) for axis in AXES}
    if sum(raw.values()) <= 0:
        return
    worth = shares(AXES, given_weights)
    assert list(worth) == list(AXES)
    assert sum(worth.values()) == pytest.approx(1.0)
    for axis in AXES:
        assert worth[axis] == pytest.approx(raw[axis] / sum(raw.values()))


def test_weights_of_axes_not_in_force_go_to_the_others():
    worth = shares(["clip", "tiny"], {"clip": 3.0, "content": 9.0, "ref_text": 2.0})
    assert worth == {"clip": 0.75, "tiny": 0.25}


def test_axes_in_force_that_weigh_nothing_are_no_fault_of_the_program():
    with pytest.raises(NoWeight, match=r"clip.*weighs 0"):
        shares(["clip"], {"clip": 0.0, "content": 1.0})
