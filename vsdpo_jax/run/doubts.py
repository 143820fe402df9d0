"""What settings allow and nobody means: said when a run is opened."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Iterator
from typing import Annotated, Any, get_args, get_origin, get_type_hints

from vsdpo_jax.domains.base import load_domain
from vsdpo_jax.run.settings import Settings


def doubts(settings: Settings) -> Iterator[str]:
    """Sentences about what is allowed and hardly meant, naming leaf, value and effect."""
    yield from _unusual(settings, "config.")
    yield from _other_options(settings)
    optim, train, objective = settings.optim, settings.train, settings.objective
    updates = train.num_updates
    if updates and optim.warmup_steps >= updates:
        reached = (updates - 1) / (optim.warmup_steps + 1)
        yield (
            f"config.optim.warmup_steps = {optim.warmup_steps}: the run has {updates} updates, so "
            f"the rate comes to {reached:.2g} of its peak"
        )
    if 1 < train.num_steps < train.checkpoint_every:
        yield (
            f"config.train.checkpoint_every = {train.checkpoint_every}: the run has "
            f"{train.num_steps} steps, so an interrupted one starts over"
        )
    decayed = optim.learning_rate * optim.weight_decay * updates
    if decayed > 1:
        yield (
            f"config.optim.weight_decay = {optim.weight_decay:g}: over {updates} updates at rate "
            f"{optim.learning_rate:g} the weights decay to {math.exp(-decayed):.2g} of themselves"
        )
    tokens = settings.num_rows * settings.rollout.max_new_tokens
    if objective.head_chunk > max(tokens, 4096):
        yield (
            f"config.objective.head_chunk = {objective.head_chunk}: a batch has {tokens} tokens, "
            "so they are all one chunk"
        )
    rewarded = objective.beta or objective.sft_weight or train.num_imitating
    own = settings.teacher.kind in ("live", "trust_region") and not settings.teacher.channels
    if own and objective.distill_weight and not rewarded:
        yield (
            f"config.teacher.context = {settings.teacher.context!r}: the teacher is the student "
            f"and reads nothing more, so with objective.beta = 0 there is little to learn"
        )


def _other_options(settings: Settings) -> Iterator[str]:
    """Options of the domain with which its synthetic tasks are not the ones they were made as."""
    domain = load_domain(settings.data.domain)
    if domain.lab is None or "lab" not in (settings.data.train, settings.data.heldout):
        return
    meant = domain.complete(domain.lab().options)
    for name, value in domain.complete(settings.data.options).items():
        if value != meant[name]:
            yield (
                f"config.data.options.{name} = {value!r}: the synthetic tasks are made for "
                f"{meant[name]!r}"
            )


def _unusual(group: Any, prefix: str) -> Iterator[str]:
    for name, hint in get_type_hints(type(group), include_extras=True).items():
        value, leaf = getattr(group, name), prefix + name
        if dataclasses.is_dataclass(value):
            yield from _unusual(value, leaf + ".")
        elif get_origin(hint) is Annotated:
            for bound in get_args(hint)[1:]:
                if not bound.holds(value):
                    yield f"{leaf} = {value!r}: {bound.remedy}"
