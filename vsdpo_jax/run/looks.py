"""CLIP's similarity to the reference as an axis of the rubric and the reward (Section 2.3).

Workers load no model: they leave both pictures (``domains.base.Looks``), and the axis is read here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import jax
import numpy as np
from jax.sharding import Mesh

from vsdpo_jax.domains.base import LOOKS, Looks, OptionValue, load_domain
from vsdpo_jax.domains.rubric import Reading, with_axis
from vsdpo_jax.models import clip
from vsdpo_jax.records import Judged
from vsdpo_jax.run.settings import Settings, SettingsError


class Likeness:
    """Reads the axis of a model from the pictures that judges left.

    Args:
      params: of the tower.
      weights: rubric axis -> weight in r_vis, see ``domains.rubric.shares``.
    """

    def __init__(self, params: Any, weights: Mapping[str, float]) -> None:
        # A mesh of its own: every process has other pictures.
        self._mesh = Mesh(np.array(jax.local_devices()[:1]), ("alone",))
        self._params = jax.device_put(params, jax.local_devices()[0])
        self._weights = weights

    def judge(self, judged: Sequence[Judged]) -> list[Judged]:
        """``judged`` with the axis, its defect and its share of r_vis, and without the pictures.

        A program without a picture, or without a reference, stays what it is.
        """
        waiting = [i for i, result in enumerate(judged) if LOOKS in result.extra]
        if not waiting:
            return list(judged)
        looks: list[Looks] = [judged[i].extra[LOOKS] for i in waiting]
        own_BYXC, reference_BYXC = (
            np.stack(pictures)
            for pictures in zip(*((one.own_YXC, one.reference_YXC) for one in looks), strict=True)
        )
        with jax.set_mesh(self._mesh):
            cosine_B = clip.similarity(self._params, own_BYXC, reference_BYXC)
        found = list(judged)
        for i, one, cosine in zip(waiting, looks, cosine_B, strict=True):
            found[i] = self._with(judged[i], one, float(cosine))
        return found

    def _with(self, judged: Judged, looks: Looks, cosine: float) -> Judged:
        score = min(max(cosine, 0.0), 1.0)
        reading = Reading(score=score)
        if cosine < looks.least:
            message = f"{looks.defect.message} ({cosine:.2f})"
            defect = replace(looks.defect, message=message)
            reading = Reading(defects=(defect,), notes=(f"looks {cosine:.2f}",), score=score)
        diagnosis = with_axis(judged.diagnosis, looks.axis, reading, self._weights)
        extra = {name: value for name, value in judged.extra.items() if name != LOOKS}
        return replace(judged, diagnosis=diagnosis, extra=extra)


def open_looks(settings: Settings) -> Likeness | None:
    """What reads the axis of ``rubric.clip``; None where it names no weights.

    Raises:
      SettingsError: the domain has no such axis, or there are no weights.
      WeightsMismatch: they are another model's.
    """
    if LOOKS in settings.data.options:
        raise SettingsError(
            f"config.data.options.{LOOKS}: leave it out; config.rubric.clip sets it where a model "
            f"looks"
        )
    if not settings.rubric.clip:
        return None
    domain = load_domain(settings.data.domain)
    where = f"config.rubric.clip = {settings.rubric.clip!r}"
    if not domain.model_axes:
        raise SettingsError(f'{where}: domain {domain.name!r} has no axis that CLIP reads; use ""')
    try:
        file = clip.find_weights(settings.rubric.clip)
    except FileNotFoundError as error:
        raise SettingsError(f'{where}: {error}; or use "" to go without the axis') from None
    return Likeness(clip.load(file), domain.weights(dict(settings.rubric.weights)))


def options_of(settings: Settings) -> dict[str, OptionValue]:
    """The domain's options, and that judges keep what a model sees where there is one."""
    return {**settings.data.options, **({LOOKS: True} if settings.rubric.clip else {})}
