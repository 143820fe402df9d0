"""Samples for the tests of runtime: of every outcome, with texts that HTML and JSON must escape."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np

from vsdpo_jax.records import (
    Defect,
    Diagnosis,
    Element,
    Judged,
    Render,
    Rollout,
    StatementCredit,
    Task,
)
from vsdpo_jax.runtime.episodes import Sample, write_episode
from vsdpo_jax.runtime.files import write_atomic
from vsdpo_jax.runtime.metrics import MetricsWriter

PROGRAM = (
    "fig, ax = plt.subplots()\nax.set_title('<b>\"Grüße\" & 漢</b>', fontsize=40)\nax.bar(x, y)\n"
)


def make_sample(
    number: int = 0,
    *,
    status: str = "ok",
    reward: float = 0.5,
    rubric: dict[str, bool] | None = None,
    text: str = PROGRAM,
    size: tuple[int, int] = (48, 64),
) -> Sample:
    """One rollout, its tokens three characters each, its second line fully responsible."""
    starts = np.arange(0, len(text), 3)
    offsets_T2 = np.stack([starts, np.minimum(starts + 3, len(text))], axis=1).astype(np.int32)
    length = len(starts)
    first = text.index("\n") + 1
    second = text.index("\n", first)
    rng = np.random.default_rng(number)
    is_ok = status == "ok"
    rubric = {"clip": False, "content": True} if rubric is None else rubric
    defects = tuple(
        Defect(
            axis=axis, kind="text_clipped", region=(4.0, 2.5, 40.0, 10.0), severity=1,
            message=f"the title <leaves> the picture ({axis})",
        )
        for axis, satisfied in rubric.items() if not satisfied
    )  # fmt: skip
    return Sample(
        task=Task(
            task_id=f"task-{number}", domain="chart", brief=f"Draw bars <{number}> & a title",
            asked={"kind": "bar", "series": [{"name": "a", "values": [1, 2.5]}]},
        ),
        rollout=Rollout(
            task_id=f"task-{number}", group_id=number // 2, sample_id=number % 2, policy_version=3,
            tokens_T=rng.integers(0, 999, length).astype(np.int32),
            logp_T=-rng.random(length).astype(np.float32),
            offsets_T2=offsets_T2, text=text, stop_reason="stop",
        ),
        judged=Judged(
            render=Render(
                status=status, limit="cpu" if status == "limit" else None,  # type: ignore[arg-type]  # any status
                image_YXC=rng.integers(0, 255, (*size, 3)).astype(np.uint8) if is_ok else None,
                elements=(
                    Element(region=(1.0, 2.0, 3.0, 4.5), span=(3, 9), role="title", text="a\ud800"),
                ),
                error="" if is_ok else "Traceback: <student> said \"no\" & left",
                stdout="out\x00\n", stderr="err", cpu_s=0.25, wall_s=0.5,
            ),
            diagnosis=Diagnosis(
                rubric=rubric if is_ok else {}, scores={"clip": 1 / 3} if is_ok else {},
                defects=defects if is_ok else (), feedback='{"clip": "title right"}',
                r_exec=float(is_ok), r_vis=reward if is_ok else 0.0, masked=status == "infra",
            ),
            extra={"seen": [1, 2]},
        ),
        statements=(
            StatementCredit(
                span=(first, second), lines=(2, 2), regions=((4.0, 2.5, 40.0, 10.0),),
                responsibility=1.0, weight=4.0,
            ),
        ),
        weight_T=np.where((offsets_T2[:, 0] >= first) & (offsets_T2[:, 0] < second), 4.0, 1.0)
        .astype(np.float32),
        advantage=-0.1,
    )  # fmt: skip


def write_run(workdir: Path, *, num_tasks: int = 20, num_steps: int = 6) -> None:
    """A workdir as train.py leaves it, with made-up results."""
    write_atomic(
        workdir / "config.json", json.dumps({"seed": 5, "note": "<script>alert(1)</script>"})
    )
    statuses = ("ok", "ok", "program_error", "ok", "limit")
    before = [make_sample(i, status=statuses[i % 5], reward=(i % 4) / 4) for i in range(num_tasks)]
    after = [
        make_sample(i, reward=1.0 if i % 3 else 0.5, rubric={"clip": bool(i % 3), "content": True})
        for i in range(num_tasks)
    ]
    for name, samples in (("before", before), ("after", after)):
        write_episode(workdir / "eval", name, samples, num_images=num_tasks)
    for step in range(num_steps):
        write_episode(workdir / "episodes", f"step_{step:05d}", before[:8], num_images=4)
    writer = MetricsWriter(workdir / "metrics.jsonl", first_step=0)
    for step in range(num_steps):
        writer.write(
            step,
            {
                "reward": 0.5 + 0.08 * step, "exec_rate": 0.9, "axis/clip": 0.4 + 0.1 * step,
                "axis/content": 0.9, "kl/credited": 0.2 / (step + 1), "kl/other": float("nan"),
                "policy/entropy": 0.5, "length/mean": 90.0, "length/max": 160.0, "grad/norm": 1.0,
                "seconds/1_prompts": 0.01, "seconds/2_rollouts": 9.0 if step == 0 else 2.0,
                "seconds/6_update": 3.0,
            },
        )  # fmt: skip
    scores = {
        name: {
            "score": score, "stderr": 3.0, "exec_rate": exec_rate,
            "axes": {"clip": clip, "content": 0.75}, "num_tasks": num_tasks,
        }
        for name, score, exec_rate, clip in
        [("before", 41.25, 0.6, 0.25), ("after", 88.0, 1.0, 0.65)]
    }  # fmt: skip
    write_atomic(workdir / "summary.json", json.dumps({**scores, "seconds": 171.4, "seed": 5}))
