"""The mixture of experts of Qwen3-VL-MoE: every token through the K experts that a router picks.

No token is dropped and no expert has a capacity, as in the reference. For many tokens, the A = T K
pairs of token and expert are sorted by expert and cut into blocks of M rows that belong to one
expert each; ``grouped_matmul`` multiplies block by block. For few, as in decoding, all experts read
all tokens at once: most experts are needed anyway, and reading their weights is what costs.

Axes: T tokens, D width, E experts, K picked ones, I hidden units of an expert, N blocks of M rows.
"""

from __future__ import annotations

import flax.linen as nn
import jax
import jax.numpy as jnp
from jax.sharding import PartitionSpec
from jaxtyping import Array, Float, Int

from vsdpo_jax.models.qwen3_vl import partition
from vsdpo_jax.models.qwen3_vl.config import Qwen3VLConfig

FEW_TOKENS = 128
"""Up to so many on a device, all experts read all of them."""
_BLOCK_ROWS = (8, 128)
"""Least and most rows of a block: half-empty blocks cost time, and so do many small ones."""


class Experts(nn.Module):
    """sum_k share_k down_k(silu(gate_k(x)) * up_k(x)) over the K likeliest of E experts.

    There is no balancing loss: it belongs to pre-training.
    """

    config: Qwen3VLConfig

    @nn.compact
    def __call__(self, x_BSD: Float[Array, "B S D"]) -> Float[Array, "B S D"]:
        """out_BSD, split over the mesh of ``jax.set_mesh`` by rows and hidden units."""
        config, sizes = self.config, self.config.experts
        assert sizes is not None
        width, count, inner = config.hidden_size, sizes.num_experts, sizes.moe_intermediate_size
        fan_in = nn.initializers.variance_scaling(1.0, "fan_in", "normal", batch_axis=0)
        small = nn.initializers.normal((2 * config.num_hidden_layers * inner) ** -0.5)
        router_DE = self.param("router", nn.initializers.normal(width**-0.5), (width, count))
        gate_up_ED2I = self.param(
            "gate_up", lambda key, shape: fan_in(key, (count, width, 2 * inner)).reshape(shape),
            (count, width, 2, inner),
        )  # fmt: skip
        down_EID = self.param("down", small, (count, inner, width))

        def run(
            x_BSD: jax.Array, router_DE: jax.Array, gate_up_ED2I: jax.Array, down_EID: jax.Array
        ) -> jax.Array:
            x_TD = x_BSD.reshape(-1, width)
            share_TK, chosen_TK = route(x_TD, router_DE, sizes.num_experts_per_tok)
            combine = all_experts if len(x_TD) <= FEW_TOKENS else picked_experts
            return combine(x_TD, share_TK, chosen_TK, gate_up_ED2I, down_EID).reshape(x_BSD.shape)

        weights = (w.astype(x_BSD.dtype) for w in (router_DE, gate_up_ED2I, down_EID))
        mesh = partition.current_mesh()
        if mesh is None:
            return run(x_BSD, *weights)
        rows = PartitionSpec(partition.dividing(mesh, partition.ROWS, len(x_BSD)))
        units = partition.dividing(mesh, partition.TENSOR, inner)

        def run_part(*arrays: jax.Array) -> jax.Array:
            out_BSD = run(*arrays)  # of this device's hidden units
            return out_BSD if units is None else jax.lax.psum(out_BSD, units)

        by_units = (PartitionSpec(None, None, None, units), PartitionSpec(None, units))
        return jax.shard_map(
            run_part, mesh=mesh, in_specs=(rows, PartitionSpec(), *by_units), out_specs=rows,
            check_vma=False,
        )(x_BSD, *weights)  # fmt: skip


def route(
    x_TD: Float[Array, "T D"], router_DE: Float[Array, "D E"], count: int
) -> tuple[Float[Array, "T K"], Int[Array, "T K"]]:
    """(share_TK, chosen_TK): the likeliest experts and their probabilities, scaled to sum to 1."""
    probability_TE = jax.nn.softmax((x_TD @ router_DE).astype(jnp.float32))
    top_TK, chosen_TK = jax.lax.top_k(probability_TE, count)
    return (top_TK / top_TK.sum(axis=1, keepdims=True)).astype(x_TD.dtype), chosen_TK


def all_experts(
    x_TD: Float[Array, "T D"],
    share_TK: Float[Array, "T K"],
    chosen_TK: Int[Array, "T K"],
    gate_up_ED2I: Float[Array, "E D 2 I"],
    down_EID: Float[Array, "E I D"],
) -> Float[Array, "T D"]:
    """The mixture, with every expert computed for every token; T E of everything is held."""
    count = len(down_EID)
    share_TE = jnp.zeros((len(x_TD), count), share_TK.dtype)
    share_TE = share_TE.at[jnp.arange(len(x_TD))[:, None], chosen_TK].set(share_TK)
    both_ET2I = jnp.einsum("td,edci->etci", x_TD, gate_up_ED2I)
    hidden_ETI = jax.nn.silu(both_ET2I[:, :, 0]) * both_ET2I[:, :, 1]
    return jnp.einsum("eti,eid,te->td", hidden_ETI, down_EID, share_TE)


def picked_experts(
    x_TD: Float[Array, "T D"],
    share_TK: Float[Array, "T K"],
    chosen_TK: Int[Array, "T K"],
    gate_up_ED2I: Float[Array, "E D 2 I"],
    down_EID: Float[Array, "E I D"],
) -> Float[Array, "T D"]:
    """The mixture, with only the picked experts computed; A + E M rows of everything are held."""
    count, width = len(down_EID), x_TD.shape[1]
    rows = _block_rows(chosen_TK.size, count)
    source_NM, expert_N = blocks(chosen_TK, count, rows)
    token_NM = source_NM // chosen_TK.shape[1]  # T in empty rows, where nothing is read or added
    x_NMD = jnp.take(x_TD, token_NM, axis=0, mode="fill", fill_value=0)
    both_NMH = grouped_matmul(x_NMD, gate_up_ED2I.reshape(count, width, -1), expert_N)
    gate, up = jnp.split(both_NMH, 2, axis=-1)
    out_NMD = grouped_matmul(jax.nn.silu(gate) * up, down_EID, expert_N)
    share_NM = jnp.take(share_TK.reshape(-1), source_NM, mode="fill", fill_value=0)
    return jnp.zeros_like(x_TD).at[token_NM].add(out_NMD * share_NM[..., None], mode="drop")


def blocks(
    chosen_TK: Int[Array, "T K"], num_experts: int, rows: int
) -> tuple[Int[Array, "N M"], Int[Array, " N"]]:
    """Pairs of token and expert, sorted into blocks of one expert each.

    Args:
      chosen_TK: experts by token.
      num_experts: E.
      rows: M. N = A // M + E blocks are enough for any choice; those left over are empty.

    Returns:
      (source_NM, expert_N): which pair (t K + k) stands in each row, T K for none; and whose block
      it is.
    """
    expert_A = chosen_TK.reshape(-1)
    total = len(expert_A)
    order_A = jnp.argsort(expert_A)
    sorted_A = expert_A[order_A]
    count_E = jnp.bincount(expert_A, length=num_experts)
    end_E = jnp.cumsum((count_E + rows - 1) // rows)  # first block of the next expert
    begin_E = end_E - (count_E + rows - 1) // rows
    rank_A = jnp.arange(total) - (jnp.cumsum(count_E) - count_E)[sorted_A]
    length = total // rows + num_experts
    source = jnp.full(length * rows, total).at[begin_E[sorted_A] * rows + rank_A].set(order_A)
    expert_N = jnp.searchsorted(end_E, jnp.arange(length), side="right")
    return source.reshape(length, rows), jnp.minimum(expert_N, num_experts - 1)


@jax.custom_vjp
def grouped_matmul(
    x_NMD: Float[Array, "N M D"], weight_EDF: Float[Array, "E D F"], expert_N: Int[Array, " N"]
) -> Float[Array, "N M F"]:
    """x[n] @ weight[expert[n]], block by block.

    The gradient is written out because JAX's own would add an array as large as all weights for
    every block.
    """
    return jax.lax.map(lambda block: block[0] @ weight_EDF[block[1]], (x_NMD, expert_N))


def _grouped_matmul_fwd(
    x_NMD: jax.Array, weight_EDF: jax.Array, expert_N: jax.Array
) -> tuple[jax.Array, tuple[jax.Array, jax.Array, jax.Array]]:
    return grouped_matmul(x_NMD, weight_EDF, expert_N), (x_NMD, weight_EDF, expert_N)


def _grouped_matmul_bwd(
    saved: tuple[jax.Array, jax.Array, jax.Array], out_NMF: jax.Array
) -> tuple[jax.Array, jax.Array, None]:
    x_NMD, weight_EDF, expert_N = saved

    def add_block(weight_EDF_grad: jax.Array, block: tuple) -> tuple[jax.Array, jax.Array]:
        x_MD, out_MF, expert = block
        weight_EDF_grad = weight_EDF_grad.at[expert].add((x_MD.T @ out_MF).astype(jnp.float32))
        return weight_EDF_grad, out_MF @ weight_EDF[expert].T

    start = jnp.zeros(weight_EDF.shape, jnp.float32)  # one expert's blocks add up
    grad, x_NMD_grad = jax.lax.scan(add_block, start, (x_NMD, out_NMF, expert_N))
    return x_NMD_grad, grad.astype(weight_EDF.dtype), None


grouped_matmul.defvjp(_grouped_matmul_fwd, _grouped_matmul_bwd)


def _block_rows(pairs: int, num_experts: int) -> int:
    """The power of two at or above half of an expert's mean share, so that few rows are empty."""
    least, most = _BLOCK_ROWS
    mean = max(pairs // (2 * num_experts), 1)
    return min(max(1 << (mean - 1).bit_length(), least), most)
