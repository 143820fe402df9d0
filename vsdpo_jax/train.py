"""START HERE. Visual-SDPO, one update after the other, in seven named stages.

    python -m vsdpo_jax.train --config=configs/mini_chart.py --workdir=runs/demo

The student writes programs; each is drawn and diagnosed; the defects are traced to statements;
the teacher, the same weights with this rollout's feedback in its context, re-scores the student's
own tokens; one step descends L = L_VSDPO + beta * L_GRPO (Eq. 7). What it is not: there is no
critic and no reward model, and the teacher never generates.

Keys are folded from (seed, step), so a resumed run is the run that was interrupted.
Next to read: run/stages.py, core/objective.py, credit/responsibility.py, domains/base.py.
"""

from __future__ import annotations

import dataclasses
import json
import sys
import tempfile
import time
from pathlib import Path

import jax
import numpy as np
from absl import flags
from ml_collections import config_flags

from vsdpo_jax.core.advantages import check_rewards, group_advantages
from vsdpo_jax.core.inputs import TrainState
from vsdpo_jax.endpoint.budget import BudgetSpent
from vsdpo_jax.evaluate import as_json, evaluate
from vsdpo_jax.reporting import format_table, write_report
from vsdpo_jax.run import command, monitor, opening, profiling, rehearsal, sessions, stages, warmup
from vsdpo_jax.run.saver import Saver
from vsdpo_jax.run.settings import Settings, SettingsError, from_config
from vsdpo_jax.run.tracking import Tracking, open_tracking
from vsdpo_jax.runtime.episodes import Sample, write_episode
from vsdpo_jax.runtime.files import write_atomic
from vsdpo_jax.runtime.hosts import start as start_hosts
from vsdpo_jax.runtime.metrics import StageClock
from vsdpo_jax.runtime.stop import Stop, StoppedError


def train(settings: Settings, workdir: Path | str, profile: profiling.Steps | None = None) -> None:
    """Evaluate, train, evaluate again; leave metrics, episodes, summary.json and report.html.

    Of several processes all call this, and the first one writes. ``workdir`` is a folder that all
    see, or gs://BUCKET/FOLDER.

    Raises:
      StoppedError: SIGTERM; what was done is saved.
    """
    started = time.monotonic()
    with (
        Stop(settings.train.stop_within_s) as stop,
        start_hosts(settings.distributed) as hosts,
        sessions.claim(workdir, settings, hosts) as session,
        opening.open_run(settings, hosts, stop) as run,
        open_tracking(settings, session, is_kept=hosts.is_first) as tracking,
    ):
        folder = session.folder
        if run.judge is not None:
            run.judge.open_account(folder / "judge.json", hosts)
        state = session.restore(run.fresh_state())  # where it was interrupted
        monitor.announce(run, state, folder)
        before = evaluate(run, run.policy(run.initial_trained), folder, "before", version=0)
        tracking.evaluation(0, "before", before)
        session.publish()
        state = improve(run, state, session, profile, tracking)
        policy = run.policy(state.params)
        after = evaluate(run, policy, folder, "after", version=int(state.step))
        tracking.evaluation(settings.train.num_steps, "after", after)
        if before is None or after is None or session.workdir is None:  # of the first one alone
            return
        summary = {
            "before": as_json(before), "after": as_json(after), "seed": settings.seed,
            "seconds": session.workdir.add_seconds(time.monotonic() - started),
        }  # fmt: skip
        write_atomic(folder / "summary.json", json.dumps(summary, indent=2) + "\n")
        path = session.name(write_report(folder))
    if run.judge is not None:
        sys.stderr.write(f"{run.judge.report()}\n")
    table = format_table({name: summary[name] for name in ("before", "after")})
    sys.stdout.write(f"\n{table}\n\n{summary['seconds']:.0f} seconds. Report: {path}\n")


def improve(
    run: opening.Run,
    state: TrainState,
    session: sessions.Session,
    profile: profiling.Steps | None = None,
    tracking: Tracking | None = None,
) -> TrainState:
    """All steps from ``state`` on, each with its row of metrics, episode and checkpoint."""
    settings, hosts = run.settings.train, run.share.hosts
    first = settings.next_step(int(state.step))
    diary = monitor.Diary(
        run.settings, session.folder, first, is_kept=hosts.is_first, tracking=tracking
    )
    gauge = profiling.Gauge(profile, session.folder if hosts.is_first else None)
    with Saver(session, settings) as saver:
        for step in range(first, settings.num_steps):
            clock = StageClock()
            with gauge.step(step):
                if step < settings.num_imitating:
                    state, row = warmup.imitate_references(run, state, step, clock)
                else:
                    state, row = update(run, state, step, clock, session.folder)
            saver.settle()
            is_last, is_stopped = step + 1 == settings.num_steps, run.share.is_stopped()
            is_due = (step + 1) % settings.checkpoint_every == 0
            is_spent = run.is_spent() and not is_last
            is_saved = is_due or is_last or is_stopped or is_spent
            row["bytes/checkpoint"] = profiling.tree_bytes(state) if is_saved else 0.0
            row["seconds/8_checkpoints"] = saver.waited_s()
            # The row first: what is done twice is written again, what is not done is never written.
            diary.write(step, row | gauge.figures(run, row))
            if is_saved:
                saver.save(state, diary.score())
                diary.show(step)
            diary.tell(row, gauge.warnings())
            if is_spent or is_stopped:
                saver.finish()
            if is_spent:
                raise BudgetSpent(
                    f"the judge's budget has no room for another step; step {step + 1} of "
                    f"{settings.num_steps} is saved; raise config.judge.budget, and the same "
                    "command goes on"
                )
            if is_stopped:
                raise StoppedError(f"stopped after step {step + 1} of {settings.num_steps}, which "
                                   "is saved; the same command goes on")  # fmt: skip
    diary.close()
    return state


def update(
    run: opening.Run, state: TrainState, step: int, clock: StageClock, workdir: Path
) -> tuple[TrainState, dict[str, float]]:
    """One update of Visual-SDPO: the new state, and the row of metrics."""
    settings = run.settings
    share = run.share
    with clock("1_prompts"):
        tasks = run.tasks.train(step, settings.rollout.prompts_per_step)
        chats = stages.encode_prompts(run.processor, settings, tasks)

    with clock("2_rollouts"):
        rollouts = stages.sample_rollouts(
            run.sampler, run.policy(state.params), run.processor, run.config, settings, tasks,
            chats, jax.random.fold_in(run.root_key, step),
            group_size=settings.rollout.group_size, policy_version=int(state.step),
            rows=share.rows,
        )  # fmt: skip

    with clock("3_render_and_diagnose"):
        judged = stages.judge_rollouts(
            run.pool,
            settings,
            tasks,
            rollouts,
            has_targets=settings.data.train != "lab",
            looks=run.looks,
            judge=run.judge,
        )
        # P: the groups of this process.
        shape = (-1, settings.rollout.group_size)
        reward_PG = np.array([j.diagnosis.reward for j in judged], np.float32).reshape(shape)
        kept_B = np.array([not j.diagnosis.masked for j in judged])

    with clock("4_credit"):
        credits = stages.assign_credits(settings, rollouts, judged, step)
        check_rewards(reward_PG, kept_B.reshape(shape))
        advantage_B = np.asarray(
            group_advantages(
                reward_PG, kept_B.reshape(shape), normalize_std=settings.objective.normalize_std
            )
        ).reshape(-1)

    with clock("5_teacher_contexts"):
        contexts = stages.teacher_contexts(settings, tasks, rollouts, judged, share)
        teacher_chats, num_dropped = stages.encode_teachers(
            run.processor, settings, tasks, rollouts, contexts
        )
        baseline_chats, num_lost = stages.encode_baselines(
            run.processor, settings, tasks, rollouts, judged, contexts, share
        )
        batch = run.make_batch(
            chats, teacher_chats, rollouts, kept_B, baseline_chats=baseline_chats,
            weights=[weight_T for _, weight_T in credits], advantages=advantage_B,
            **stages.option_fields(rollouts, judged, reward_PG, kept_B.reshape(shape)),
        )  # fmt: skip

    with clock("6_update"):
        if settings.objective.reference_kl:
            logp_BT = run.reference_logp(run.initial_trained, batch)
            batch = dataclasses.replace(batch, reference_logp_BT=logp_BT)
        for _ in range(settings.train.epochs_per_batch):
            state, metrics = run.train_step(state, batch)
        metrics = jax.device_get(metrics)

    with clock("7_record"):
        samples = [
            Sample(task=tasks[rollout.group_id], rollout=rollout, judged=result,
                   statements=statements, weight_T=weight_T, advantage=float(advantage))
            for rollout, result, (statements, weight_T), advantage in zip(
                rollouts, judged, credits, advantage_B, strict=True
            )
        ]  # fmt: skip
        samples = share.samples(samples, num_images=settings.log.episode_images)
        if not share.hosts.is_first:
            return state, {}
        write_episode(workdir / "episodes", f"step_{step:05d}", samples,
                      num_images=settings.log.episode_images)  # fmt: skip
    row = monitor.step_metrics(samples, metrics, clock.seconds, run.sampler.num_compiles)
    asked = {} if run.judge is None else run.judge.counts()
    return state, row | asked | {
        "teacher/dropped": float(num_dropped + num_lost),
        "bytes/prompts_to_device": float(run.sampler.prompt_bytes),
        "bytes/batch_to_device": profiling.tree_bytes(batch),
    }


def main(argv: list[str]) -> None:
    del argv
    values = flags.FLAGS
    if not values.config or not (values.workdir or values.dry_run):
        raise SettingsError("give --config=configs/mini_chart.py and --workdir=runs/demo")
    settings, profile = from_config(values.config), profiling.parse_steps(values.profile)
    if not values.dry_run:
        train(settings, values.workdir, profile)
        return
    with tempfile.TemporaryDirectory(prefix="vsdpo_dry_run_") as folder:
        train(rehearsal.rehearsed(settings, Path(folder) / "model"), Path(folder) / "run")
    sys.stdout.write("dry run: every stage ran, with a mini model; nothing was kept\n")


def define_flags(values: flags.FlagValues = flags.FLAGS) -> None:
    """The command's flags."""
    config_flags.DEFINE_config_file(
        "config", None, "experiment, e.g. configs/mini_chart.py", flag_values=values
    )
    flags.DEFINE_string(
        "workdir",
        None,
        "folder of this run; made when missing; or gs://BUCKET/FOLDER",
        flag_values=values,
    )
    flags.DEFINE_string(
        "profile",
        "",
        "steps to trace into WORKDIR/profile, e.g. 3:5 for the steps 3 and 4",
        flag_values=values,
    )
    flags.DEFINE_bool(
        "dry_run",
        False,
        "two updates of a mini model on this data; keeps nothing",
        flag_values=values,
    )


if __name__ == "__main__":
    define_flags()
    command.run(main)
