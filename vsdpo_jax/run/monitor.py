"""What the loop learned in a step: a row of metrics.jsonl, and warnings of a run gone astray."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import jax
import numpy as np

from vsdpo_jax.core.inputs import TrainState
from vsdpo_jax.run.settings import Settings
from vsdpo_jax.runtime.episodes import Sample
from vsdpo_jax.runtime.metrics import MetricsWriter, Progress

if TYPE_CHECKING:
    from vsdpo_jax.run.opening import Run
    from vsdpo_jax.run.tracking import Tracking

_ZERO_LOSS = 1e-5
"""Below, a loss is rounding: rewards are at most 1, and advantages about 1."""
IDENTITY = (("run_id", "VSDPO_RUN_ID"), ("commit", "VSDPO_COMMIT"))
"""Column of metrics.jsonl and entry of sessions.jsonl, and the variable that a launcher sets."""


def step_metrics(
    samples: Sequence[Sample],
    device_metrics: dict[str, Any],
    seconds: dict[str, float],
    num_compiles: int,
) -> dict[str, float]:
    """One row of metrics.jsonl: the host's view of a step beside the device's."""
    kept = [sample for sample in samples if not sample.judged.diagnosis.masked]
    rewards: dict[int, list[float]] = {}
    for sample in kept:
        rewards.setdefault(sample.rollout.group_id, []).append(sample.judged.diagnosis.reward)
    lengths = np.array([len(sample.rollout.tokens_T) for sample in samples])
    weights_T = np.concatenate([sample.weight_T for sample in samples])
    row = {
        "reward": _mean(sample.judged.diagnosis.reward for sample in kept),
        "exec_rate": _mean(sample.judged.diagnosis.r_exec for sample in kept),
        **{f"axis/{axis}": rate for axis, rate in axis_rates(samples).items()},
        "groups/flat_fraction": _mean(float(np.ptp(group) < 1e-6) for group in rewards.values()),
        "samples/masked": float(len(samples) - len(kept)),
        "length/mean": float(lengths.mean()),
        "length/max": float(lengths.max()),
        "length/truncated": _mean(sample.rollout.stop_reason == "length" for sample in samples),
        "weight/mean": float(weights_T.mean()),
        "weight/credited_fraction": float((weights_T > 1).mean()),
        **_histogram("weight", weights_T),
        **{name: float(value) for name, value in device_metrics.items()},
        **{f"seconds/{name}": value for name, value in seconds.items()},
        "tokens_per_second": float(lengths.sum() / max(sum(seconds.values()), 1e-9)),
        "sampler/compiles": float(num_compiles),
    }
    return row


class Diary:
    """What a run tells of its steps: rows on the disk, a line for people, warnings.

    Args:
      settings: of the run.
      workdir: its folder.
      first: the first step that is told of.
      is_kept: False in all processes but the first: nothing is written or said.
      tracking: shows the rows too; None: nobody does.
    """

    def __init__(
        self, settings: Settings, workdir: Path, first: int, *, is_kept: bool = True,
        tracking: Tracking | None = None,
    ):  # fmt: skip
        self._is_kept, self._tracking = is_kept, tracking
        self._num_shown = settings.log.episode_images
        self._rewards: list[float] = []
        self._identity = {key: os.environ[name] for key, name in IDENTITY if os.environ.get(name)}
        if not is_kept:
            return
        self._writer = MetricsWriter(workdir / "metrics.jsonl", first_step=first)
        self._watch = Watch(
            settings.train.warn_drop, settings.teacher.kind, has_grpo=settings.objective.beta > 0
        )
        self._bar = Progress(total=settings.train.num_steps, start=first)
        self._bar.warn(lost_rows(self._writer.lost, first))

    def write(self, step: int, row: dict[str, float]) -> None:
        """Put a row on the disk."""
        if self._is_kept:
            self._writer.write(step, row | self._identity)
            if self._tracking is not None:
                self._tracking.row(step, row)
            self._rewards.append(row.get("reward", float("nan")))

    def score(self) -> float | None:
        """The mean reward of the steps since this was asked before; None where there was none."""
        known = [reward for reward in self._rewards if reward == reward]
        self._rewards = []
        return float(np.mean(known)) if known else None

    def show(self, step: int) -> None:
        """Show pictures of a step whose checkpoint was saved."""
        if self._is_kept and self._tracking is not None:
            self._tracking.episode(step, self._num_shown)

    def tell(self, row: dict[str, float], warnings: Sequence[str] = ()) -> None:
        """One more step is done."""
        if self._is_kept:
            self._bar.update(row, [*self._watch.look(row), *warnings])

    def close(self) -> None:
        """No more steps."""
        if self._is_kept:
            self._bar.close()


def announce(run: Run, state: TrainState, workdir: Path) -> None:
    """Say what is about to be done, and what it takes, before anything long."""
    if run.share.hosts.is_first:
        sys.stderr.write(
            "\n".join(announcement(run, state, shutil.disk_usage(workdir).free)) + "\n"
        )


def announcement(run: Run, state: TrainState, free_bytes: int) -> list[str]:
    """Model and devices; steps and evaluations; room that checkpoints take.

    Args:
      run: opened.
      state: what a checkpoint holds.
      free_bytes: of the disk.
    """
    settings, devices = run.settings, jax.devices()
    trained, frozen = (
        sum(leaf.size for leaf in jax.tree.leaves(tree)) for tree in (state.params, run.frozen)
    )
    size = sum(leaf.nbytes for leaf in jax.tree.leaves(state))
    kept = settings.train.keep_checkpoints + settings.train.keep_best
    first = settings.train.next_step(int(state.step))
    rollout, total = settings.rollout, settings.train.num_steps
    steps = (
        f"{total - first} of {total} steps, each {rollout.prompts_per_step} x {rollout.group_size} "
        f"rollouts of at most {rollout.max_new_tokens} tokens"
        if first < total
        else f"all {total} steps are done"
    )
    lines = [
        f"model: {(trained + frozen) / 1e6:.1f} M parameters, {trained / 1e6:.1f} M of them "
        f"trained, on {len(devices)} x {devices[0].device_kind}",
        f"to do: {steps}; {len(run.tasks.heldout)} held-out tasks before and after. The first step "
        "and the first batch of an evaluation compile: minutes on a CPU",
        f"disk: {size / 1e6:.0f} MB a checkpoint, every {settings.train.checkpoint_every} steps, "
        f"{kept} kept; {free_bytes / 1e9:.1f} GB are free",
    ]
    if (kept + 1) * size > free_bytes:  # the new one is whole before an old one goes
        lines.append("warning: the disk is too small for these checkpoints; make room, or lower "
                     "--config.train.keep_checkpoints")  # fmt: skip
    return lines


def axis_rates(samples: Sequence[Sample]) -> dict[str, float]:
    """Axis -> share of the rollouts that satisfy it; what failed to run satisfies nothing."""
    kept = [sample.judged.diagnosis for sample in samples if not sample.judged.diagnosis.masked]
    axes = dict.fromkeys(axis for diagnosis in kept for axis in diagnosis.rubric)
    return {axis: _mean(diagnosis.rubric.get(axis, False) for diagnosis in kept) for axis in axes}


def lost_rows(steps: Sequence[int], num_done: int) -> list[str]:
    """A sentence about rows of metrics that are gone; none where none is.

    Args:
      steps: those without a row, in order.
      num_done: steps that have been done.
    """
    if not steps:
        return []
    which = ", ".join(map(str, steps[:5])) + (", ..." if len(steps) > 5 else "")
    return [
        f"metrics.jsonl lacks the rows of {len(steps)} of the {num_done} steps that are done "
        f"({which}): it was cut or deleted, and they cannot be made again"
    ]


class Watch:
    """Warns of a run that learns nothing or is about to lose what it learned.

    Reward can be won by saying less; a live teacher that collapses repeats itself to the length
    limit. A step has few rollouts, so its figures are noisy: a slow average is compared with the
    highest it has been (rates), or with where it began (length and entropy). A warning is given
    again only after a further change of the same size.

    The largest divergence of a token jumps for an update in healthy runs too, and does no harm
    where the teacher keeps old weights. A live teacher goes where that token pulls it: there two
    high updates of three are a warning.
    """

    WARM_UP = 4  # steps until the average means something
    KEEP = 0.8  # share of the old average: a memory of about five steps
    FACTOR = 1.5  # of length and entropy, up or down; of the divergence over its median, up
    PEAK = 8.0  # nats, for the divergence of a token: what healthy live runs seldom reach twice

    def __init__(self, drop: float, teacher: str = "none", *, has_grpo: bool = True):
        """Nothing seen yet.

        Args:
          drop: of a rate below its best, that is worth a warning.
          teacher: its kind, as in the settings.
          has_grpo: the reward has a weight in the loss.
        """
        self._drop = drop
        self._teacher = teacher
        self._has_grpo = has_grpo
        self._idle: dict[str, int] = {}
        self._is_zero_told = False
        self._seen: dict[str, int] = {}
        self._average: dict[str, float] = {}
        self._high: dict[str, float] = {}
        self._num_skipped = 0
        self._num_unheard = 0
        self._peaks: list[float] = []
        self._is_peak = False

    def look(self, row: dict[str, float]) -> list[str]:
        """Sentences about what has gone astray with this row."""
        warnings = self._skips(row) + self._idles(row)
        if "reward" in row:  # rollouts: a warm-up on reference programs has no teacher
            warnings += self._silence(row) + self._jump(row)
        return warnings + self._drifts(row)

    def _idles(self, row: dict[str, float]) -> list[str]:
        """Why the reward teaches nothing, one cause a step: at the first one in a row and whenever
        their number has doubled."""
        cause = self._cause(row)
        self._idle = {} if cause is None else {cause: self._idle.get(cause, 0) + 1}
        if cause is None:
            return []
        count = self._idle[cause]
        again = "" if count == 1 else f" ({count} steps in a row)"
        return [] if count & (count - 1) else [cause + again]

    def _cause(self, row: dict[str, float]) -> str | None:
        if row.get("samples/masked", 0) > 0 and row.get("reward", 0.0) != row.get("reward", 0.0):
            return (
                "no rollout of this step could be judged, so that it changes nothing: the render "
                "workers fail on every one, and what they said is above"
            )
        if row.get("exec_rate") == 0:
            return (
                "no rollout of this step ran, so that every reward is 0: look at the errors in the "
                "report; programs to imitate first (--config.train.warm_up_steps) are a remedy"
            )
        is_taught = self._teacher != "none" and row.get("teacher/feedback") != 0
        if self._has_grpo and row.get("groups/flat_fraction") == 1:
            rest = "only the teacher teaches" if is_taught else "nothing is learned in this step"
            return (
                "every group of this step is flat: all rollouts of a prompt earned the same, so "
                f"that GRPO's term is 0 and {rest}; more rollouts a prompt "
                "(--config.rollout.group_size) or other tasks make differences"
            )
        return self._zero(row, is_taught)

    def _zero(self, row: dict[str, float], is_taught: bool) -> str | None:
        """Why the loss of a step that has rewards to learn from is 0; None where it is not."""
        if abs(row.get("loss/total", 1.0)) >= _ZERO_LOSS or "grad/norm" not in row:
            return None
        if row["grad/norm"] == 0:
            return (
                "loss and gradient are 0, because the teacher and the policy, which have the same "
                "weights as yet, read the same: choose channels of --config.teacher.context"
                if is_taught
                else "loss and gradient are 0, because the teacher had nothing to read in this "
                "step and the reward has no weight (--config.objective.beta)"
            )
        if self._is_zero_told:
            return None
        self._is_zero_told = True
        return (
            "the loss is 0 and the gradient is not, as it has to be on the policy's own rollouts: "
            "GRPO's ratio is 1 and the advantages of a group add up to 0. Look at grad/norm and "
            "reward"
        )

    def _skips(self, row: dict[str, float]) -> list[str]:
        """Updates left out, at the first one in a row and whenever their number has doubled."""
        self._num_skipped = self._num_skipped + 1 if row.get("update/skipped", 0.0) > 0 else 0
        if self._num_skipped == 0 or self._num_skipped & (self._num_skipped - 1):
            return []
        which = "this update" if self._num_skipped == 1 else f"the last {self._num_skipped} updates"
        return [
            f"{which} changed nothing, because a gradient was not finite: if it goes on, lower "
            "--config.optim.learning_rate"
        ]

    def _silence(self, row: dict[str, float]) -> list[str]:
        """A teacher that has had nothing to read for a while, once."""
        is_silent = self._teacher != "none" and row.get("teacher/feedback") == 0
        self._num_unheard = self._num_unheard + 1 if is_silent else 0
        if self._num_unheard != self.WARM_UP:
            return []
        return [
            f"the teacher had nothing to read in {self.WARM_UP} updates, so nothing is distilled: "
            "choose channels of --config.teacher.context that these tasks can fill"
        ]

    def _jump(self, row: dict[str, float]) -> list[str]:
        """The largest divergence of a token, where a live teacher would follow it."""
        peak = row.get("kl/max", float("nan"))
        if self._teacher != "live" or peak != peak:
            return []
        self._peaks.append(peak)
        before, recent = self._peaks[:-3], self._peaks[-3:]
        if len(before) < self.WARM_UP:
            return []
        usual, second = float(np.median(before)), sorted(recent)[1]
        was_peak, self._is_peak = self._is_peak, second > max(self.PEAK, self.FACTOR * usual)
        if was_peak or not self._is_peak:
            return []
        return [
            f"kl/max, as a rule {usual:.2g} nats, reached {second:.2g} in two of three updates: is "
            "the live teacher running away? Try --config.teacher.kind=ema, or a larger "
            "--config.objective.beta"
        ]

    def _drifts(self, row: dict[str, float]) -> list[str]:
        warnings = []
        for name in ("length/mean", "policy/entropy"):
            average = self._averaged(name, row)
            if average is None or average <= 0:
                continue
            begin = self._high.setdefault(name, average)
            if not begin / self.FACTOR < average < begin * self.FACTOR:
                warnings.append(
                    f"{name} went from {begin:.3g} to {average:.3g}: is the policy collapsing?"
                )
                self._high[name] = average
        for name in ("exec_rate", "axis/content"):
            average = self._averaged(name, row)
            if average is None:
                continue
            high = self._high.get(name, average)
            if average < high - self._drop:
                warnings.append(
                    f"{name} fell from {high:.2f} to {average:.2f}: is the policy drifting?"
                )
                high = average
            self._high[name] = max(high, average)
        return warnings

    def _averaged(self, name: str, row: dict[str, float]) -> float | None:
        """The slow average of a figure with this row in it; None while it means nothing."""
        value = row.get(name, float("nan"))
        if value != value:
            return None
        self._seen[name] = self._seen.get(name, 0) + 1
        old = self._average.get(name, value)
        self._average[name] = self.KEEP * old + (1 - self.KEEP) * value
        return self._average[name] if self._seen[name] >= self.WARM_UP else None


def _histogram(name: str, values: np.ndarray) -> dict[str, float]:
    quantiles = np.quantile(values, [0.1, 0.5, 0.9, 0.99])
    return {
        f"{name}/q{q}": float(x) for q, x in zip(("10", "50", "90", "99"), quantiles, strict=True)
    }


def _mean(values: Any) -> float:
    numbers = [float(value) for value in values]
    return float(np.mean(numbers)) if numbers else float("nan")
