"""Pictures of many sizes, in prompts and from programs, need no more programs than one size."""

import dataclasses
import itertools
import json

import numpy as np
import processes
import pytest
from PIL import Image

from vsdpo_jax import train
from vsdpo_jax.run import opening, stages
from vsdpo_jax.run.sessions import Session
from vsdpo_jax.runtime.metrics import read_metrics

SIZES = ((32, 32), (64, 64), (128, 32), (32, 128), (50, 77), (300, 300), (33, 90), (90, 40))
"""Width and height: one token to four, enlarged, reduced, as they are."""
STEPS = 5


class Pool(processes.Pool):
    """Draws pictures of another size every time."""

    sizes = itertools.cycle((*SIZES, (500, 20), (1, 900)))  # strips, which a task may not have

    def map(self, jobs, on_done=None):
        return [
            judged if judged.render.image_YXC is None else dataclasses.replace(
                judged, render=dataclasses.replace(
                    judged.render, image_YXC=np.full((*next(self.sizes)[::-1], 3), 200, np.uint8)
                ),
            )
            for judged in super().map(jobs, on_done)
        ]  # fmt: skip


def tasks_with_pictures(folder):
    """Eight tasks, each with a picture of another size."""
    tasks = []
    for number, size in enumerate(SIZES):
        Image.new("RGB", size, (number * 30, 0, 0)).save(folder / f"{number}.png")
        tasks.append({"task_id": f"t{number}", "brief": "Page", "asked": processes.ASKED,
                      "images": [f"{number}.png"]})  # fmt: skip
    (folder / "tasks.jsonl").write_text("\n".join(map(json.dumps, tasks)))


@pytest.mark.slow
@pytest.mark.timeout(1200)
def test_pictures_of_many_sizes_need_one_program_each_for_sampling_and_update(
    tmp_path, monkeypatch
):
    folder = processes.make_model(tmp_path)
    tasks_with_pictures(folder)
    chosen = processes.settings(
        folder,
        **{
            "data.images_per_task": 1,
            "train.num_steps": STEPS,
            "rollout.prompt_limit": 64,
            "teacher.prompt_limit": 128,
        },
    )
    sample = stages.sample_rollouts

    def pages(*args, **options):
        return [processes.written(rollout, args[2]) for rollout in sample(*args, **options)]

    monkeypatch.setattr(stages, "sample_rollouts", pages)
    monkeypatch.setattr(opening, "open_pool", lambda settings: Pool(settings))
    seen = set()
    read = stages.read_images

    def reading(chats, *args):
        seen.update(image.grid for chat in chats for image in chat.images)
        return read(chats, *args)

    monkeypatch.setattr(stages, "read_images", reading)
    (tmp_path / "run").mkdir()
    with opening.open_run(chosen) as run:
        train.improve(run, run.fresh_state(), Session(folder=tmp_path / "run"))
        assert run.sampler.num_compiles == 1
    assert len(seen) >= 5
    rows = read_metrics(tmp_path / "run" / "metrics.jsonl")
    assert rows[0]["compiles/count"] >= 2
    assert [row["compiles/count"] for row in rows[2:]] == [0] * (STEPS - 2)
    assert len({row["bytes/batch_to_device"] for row in rows}) == 1
    assert len({row["bytes/prompts_to_device"] for row in rows}) == 1
