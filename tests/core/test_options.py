"""What the objective's options may be, and how beta goes over a run."""

from __future__ import annotations

import pytest
from jaxtyping import TypeCheckError

from vsdpo_jax.core.options import ObjectiveSettings


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("beta", -0.1),
        ("beta", float("inf")),
        ("beta", float("nan")),
        ("beta_final_share", -1.0),
        ("distill_weight", -1.0),
        ("sft_weight", float("inf")),
        ("reference_kl", -0.1),
        ("kl_clamp", -1.0),
        ("clip_low", 1.0),
        ("clip_high", -0.1),
        ("clip_dual", 1.0),
        ("clip_dual", -3.0),
        ("clip_dual", float("inf")),
        ("aggregation", "mean"),
        ("normalization", "token"),
        ("ratio", "both"),
        ("importance", "sometimes"),
        ("importance_clip", 0.5),
        ("divergence", "js"),
        ("jsd_alpha", 1.5),
        ("topk", 0),
        ("temperature", 0.0),
        ("head_chunk", 0),
    ],
)
def test_settings_are_checked(name, value):
    # The type checks of the tests see a misspelled word first.
    with pytest.raises((ValueError, TypeCheckError), match=f"objective: {name} is|'{name}'"):
        ObjectiveSettings(**{"beta": 1.0, "num_updates": 3, name: value})


def test_settings_that_do_not_go_together():
    with pytest.raises(ValueError, match="nothing to learn from"):
        ObjectiveSettings(beta=0.0, distill_weight=0.0)
    with pytest.raises(ValueError, match="num_updates is 0: beta_final_share needs"):
        ObjectiveSettings(beta=1.0, beta_final_share=0.0)
    with pytest.raises(ValueError, match=r"objective: jsd_alpha is 0\.5"):
        ObjectiveSettings(beta=1.0, divergence="sampled", jsd_alpha=0.5)
    with pytest.raises(ValueError, match=r"kl_clamp is 1\.0: divergence"):
        ObjectiveSettings(beta=1.0, divergence="sampled", kl_clamp=1.0)


@pytest.mark.parametrize(("share", "last"), [(0.0, 0.0), (0.5, 1.0), (3.0, 6.0)])
def test_beta_falls_or_rises_to_its_share(share, last):
    settings = ObjectiveSettings(beta=2.0, beta_final_share=share, num_updates=5)
    values = [float(settings.beta_at(update)) for update in range(7)]
    middle = (2 + last) / 2
    assert values == pytest.approx([2, (2 + middle) / 2, middle, (middle + last) / 2, *[last] * 3])
    assert ObjectiveSettings(beta=2.0).beta_at(3) == 2.0
