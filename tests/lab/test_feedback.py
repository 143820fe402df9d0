import json

import numpy as np

from vsdpo_jax.domains.lab import ERROR
from vsdpo_jax.lab.feedback import named_axes, read_feedback, shown_feedback


def test_named_axes_come_from_the_failed_ones():
    rng = np.random.default_rng(0)
    feedback = {"clip": "title right", "tiny": "ok", "range": "y 75 of 70"}
    drawn = [frozenset(named_axes(rng, feedback, 0.8)) for _ in range(500)]
    assert set(drawn) == {frozenset({"clip"}), frozenset({"range"}), frozenset({"clip", "range"})}
    share = np.mean(["clip" in named for named in drawn])
    assert 0.74 < share < 0.9
    assert named_axes(rng, {"tiny": "ok"}, 0.8) == set()
    assert named_axes(rng, {ERROR: "line 1"}, 0.0) == {ERROR}


def test_shown_feedback_drops_what_is_failed_and_not_named():
    text = json.dumps({"clip": "title right", "tiny": "ok", "range": "y 75 of 70"})
    shown = shown_feedback(read_feedback(text), {"range"})
    assert shown == '{"tiny": "ok", "range": "y 75 of 70"}'
