"""Work that every detector needs, done once a scene."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import TypeVar
from weakref import WeakKeyDictionary

from vsdpo_jax.domains.chart.paint.scene import Scene

Found = TypeVar("Found")


def once_a_scene(function: Callable[[Scene], Found]) -> Callable[[Scene], Found]:
    """Make a function of a scene remember what it found as long as the scene lives.

    Callers share the result and must not change it. It must not hold the scene itself, which would
    then live for ever; marks and axes are fine.
    """
    known: WeakKeyDictionary[Scene, Found] = WeakKeyDictionary()

    @functools.wraps(function)
    def remembered(scene: Scene) -> Found:
        if scene not in known:
            known[scene] = function(scene)
        return known[scene]

    return remembered
