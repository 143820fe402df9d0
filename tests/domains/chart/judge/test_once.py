"""Work that is done once a scene."""

from __future__ import annotations

import gc
import weakref

from chart_scenes import bar, scene

from vsdpo_jax.domains.chart.judge.once import once_a_scene
from vsdpo_jax.domains.chart.judge.parts import data_marks


def test_a_function_runs_once_a_scene_and_forgets_with_it():
    calls = []

    @once_a_scene
    def count(picture):
        calls.append(picture.width_px)
        return len(picture.marks)

    first, second = scene([bar(1, 5)]), scene([bar(1, 5), bar(2, 6)])
    assert [count(first), count(second), count(first), count(second)] == [1, 2, 1, 2]
    assert len(calls) == 2
    gone = weakref.ref(first)
    del first
    gc.collect()
    assert gone() is None


def test_scenes_that_parts_were_asked_about_are_not_kept_alive():
    picture = scene([bar(1, 5)])
    assert data_marks(picture) is data_marks(picture)
    gone = weakref.ref(picture)
    del picture
    gc.collect()
    assert gone() is None
