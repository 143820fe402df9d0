"""The optimizer of a run, and what its states cost: float32, bfloat16 or factored.

At 8 B parameters AdamW's two float32 moments take 65 GiB; bfloat16 halves that, and a factored
second moment without a first takes a few MiB.
"""

from __future__ import annotations

from typing import Any, Literal

import jax
import jax.numpy as jnp
import optax
from jax.typing import DTypeLike

StateDtype = Literal["float32", "bfloat16"]
Kind = Literal["adamw", "adafactor"]

# Moments are averages: x += (1 - b) * (new - x). In bfloat16, whose neighbours lie up to 2^-7 of
# a value apart, steps below half of that are lost. At 1 - b = 2^-6 a moment still decays.
_SMALLEST_BFLOAT16_STEP = 2**-6


def make_optimizer(
    *,
    learning_rate: float,
    warmup_steps: int,
    num_steps: int,
    final_share: float,
    b1: float,
    b2: float,
    weight_decay: float,
    grad_clip: float,
    state_dtype: StateDtype = "float32",
    kind: Kind = "adamw",
) -> optax.GradientTransformation:
    """Clipping by the global norm, then AdamW or Adafactor; linear warm-up, then linear decay.

    Args:
      learning_rate: the peak; the size of a coordinate's update, for both kinds.
      warmup_steps: updates of warm-up, from learning_rate / (warmup_steps + 1).
      num_steps: updates in all; after them the rate stays.
      final_share: of the peak, where the rate ends.
      b1, b2: of the first and second moment's averages; both bias-corrected.
      weight_decay: decoupled (Loshchilov & Hutter 2019).
      grad_clip: largest global norm of a gradient.
      state_dtype: of the moments. Updates are computed in float32 from the stored moments.
        "bfloat16" rounds to nearest: with b2 = 0.95 a step of the second moment is 5 % of the
        difference, against a resolution of 0.4 %, so the moment stops within 8 % of its
        target and its root, which is what divides the update, within 4 %. Stochastic rounding
        would remove that at the price of random bits for every parameter in every step.
      kind: "adafactor" keeps the second moment of a matrix as its row and column means (Shazeer
        & Stern 2018), and a first moment, in state_dtype, only where b1 > 0. Unlike theirs the
        average is b2's and the rate is not relative to the parameters' scale, so that settings
        mean what they mean for AdamW.

    Raises:
      ValueError: averages that bfloat16 cannot hold.
    """
    if state_dtype == "bfloat16":
        _check_resolution("b1", b1)
        if kind == "adamw":
            _check_resolution("b2", b2)
    schedule = _schedule(learning_rate, warmup_steps, num_steps, final_share)
    if kind == "adafactor":
        direction = _scale_by_factored_moments(b1, b2, state_dtype)
    else:
        direction = scale_by_adam(b1, b2, state_dtype)
    return optax.chain(
        optax.clip_by_global_norm(grad_clip),
        # As optax.adamw is put together: checkpoints hold this structure.
        optax.chain(
            direction,
            optax.add_decayed_weights(weight_decay),
            optax.scale_by_learning_rate(schedule),
        ),
    )


def scale_by_adam(b1: float, b2: float, state_dtype: DTypeLike) -> optax.GradientTransformation:
    """Adam's direction with both moments stored in ``state_dtype``, computed in float32.

    ``optax.scale_by_adam`` stores the first moment alone in a dtype of choice; the second gets the
    parameters'.
    """
    adam = optax.scale_by_adam(b1=b1, b2=b2)

    def init(params: Any) -> optax.ScaleByAdamState:
        zeros = jax.tree.map(lambda leaf: jnp.zeros_like(leaf, dtype=state_dtype), params)
        return optax.ScaleByAdamState(
            count=jnp.zeros((), jnp.int32), mu=zeros, nu=jax.tree.map(jnp.copy, zeros)
        )

    def update(updates: Any, state: Any, params: Any = None) -> tuple[Any, Any]:
        del params
        wide: Any = state._replace(mu=_cast(state.mu, "float32"), nu=_cast(state.nu, "float32"))
        direction, wide = adam.update(_cast(updates, "float32"), wide)
        return direction, wide._replace(
            mu=_cast(wide.mu, state_dtype), nu=_cast(wide.nu, state_dtype)
        )

    return optax.GradientTransformation(init, update)


def _scale_by_factored_moments(
    b1: float, b2: float, state_dtype: DTypeLike
) -> optax.GradientTransformation:
    def decay(step: Any, _: Any) -> jax.Array:
        """Of a bias-corrected average: 0 at the first step, b2 in the long run."""
        past = jnp.asarray(b2, jnp.float32) ** step
        return b2 * (1 - past) / (1 - b2 * past)

    steps = [
        optax.scale_by_factored_rms(decay_rate=b2, decay_rate_fn=decay),
        optax.clip_by_block_rms(1.0),
    ]
    if b1 > 0:
        steps.append(_average(b1, state_dtype))
    return optax.chain(*steps)


def _average(decay: float, state_dtype: DTypeLike) -> optax.GradientTransformation:
    """Bias-corrected average, computed in float32 and stored in ``state_dtype``."""

    def init(params: Any) -> optax.EmaState:
        zeros = jax.tree.map(lambda leaf: jnp.zeros_like(leaf, dtype=state_dtype), params)
        return optax.EmaState(count=jnp.zeros((), jnp.int32), ema=zeros)

    def update(updates: Any, state: Any, params: Any = None) -> tuple[Any, Any]:
        del params
        ema = jax.tree.map(
            lambda old, new: decay * old.astype(jnp.float32) + (1 - decay) * new, state.ema, updates
        )
        count = optax.safe_increment(state.count)
        corrected = optax.tree.bias_correction(ema, decay, count)
        return corrected, optax.EmaState(count=count, ema=_cast(ema, state_dtype))

    return optax.GradientTransformation(init, update)


def _schedule(
    learning_rate: float, warmup_steps: int, num_steps: int, final_share: float
) -> optax.Schedule:
    return optax.schedules.join_schedules(
        [
            optax.schedules.linear_schedule(
                learning_rate / (warmup_steps + 1), learning_rate, warmup_steps
            ),
            optax.schedules.linear_schedule(
                learning_rate, learning_rate * final_share, max(num_steps - warmup_steps, 1)
            ),
        ],
        [warmup_steps],
    )


def _check_resolution(name: str, value: float) -> None:
    if 1 - value < _SMALLEST_BFLOAT16_STEP:
        raise ValueError(
            f"optim.{name} = {value} with optim.state_dtype = 'bfloat16': steps of "
            f"{1 - value:.2g} are lost in its rounding; use at most "
            f"{1 - _SMALLEST_BFLOAT16_STEP:.3f}, or float32"
        )


def _cast(tree: Any, dtype: DTypeLike) -> Any:
    return jax.tree.map(lambda leaf: leaf.astype(dtype), tree)
