"""Random tokens for tests of the objective, poison for them, and settings with everything on."""

from __future__ import annotations

import functools

import jax
import jax.numpy as jnp
import numpy as np

from vsdpo_jax.core.inputs import Masks, Tokens
from vsdpo_jax.core.objective import LossWeights, loss, loss_weights
from vsdpo_jax.core.options import ObjectiveSettings

B, T = 5, 6
SETTINGS = ObjectiveSettings(beta=0.7)
EVERYTHING = ObjectiveSettings(
    beta=0.7,
    distill_weight=0.9,
    sft_weight=0.2,
    reference_kl=0.3,
    normalization="batch",
    importance="both",
    aggregation="constant_length",
    ratio="sequence",
    clip_dual=2.0,
    mask_truncated=True,
    drop_flat_groups=True,
    kl_clamp=1.5,
    skip_satisfied=True,
    teacher_entropy=True,
    pass_rate_weight=True,
)
_OF_TAUGHT = ("kl_BT", "teacher_logp_BT", "teacher_entropy_BT")
_OF_COUNTED = ("logp_BT", "entropy_BT", "behaviour_logp_BT", "reference_logp_BT", "weight_BT")


def make(seed: int, **change) -> Tokens:
    """Ragged rollouts, some without a token; each mask leaves rows out that the next one has."""
    rng = np.random.default_rng(seed)
    counted = np.arange(T)[None] < rng.integers(0, T + 1, size=B)[:, None]
    taught = counted & (rng.random(B) < 0.7)[:, None]
    logp = -rng.exponential(size=(B, T))
    values = {
        "kl_BT": rng.exponential(size=(B, T)),
        "logp_BT": logp,
        "teacher_logp_BT": -rng.exponential(size=(B, T)) * 2,
        "entropy_BT": rng.exponential(size=(B, T)),
        "teacher_entropy_BT": rng.exponential(size=(B, T)),
        "behaviour_logp_BT": logp + rng.normal(size=(B, T)) * 0.4,
        "reference_logp_BT": logp + rng.normal(size=(B, T)) * 0.5,
        "weight_BT": rng.choice([1.0, 2.5, 4.0], size=(B, T)),
        "advantage_B": rng.normal(size=B),
        "pass_rate_B": rng.choice([0, 0.25, 0.5, 1], size=B),
    }
    masks = Masks(
        counted_BT=jnp.asarray(counted),
        taught_BT=jnp.asarray(taught),
        distilled_BT=jnp.asarray(taught & (rng.random(B) < 0.8)[:, None]),
        policy_BT=jnp.asarray(counted & (rng.random(B) < 0.8)[:, None]),
        imitated_BT=jnp.asarray(counted & (rng.random(B) < 0.6)[:, None]),
    )
    tokens = Tokens(
        **{name: jnp.asarray(value, jnp.float32) for name, value in values.items()},
        agreement_BT=jnp.asarray(rng.random((B, T)) < 0.5),
        masks=masks,
    )
    return tokens._replace(**change)


def everywhere(mask_BT) -> Masks:
    """The same mask for all purposes."""
    return Masks(*(jnp.asarray(mask_BT),) * len(Masks._fields))


def poisoned(tokens: Tokens, poison: float) -> Tokens:
    """``poison`` wherever a value counts nowhere."""
    masks = tokens.masks
    changed = {
        name: jnp.where(mask, getattr(tokens, name), poison)
        for names, mask in ((_OF_COUNTED, masks.counted_BT), (_OF_TAUGHT, masks.taught_BT))
        for name in names
    }
    taught_B = masks.taught_BT.any(axis=1)
    return tokens._replace(
        **changed,
        agreement_BT=tokens.agreement_BT ^ ~masks.taught_BT,
        advantage_B=jnp.where(masks.policy_BT.any(axis=1), tokens.advantage_B, poison),
        pass_rate_B=jnp.where(taught_B, tokens.pass_rate_B, poison),
    )


def rows_of(tokens: Tokens, rows: slice) -> Tokens:
    return jax.tree.map(lambda x: x[rows], tokens)


def weights_of(tokens: Tokens, settings: ObjectiveSettings = SETTINGS) -> LossWeights:
    return loss_weights(tokens.weight_BT, tokens.masks, settings)


@functools.partial(jax.jit, static_argnums=1)
def total(tokens: Tokens, settings: ObjectiveSettings = SETTINGS) -> jax.Array:
    """The loss of these tokens as a whole batch."""
    return loss(tokens, weights_of(tokens, settings), settings)[0]
