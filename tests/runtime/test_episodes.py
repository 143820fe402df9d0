import dataclasses

import numpy as np
import pytest
from runtime_samples import make_sample

from vsdpo_jax.runtime.episodes import NO_IMAGE_YXC, Sample, read_episode, write_episode
from vsdpo_jax.runtime.files import DamagedFileError

STATUSES = ("ok", "program_error", "no_artifact", "limit", "tamper", "infra")


def assert_same(left, right):
    """Deep equality of records, arrays by dtype and content."""
    assert type(left) is type(right)
    if dataclasses.is_dataclass(left):
        for field in dataclasses.fields(left):
            assert_same(getattr(left, field.name), getattr(right, field.name))
    elif isinstance(left, np.ndarray):
        assert left.dtype == right.dtype
        np.testing.assert_array_equal(left, right)
    elif isinstance(left, (list, tuple)):
        assert len(left) == len(right)
        for one, other in zip(left, right, strict=True):
            assert_same(one, other)
    else:
        assert left == right


def test_an_episode_comes_back_as_it_was(tmp_path):
    samples = [make_sample(i, status=status) for i, status in enumerate(STATUSES)]
    write_episode(tmp_path / "episodes", "step_00003", samples, num_images=len(samples))
    assert_same(read_episode(tmp_path / "episodes", "step_00003"), samples)


def test_an_empty_rollout_and_an_empty_episode_come_back(tmp_path):
    empty = make_sample(text="\n\n")
    rollout = dataclasses.replace(
        empty.rollout, text="", tokens_T=np.zeros(0, np.int32), logp_T=np.zeros(0, np.float32),
        offsets_T2=np.zeros((0, 2), np.int32),
    )  # fmt: skip
    empty = dataclasses.replace(empty, rollout=rollout, weight_T=np.zeros(0, np.float32))
    write_episode(tmp_path, "one", [empty], num_images=1)
    write_episode(tmp_path, "none", [], num_images=1)
    assert_same(read_episode(tmp_path, "one"), [empty])
    assert read_episode(tmp_path, "none") == []


def test_only_the_first_pictures_are_kept_and_the_others_are_marked(tmp_path):
    write_episode(tmp_path, "e", [make_sample(i) for i in range(3)], num_images=2)
    images = [sample.judged.render.image_YXC for sample in read_episode(tmp_path, "e")]
    assert [image.shape for image in images] == [(48, 64, 3), (48, 64, 3), NO_IMAGE_YXC.shape]


def test_writing_again_replaces_the_episode_and_its_pictures(tmp_path):
    write_episode(tmp_path, "e", [make_sample(i) for i in range(3)], num_images=3)
    again = [make_sample(7)]
    write_episode(tmp_path, "e", again, num_images=3)
    assert_same(read_episode(tmp_path, "e"), again)
    assert [path.name for path in (tmp_path / "e").iterdir()] == ["000.png"]


def test_an_interrupted_write_leaves_no_episode(tmp_path, monkeypatch):
    write_episode(tmp_path, "e", [make_sample(0)], num_images=1)

    def fail(*_args, **_kwargs):
        raise KeyboardInterrupt

    monkeypatch.setattr(np, "savez_compressed", fail)
    with pytest.raises(KeyboardInterrupt):
        write_episode(tmp_path, "e", [make_sample(1)], num_images=1)
    with pytest.raises(FileNotFoundError):
        read_episode(tmp_path, "e")


def test_a_damaged_line_is_named(tmp_path):
    write_episode(tmp_path, "e", [make_sample(0), make_sample(1)], num_images=0)
    path = tmp_path / "e.jsonl"
    first, second = path.read_text().splitlines()
    path.write_text(first + "\n" + second.replace('"advantage"', '"adv"') + "\n")
    with pytest.raises(ValueError, match=r"e\.jsonl, line 2 is damaged.*advantage"):
        read_episode(tmp_path, "e")


@pytest.mark.parametrize("file", ["e.jsonl", "e.npz", "e/001.png"])
@pytest.mark.parametrize("damage", ["cut", "emptied", "zeroed", "overwritten"])
def test_whatever_file_is_damaged_is_one_kind_of_error(tmp_path, file, damage):
    write_episode(tmp_path, "e", [make_sample(0), make_sample(1)], num_images=2)
    path = tmp_path / file
    data = path.read_bytes()
    middle = len(data) // 2
    path.write_bytes(
        {
            "cut": data[:middle], "emptied": b"", "zeroed": bytes(len(data)),
            "overwritten": data[:middle] + b"\xff" * (len(data) - middle),
        }[damage]
    )  # fmt: skip
    with pytest.raises(DamagedFileError, match=r"e\.jsonl, line \d is damaged, or the arrays or"):
        read_episode(tmp_path, "e")


def test_weights_have_to_fit_the_tokens():
    sample = make_sample(0)
    with pytest.raises(ValueError, match=r"weight_T has shape \(2,\)"):
        Sample(
            task=sample.task, rollout=sample.rollout, judged=sample.judged, statements=(),
            weight_T=np.ones(2, np.float32), advantage=0.0,
        )  # fmt: skip
