import dataclasses
import threading
from types import SimpleNamespace

import jax
import numpy as np
import pytest
from PIL import Image

from configs import mini_chart
from vsdpo_jax import evaluate
from vsdpo_jax.domains.prompts import TeacherContext
from vsdpo_jax.records import Diagnosis, Judged, Render, Rollout, Task
from vsdpo_jax.run import stages
from vsdpo_jax.run.settings import from_config
from vsdpo_jax.run.sharing import Share
from vsdpo_jax.runtime.episodes import NO_IMAGE_YXC, Sample
from vsdpo_jax.runtime.stop import StoppedError


class Room:
    """Hosts that hand things over in this process."""

    def __init__(self, count):
        self.count, self.said = count, [b""] * count
        self.barrier = threading.Barrier(count)

    def member(self, index):
        return Member(self, index)


class Member:
    def __init__(self, room, index):
        self.room, self.index, self.count, self.is_first = room, index, room.count, index == 0

    def exchange(self, what, data):
        self.room.said[self.index] = data
        self.room.barrier.wait()
        said = list(self.room.said)
        self.room.barrier.wait()
        return said

    def collect(self, what, data):
        said = self.exchange(what, data)
        return said if self.is_first else []

    def any(self, what, flag):
        return b"1" in self.exchange(what, b"1" if flag else b"0")


def together(work, count=2):
    room, given = Room(count), {}
    threads = [
        threading.Thread(target=lambda i=i: given.update({i: work(room.member(i))}))
        for i in range(count)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return [given[index] for index in range(count)]


def sample(row, size=2):
    pixels_YXC = np.full((4, 6, 3), row, np.uint8)
    rollout = Rollout(
        task_id=f"t{row // size}", group_id=row // size, sample_id=row % size, policy_version=0,
        tokens_T=np.full(3, row, np.int32), logp_T=np.zeros(3, np.float32),
        offsets_T2=np.zeros((3, 2), np.int32), text=f"text {row}", stop_reason="stop",
    )  # fmt: skip
    return Sample(
        task=Task(task_id=f"t{row // size}", domain="chart", brief="Draw."), rollout=rollout,
        judged=Judged(
            render=Render(status="ok", image_YXC=pixels_YXC),
            diagnosis=Diagnosis(
                rubric={"clip": True}, scores={}, defects=(), feedback="f", r_exec=1.0, r_vis=0.5
            ),
        ),
        statements=(), weight_T=np.ones(3), advantage=float(row),
    )  # fmt: skip


def test_alone_everything_is_ones_own():
    share, samples = Share(), [sample(row) for row in range(4)]
    assert share.part(5) == range(5)
    assert share.samples(samples, num_images=1) == samples
    assert share.turned(["a", "b", "c", "d"], 2) == ["c", "d", "a", "b"]
    assert not share.is_stopped()


@pytest.mark.parametrize(("count", "things"), [(2, 5), (4, 2), (3, 9)])
def test_parts_cover_everything_once(count, things):
    parts = [Share(hosts=Room(count).member(index)).part(things) for index in range(count)]
    assert [thing for part in parts for thing in part] == list(range(things))
    assert max(map(len, parts)) - min(map(len, parts)) <= 1


def test_samples_come_to_the_first_process_with_the_pictures_that_are_kept():
    def work(member):
        rows = range(4 * member.index, 4 * member.index + 4)
        share = Share(hosts=member, rows=np.array(rows))
        return share.samples([sample(row) for row in rows], num_images=6 - 4 * member.index)

    all_samples, nothing = together(work)
    assert nothing == []
    assert [one.rollout.text for one in all_samples] == [f"text {row}" for row in range(8)]
    assert [one.advantage for one in all_samples] == list(range(8))
    for row, one in enumerate(all_samples):
        np.testing.assert_array_equal(one.rollout.tokens_T, np.full(3, row))
        image_YXC = one.judged.render.image_YXC
        if row < 6:
            np.testing.assert_array_equal(image_YXC, np.full((4, 6, 3), row))
        else:
            assert image_YXC.shape == NO_IMAGE_YXC.shape


def context(row):
    image = Image.fromarray(np.full((4, 6, 3), row, np.uint8)) if row % 3 else None
    return TeacherContext(rubric=f"rubric {row}", image=image, sibling="x" if row == 4 else None)


@pytest.mark.parametrize("rows", [([0, 1, 2, 3], [4, 5, 6, 7]), ([0, 1, 4, 5], [2, 3, 6, 7])])
def test_contexts_of_the_next_group_come_from_whoever_has_it(rows):
    def work(member):
        own = rows[member.index]
        share = Share(hosts=member, rows=np.array(own))
        return share.turned([context(row) for row in own], 2)

    for own, turned in zip(rows, together(work), strict=True):
        for row, one in zip(own, turned, strict=True):
            expected = context((row + 2) % 8)
            assert dataclasses.replace(one, image=None) == dataclasses.replace(expected, image=None)
            assert (one.image is None) == (expected.image is None)
            if one.image is not None:
                assert one.image.tobytes() == expected.image.tobytes()


def test_one_that_is_stopped_stops_all():
    def work(member):
        share = Share(hosts=member)
        share.stop.is_requested = member.index == 1
        return share.is_stopped()

    assert together(work) == [True, True]


def test_an_evaluation_stops_between_its_batches(monkeypatch):
    share = Share()
    share.stop.is_requested = True
    tasks = [Task(task_id=f"t{i}", domain="chart", brief="Draw.") for i in range(4)]
    config = mini_chart.get_config()
    config.rollout.eval_batch = 2
    run = SimpleNamespace(
        settings=from_config(config), share=share, tasks=SimpleNamespace(heldout=tasks),
        sampler=None, processor=None, config=None, pool=None, looks=None, judge=None,
        root_key=jax.random.key(0),
    )  # fmt: skip
    calls = []
    for name in ("encode_prompts", "sample_rollouts", "judge_rollouts"):
        monkeypatch.setattr(stages, name, lambda *args, name=name, **_: calls.append(name) or [])
    with pytest.raises(StoppedError, match="the same command makes it again"):
        evaluate.sample_heldout(run, None, version=0, label="before")
    assert len(calls) == 3  # of one batch, not of two
