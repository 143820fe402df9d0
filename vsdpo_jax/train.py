"""START HERE. Visual-SDPO, one update after the other, in seven named stages.

    python -m vsdpo_jax.train --config=configs/mini_chart.py --workdir=runs/demo

The student writes programs; each is drawn and diagnosed; the defects are traced to statements;
the teacher, the same weights with this rollout's feedback in its context, re-scores the student's
own tokens; one step descends L = L_VSDPO + beta * L_GRPO (Eq. 7). What it is not: there is no
critic and no reward model, and the teacher never generates.

Keys are folded from (seed, step), so a resumed run is the run that was interrupted.
Next to read: stages.py, core/objective.py, credit/responsibility.py, domains/chart/diagnose.py.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

import jax
import numpy as np
from absl import app, flags
from ml_collections import config_flags

from vsdpo_jax import runs, stages
from vsdpo_jax.core.advantages import check_rewards, group_advantages
from vsdpo_jax.evaluate import as_json, evaluate
from vsdpo_jax.runtime import checkpoint, report
from vsdpo_jax.runtime.episodes import Sample, write_episode
from vsdpo_jax.runtime.files import write_atomic
from vsdpo_jax.runtime.metrics import MetricsWriter, Progress, StageClock
from vsdpo_jax.runtime.workdir import claim_workdir
from vsdpo_jax.settings import Settings, from_config, to_dict


def train(settings: Settings, workdir: Path) -> None:
    """Evaluate, train, evaluate again; leave metrics, episodes, summary.json and report.html."""
    started = time.monotonic()
    shape = (settings.rollout.prompts_per_step, settings.rollout.group_size)
    with claim_workdir(workdir, to_dict(settings)) as work, runs.open_run(settings) as run:
        # ---- State: fresh, or where an interrupted run stopped ----------------------------------
        state = checkpoint.restore(workdir, run.fresh_state())
        first = int(state.step)
        before = evaluate(run, run.initial_params, workdir, "before", version=0)
        writer = MetricsWriter(workdir / "metrics.jsonl", first_step=first)
        watch = runs.Watch(settings.train.warn_drop)
        bar = Progress(total=settings.train.num_steps, start=first)

        for step in range(first, settings.train.num_steps):
            clock = StageClock()
            with clock("1_prompts"):
                tasks = run.tasks.train(step, settings.rollout.prompts_per_step)
                prompt_ids = stages.encode_prompts(run.processor, settings, tasks)

            with clock("2_rollouts"):
                rollouts = stages.sample_rollouts(
                    run.sampler, state.params, run.processor, tasks, prompt_ids,
                    jax.random.fold_in(run.root_key, step),
                    group_size=settings.rollout.group_size,
                    prompt_limit=settings.rollout.prompt_limit,
                    temperature=settings.rollout.temperature, policy_version=step,
                )  # fmt: skip

            with clock("3_render_and_diagnose"):
                judged = stages.judge_rollouts(run.pool, tasks, rollouts)
                reward_B = np.array([result.diagnosis.reward for result in judged], np.float32)
                kept_B = np.array([not result.diagnosis.masked for result in judged])

            with clock("4_credit"):
                credits = [
                    stages.assign_credit(rollout, result, settings.credit.alpha)
                    for rollout, result in zip(rollouts, judged, strict=True)
                ]
                reward_PG, kept_PG = reward_B.reshape(shape), kept_B.reshape(shape)
                check_rewards(reward_PG, kept_PG)
                advantage_B = np.asarray(
                    group_advantages(
                        reward_PG, kept_PG, normalize_std=settings.objective.normalize_std
                    )
                ).reshape(-1)

            with clock("5_teacher_contexts"):
                teacher_ids = [
                    stages.encode_teacher(run.processor, settings, tasks[rollout.group_id], result)
                    for rollout, result in zip(rollouts, judged, strict=True)
                ]
                weights_T = [weight_T for _, weight_T in credits]
                batch = run.make_batch(
                    prompt_ids, teacher_ids, rollouts, weights_T, advantage_B, kept_B
                )

            with clock("6_update"):
                state, device_metrics = run.train_step(state, batch)
                device_metrics = jax.device_get(device_metrics)

            with clock("7_record"):
                samples = [
                    Sample(task=tasks[rollout.group_id], rollout=rollout, judged=result,
                           statements=statements, weight_T=weight_T, advantage=float(advantage))
                    for rollout, result, (statements, weight_T), advantage in zip(
                        rollouts, judged, credits, advantage_B, strict=True
                    )
                ]  # fmt: skip
                write_episode(workdir / "episodes", f"step_{step:05d}", samples,
                              num_images=settings.log.episode_images)  # fmt: skip
                done = step + 1
                if done % settings.train.checkpoint_every == 0 or done == settings.train.num_steps:
                    checkpoint.save(workdir, state, keep=settings.train.keep_checkpoints)

            row = runs.step_metrics(
                samples, device_metrics, clock.seconds, run.sampler.num_compiles
            )
            writer.write(step, row)
            bar.update(row, watch.look(row))
        bar.close()

        after = evaluate(run, state.params, workdir, "after", version=int(state.step))
        summary = {
            "before": as_json(before), "after": as_json(after), "seed": settings.seed,
            "seconds": work.add_seconds(time.monotonic() - started),
        }  # fmt: skip
        write_atomic(workdir / "summary.json", json.dumps(summary, indent=2) + "\n")
        path = report.write_report(workdir)
    table = report.format_table({name: summary[name] for name in ("before", "after")})
    sys.stdout.write(f"\n{table}\n\n{summary['seconds']:.0f} seconds. Report: {path}\n")


def main(argv: list[str]) -> None:
    del argv
    if not flags.FLAGS.config or not flags.FLAGS.workdir:
        raise app.UsageError("give --config=configs/mini_chart.py and --workdir=runs/demo")
    train(from_config(flags.FLAGS.config), Path(flags.FLAGS.workdir))


if __name__ == "__main__":
    config_flags.DEFINE_config_file("config", None, "experiment, e.g. configs/mini_chart.py")
    flags.DEFINE_string("workdir", None, "folder of this run; made when missing")
    runs.run_command(main)
