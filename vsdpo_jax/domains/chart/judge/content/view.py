"""What a person makes of the parts of a picture that is looked at 1,000 pixels wide."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from enum import IntEnum
from functools import cached_property

import numpy as np

from vsdpo_jax.domains.chart.judge.content.asked import normal
from vsdpo_jax.domains.chart.judge.geometry import Box, area, center, union
from vsdpo_jax.domains.chart.judge.parts import (
    TICK_ROLES,
    Legend,
    Part,
    data_marks,
    is_plain,
    legends,
    texts,
)
from vsdpo_jax.domains.chart.judge.sight import ink_count, visible_share
from vsdpo_jax.domains.chart.paint.scene import Mark, Scene

LOOKED_AT_PX = 1000.0
"""Width at which a person looks at a picture, whatever its own."""
LEAST_EM_PX, LEAST_OWN_EM_PX = 6.5, 6.0
"""The x height of DejaVu Sans is .55 em: below 3.5 pixels a, e and s are the same blot. At the
width that is looked at, and in the picture's own pixels, which no looking makes more."""
CLEAR_SHARE = 0.8
"""Of a text's ink; less of it cannot be read through."""
THERE_SHARE = 0.4
"""Less of a text's ink is no text any more: nothing can be said of its size or colour."""
PALE_DIFFERENCE = 8.0
"""Difference (measure.difference) from what is beside it below which a mark is not found: black of
8 % on white. The contrast detector complains from 10 on."""
SPELLED_RATIO = 0.8
"""difflib's ratio from which a text is the asked one with a slip; below it is another one."""
MAX_TEXTS = 2000
"""Of more texts the first are read."""


class Sight(IntEnum):
    """How well a text can be seen."""

    GONE = 0
    HURT = 1
    CLEAR = 2


@dataclass(frozen=True, eq=False)
class View:
    """A scene as a person reads it; everything is found once, when first asked for."""

    scene: Scene

    @property
    def zoom(self) -> float:
        """Pixels of the width that is looked at, a pixel of the picture."""
        return LOOKED_AT_PX / max(self.scene.width_px, 1)

    @cached_property
    def parts(self) -> list[Part]:
        """The texts with ink, tick labels included."""
        return texts(self.scene)[:MAX_TEXTS]

    @cached_property
    def free_texts(self) -> list[Part]:
        """Texts that were put somewhere by hand and can be seen."""
        return [
            p for p in self.parts if p.role in ("text", "annotation") and self.sight(p) > Sight.GONE
        ]

    @cached_property
    def ticks(self) -> dict[tuple[int, str], list[Part]]:
        """(axes, role) -> the tick labels that can be seen, twice the same in one place once."""
        found: dict[tuple[int, str], list[Part]] = defaultdict(list)
        seen = set()
        for part in self.parts:
            key = (part.axes, part.role, part.text, tuple(np.round(center(part.full_region))))
            if part.role in TICK_ROLES and part.axes >= 0 and key not in seen:
                seen.add(key)
                if self.sight(part) > Sight.GONE:
                    found[(part.axes, part.role)].append(part)
        return found

    @cached_property
    def legends(self) -> list[Legend]:
        """Every visible legend."""
        return legends(self.scene)

    @cached_property
    def data(self) -> list[Mark]:
        """The data marks of visible axes."""
        return [
            m for m in data_marks(self.scene) if m.axes >= 0 and self.scene.axes[m.axes].is_visible
        ]

    @cached_property
    def main_box(self) -> Box:
        """Where something missing should have been."""
        return main_box(self.scene)

    @cached_property
    def _sights(self) -> dict[int, Sight]:
        return {}

    def sight(self, part: Part) -> Sight:
        """How well a text can be seen: its size, how much of it is left, how far it stands out."""
        known = self._sights.get(part.marks[0].artist)
        if known is None:
            known = self._sights[part.marks[0].artist] = self._look(part.marks)
        return known

    def _look(self, marks: Sequence[Mark]) -> Sight:
        shown, weight = 0.0, 0.0
        for mark in marks:
            if not self.is_large(mark) or is_pale(mark):
                return Sight.GONE
            ink = max(ink_count(mark), 1.0) / max(_canvas_share(mark), 0.01)
            shown += ink * visible_share(mark) * _canvas_share(mark)
            weight += ink
        share = shown / weight
        if share < THERE_SHARE:
            return Sight.GONE
        return Sight.CLEAR if share >= CLEAR_SHARE else Sight.HURT

    def is_large(self, mark: Mark) -> bool:
        """Whether the letters of a text can be told apart."""
        em_px = self.em_px(mark)
        return em_px >= LEAST_OWN_EM_PX and em_px * self.zoom >= LEAST_EM_PX

    def em_px(self, mark: Mark) -> float:
        """The font size in pixels of the picture."""
        return mark.font_size_pt * self.scene.dpi / 72.0


def is_pale(mark: Mark) -> bool:
    """Whether what is left of a mark stands out neither at its rim nor from its ground.

    White bars are found by their outlines, points with a white rim by their fill.
    """
    evidence = mark.evidence
    if evidence is None or evidence.difference is None:
        return False
    return max(evidence.difference, evidence.ground) < PALE_DIFFERENCE


def _canvas_share(mark: Mark) -> float:
    """The share of a text's box that the canvas and its clip leave."""
    if mark.region is None:
        return 0.0
    return min(1.0, area(mark.region) / max(area(mark.full_region), 1e-9))


def glyph_text(part: Part) -> str:
    """What the glyphs of a text spell: letters that came out as boxes or symbols are none."""
    lines = []
    for mark in part.marks:
        lines.append(mark.text.translate(dict.fromkeys(map(ord, mark.unspelled), "\ufffd")))
    return normal(" ".join(lines))


def likeness(shown: str, asked: str) -> float:
    """1 for the same words, SPELLED_RATIO and more for a slip of the pen."""
    if shown == asked:
        return 1.0
    if min(len(shown), len(asked)) < 0.5 * max(len(shown), len(asked)):
        return 0.0
    return min(SequenceMatcher(None, shown, asked, autojunk=False).ratio(), 0.999)


def is_turned(mark: Mark, upright_deg: Sequence[float], slack_deg: float = 20.0) -> bool:
    """Whether a text is written at none of these angles."""
    turns = [abs((mark.rotation_deg - angle + 180.0) % 360.0 - 180.0) for angle in upright_deg]
    return min(turns) > slack_deg


def main_box(scene: Scene) -> Box:
    """Where something missing should have been: the axes with most data, else the canvas."""
    marks = [m.axes for m in data_marks(scene)]
    plain = [i for i, axes in enumerate(scene.axes) if is_plain(axes)]
    if not plain:
        return (0.0, 0.0, float(scene.width_px), float(scene.height_px))
    return scene.axes[max(plain, key=marks.count)].region


def around(scene: Scene, indices: Sequence[int]) -> Box:
    """The box around some axes; around the main one when there are none."""
    box = union(scene.axes[i].region for i in indices if i >= 0)
    return box if box is not None else main_box(scene)
