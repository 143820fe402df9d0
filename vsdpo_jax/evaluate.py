"""Score a policy on the held-out tasks: the stages of train.py without the update.

    python -m vsdpo_jax.evaluate --config=configs/mini_chart.py --out=runs/eval

samples one program per task at the training temperature (greedy decoding hides what a policy does
most of the time), draws and judges them, and prints the table.

With --benchmark it answers a published benchmark instead, with the config's policy or with a model
behind an OpenAI-compatible server (--endpoint, --model), scores the answers with vsdpo_jax.score,
and prints the paper's row.
Interrupted, the same command goes on.
"""

from __future__ import annotations

import dataclasses
import json
import math
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jax
import numpy as np
from absl import flags
from ml_collections import config_flags

from vsdpo_jax.domains.base import load_domain
from vsdpo_jax.reporting import format_table
from vsdpo_jax.run import benchmarking, command, monitor, opening, sessions, stages
from vsdpo_jax.run.settings import SettingsError, from_config
from vsdpo_jax.runtime.episodes import Sample, read_episode, write_episode
from vsdpo_jax.runtime.files import write_atomic
from vsdpo_jax.runtime.hosts import start as start_hosts
from vsdpo_jax.runtime.metrics import TimeLeft
from vsdpo_jax.runtime.stop import Stop, StoppedError

EVAL_FOLD = 2**31 - 1
"""Folded into the root key for evaluation: every evaluation of a run uses the same randomness."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Score:
    """Figures of a policy on the held-out tasks.

    Attributes:
      score: 100 times the mean reward (Eq. 8).
      stderr: its standard error over tasks.
      exec_rate: share of programs that ran and drew something.
      axes: axis -> share of the programs that satisfy it; a failed program satisfies none.
      num_tasks: judged tasks; infrastructure failures are left out.
    """

    score: float
    stderr: float
    exec_rate: float
    axes: dict[str, float]
    num_tasks: int


def evaluate(
    run: opening.Run, params: Any, workdir: Path, name: str, *, version: int
) -> Score | None:
    """Score ``params``; the rollouts are kept as episode eval/``name`` and not made twice.

    Of several processes all sample and judge, and the first one gets the score.
    """
    folder, hosts = workdir / "eval", run.share.hosts
    is_done = (folder / f"{name}.jsonl").exists()
    if hosts.broadcast("evaluation", b"1" if is_done else b"0") == b"1":
        return summarize(read_episode(folder, name)) if hosts.is_first else None
    samples = sample_heldout(run, params, version=version, label=name)
    if not hosts.is_first:
        return None
    write_episode(folder, name, samples, num_images=len(samples))
    return summarize(samples)


def sample_heldout(run: opening.Run, params: Any, *, version: int, label: str) -> list[Sample]:
    """One judged rollout of every held-out task, in the order of the tasks.

    Raises:
      StoppedError: SIGTERM; an evaluation is made again from its beginning.
    """
    settings, share = run.settings, run.share
    language = load_domain(settings.data.domain).language
    size = min(settings.rollout.eval_batch, len(run.tasks.heldout))
    samples: list[Sample] = []
    left = TimeLeft(math.ceil(len(run.tasks.heldout) / size))
    for start in range(0, len(run.tasks.heldout), size):
        tasks = list(run.tasks.heldout[start : start + size])
        padded = tasks + [tasks[-1]] * (size - len(tasks))  # one shape, one compilation
        rollouts = stages.sample_rollouts(
            run.sampler, params, run.processor, run.config, settings, padded,
            stages.encode_prompts(run.processor, settings, padded),
            jax.random.fold_in(jax.random.fold_in(run.root_key, EVAL_FOLD), start),
            group_size=1, policy_version=version, rows=share.part(len(tasks)),
        )  # fmt: skip
        judged = stages.judge_rollouts(
            run.pool, settings, tasks, rollouts, looks=run.looks, judge=run.judge
        )
        own = []
        for rollout, result in zip(rollouts, judged, strict=True):
            statements, weight_T = stages.assign_credit(
                rollout, result, settings.credit.alpha, language=language
            )
            own.append(
                Sample(task=tasks[rollout.group_id], rollout=rollout, judged=result,
                       statements=statements, weight_T=weight_T, advantage=0.0)
            )  # fmt: skip
        samples += share.samples(own, num_images=len(own))
        if share.is_stopped():
            raise StoppedError("stopped in an evaluation; the same command makes it again")
        if share.hosts.is_first:
            text = f"evaluate {label}: {len(samples)}/{len(run.tasks.heldout)} tasks"
            sys.stderr.write("  ".join(filter(None, (text, left.part()))) + "\n")
    return samples


def summarize(samples: list[Sample]) -> Score:
    """Mean, standard error and rates of judged rollouts."""
    kept = [sample for sample in samples if not sample.judged.diagnosis.masked]
    if not kept:
        raise RuntimeError("no held-out task could be judged: the render workers fail on every one")
    reward = 100 * np.array([sample.judged.diagnosis.reward for sample in kept])
    error = float(reward.std(ddof=1)) / math.sqrt(len(kept)) if len(kept) > 1 else float("nan")
    return Score(
        score=float(reward.mean()),
        stderr=error,
        exec_rate=float(np.mean([sample.judged.diagnosis.r_exec for sample in kept])),
        axes=monitor.axis_rates(samples),
        num_tasks=len(kept),
    )


def main(argv: list[str]) -> None:
    del argv
    values = flags.FLAGS
    if not values.config or not values.out:
        raise SettingsError("give --config=configs/mini_chart.py and --out=FOLDER")
    settings = from_config(values.config)
    if values.benchmark:
        sys.exit(benchmarking.evaluate(settings, Path(values.out), benchmarking.asked_for(values)))
    benchmarking.refuse_without_benchmark(values)
    with (
        Stop(settings.train.stop_within_s) as stop,
        start_hosts(settings.distributed) as hosts,
        sessions.claim(values.out, settings, hosts) as session,
        opening.open_run(settings, hosts, stop) as run,
    ):
        if run.judge is not None:
            run.judge.open_account(session.folder / "judge.json", hosts)
        score = evaluate(run, run.policy(run.initial_trained), session.folder, "policy",
                         version=0)  # fmt: skip
        if run.judge is not None:
            sys.stderr.write(f"{run.judge.report()}\n")
        if score is None:
            return
        write_atomic(session.folder / "score.json", json.dumps(as_json(score), indent=2) + "\n")
    sys.stdout.write(format_table({settings.model.path: as_json(score)}) + "\n")


def as_json(score: Score) -> dict[str, Any]:
    """The entry of summary.json."""
    return dataclasses.asdict(score)


def define_flags(values: flags.FlagValues = flags.FLAGS) -> None:
    """The command's flags."""
    config_flags.DEFINE_config_file(
        "config", None, "experiment, e.g. configs/mini_chart.py", flag_values=values
    )
    flags.DEFINE_string(
        "out",
        None,
        "folder, or gs://BUCKET/FOLDER, for the rollouts and score.json",
        flag_values=values,
    )
    benchmarking.define_flags(values)


if __name__ == "__main__":
    define_flags()
    command.run(main, benchmarking.examples(), "the same command goes on from what is done")
