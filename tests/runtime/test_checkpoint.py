import os
import shutil
import subprocess
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

from vsdpo_jax.core.step import TrainState
from vsdpo_jax.runtime import checkpoint, orbax_files
from vsdpo_jax.runtime.checkpoint import check, latest_step, read_score, restore, save
from vsdpo_jax.runtime.hosts import ALONE
from vsdpo_jax.runtime.mesh import make_mesh, shard_params
from vsdpo_jax.runtime.workdir import DiskFullError, WorkdirError

OPTIMIZER = optax.chain(
    optax.clip_by_global_norm(1.0),
    optax.adamw(optax.schedules.warmup_constant_schedule(1e-3, 1e-2, 3)),
)


def fresh_state(width: int = 8, *, has_teacher: bool = True) -> TrainState:
    keys = jax.random.split(jax.random.key(0), 3)
    params = {
        "embed_tokens": jax.random.normal(keys[0], (16, width)),
        "layers": {"q_proj": jax.random.normal(keys[1], (2, width, width), jnp.bfloat16),
                   "norm": jnp.ones((2, width))},
    }  # fmt: skip
    return TrainState(
        params=params, opt_state=OPTIMIZER.init(params), step=jnp.zeros((), jnp.int32),
        teacher_params=jax.tree.map(jnp.copy, params) if has_teacher else None,
    )  # fmt: skip


@jax.jit
def _gradient(params, key):
    def loss(params):
        x_TD = params["embed_tokens"][jax.random.randint(key, (32,), 0, 16)]
        y_TD = (
            x_TD @ params["layers"]["q_proj"][0].astype(jnp.float32) * params["layers"]["norm"][1:]
        )
        return jnp.mean(jnp.sin(y_TD))

    return jax.grad(loss)(params)


def _update(state: TrainState) -> TrainState:
    grads = _gradient(state.params, jax.random.fold_in(jax.random.key(7), state.step))
    updates, opt_state = OPTIMIZER.update(grads, state.opt_state, state.params)
    return TrainState(
        params=optax.apply_updates(state.params, updates), opt_state=opt_state,
        step=state.step + 1, teacher_params=state.teacher_params,
    )  # fmt: skip


update = jax.jit(_update, donate_argnums=0)


def run(
    state: TrainState, num_steps: int, workdir=None, every: int = 1, keep: int = 2
) -> TrainState:
    for _ in range(num_steps):
        state = update(state)
        if workdir is not None and int(state.step) % every == 0:
            save(workdir, state, keep=keep)
    return state


def assert_identical(left, right):
    assert jax.tree.structure(left) == jax.tree.structure(right)
    for one, other in zip(jax.tree.leaves(left), jax.tree.leaves(right), strict=True):
        assert one.dtype == other.dtype
        assert np.asarray(one).tobytes() == np.asarray(other).tobytes()


def test_without_a_checkpoint_the_run_starts_fresh(tmp_path):
    state = fresh_state()
    assert latest_step(tmp_path) is None
    assert restore(tmp_path, state) is state
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("has_teacher", [True, False])
def test_a_resumed_run_equals_the_uninterrupted_one_bit_for_bit(tmp_path, has_teacher):
    expected = run(fresh_state(has_teacher=has_teacher), 7)
    run(fresh_state(has_teacher=has_teacher), 5, tmp_path, every=3)
    resumed = restore(tmp_path, fresh_state(has_teacher=has_teacher))
    assert int(resumed.step) == 3
    assert_identical(run(resumed, 4, tmp_path, every=3), expected)
    assert latest_step(tmp_path) == 6


def test_the_update_after_a_save_does_not_reach_into_the_checkpoint(tmp_path):
    state = run(fresh_state(), 1)
    kept = jax.tree.map(np.array, state)
    save(tmp_path, state, keep=1)
    run(state, 5)  # donates the buffers that were saved
    assert_identical(restore(tmp_path, fresh_state()), kept)


def test_an_update_beside_the_writing_does_not_reach_into_the_checkpoint(tmp_path):
    state = run(fresh_state(), 1)
    kept = jax.tree.map(np.array, state)
    begun = checkpoint.saving(tmp_path, state, keep=1)
    writing = next(begun)
    run(state, 5)  # donates the buffers that are being written
    assert latest_step(tmp_path) is None
    writing._end.result()
    assert writing.is_done
    assert latest_step(tmp_path) is None, "files alone are no checkpoint"
    assert list(begun) == []
    assert_identical(restore(tmp_path, fresh_state()), kept)
    assert list(checkpoint.saving(tmp_path, state.replace(step=jnp.int32(1)), keep=1)) == []


def test_a_checkpoint_that_is_left_is_none(tmp_path):
    begun = checkpoint.saving(tmp_path, run(fresh_state(), 1), keep=1)
    next(begun).result()
    begun.close()
    assert latest_step(tmp_path) is None
    run(fresh_state(), 2, tmp_path, every=2)
    assert sorted(os.listdir(tmp_path / "checkpoints")) == ["2"]


def test_digests_that_another_process_did_not_see_are_made_up_for(tmp_path):
    run(fresh_state(), 1, tmp_path)
    place = tmp_path / "checkpoints" / "1"
    expected = (place / "SHA256SUMS").read_text()
    (place / "SHA256SUMS").unlink()
    digests = checkpoint._digested(place, ALONE)
    assert expected.count("\n") == len(digests) + 1
    checkpoint._write_sums(place, 1, dict(list(digests.items())[::2]))
    assert (place / "SHA256SUMS").read_text() == expected


def test_the_newest_are_kept(tmp_path):
    run(fresh_state(), 5, tmp_path, keep=2)
    assert sorted(path.name for path in (tmp_path / "checkpoints").iterdir()) == ["4", "5"]
    save(tmp_path, run(fresh_state(), 5), keep=2)  # the same step again
    assert sorted(path.name for path in (tmp_path / "checkpoints").iterdir()) == ["4", "5"]


def test_the_best_are_kept_beside_the_newest(tmp_path):
    state = fresh_state()
    for step, score in enumerate([0.1, 0.9, 0.3, None, 0.8, 0.2, 0.1], start=1):
        state = update(state)
        save(tmp_path, state, keep=2, keep_best=2, score=score)
        assert int(state.step) == step
    kept = sorted(path.name for path in (tmp_path / "checkpoints").iterdir())
    assert kept == ["2", "5", "6", "7"]
    assert read_score(tmp_path / "checkpoints" / "5") == 0.8
    assert check(tmp_path / "checkpoints" / "2") == []
    save(tmp_path, update(state), keep=1)  # nobody asks for the best any more
    assert [path.name for path in (tmp_path / "checkpoints").iterdir()] == ["8"]


def test_a_checkpoint_without_a_score_is_not_the_best(tmp_path):
    run(fresh_state(), 1, tmp_path)
    place = tmp_path / "checkpoints" / "1"
    assert read_score(place) is None
    (place / "score.json").write_text("[")
    assert read_score(place) is None
    (place / "score.json").unlink()
    assert read_score(place) is None


def test_what_a_killed_run_left_half_written_is_passed_over(tmp_path):
    run(fresh_state(), 2, tmp_path)
    checkpoints = tmp_path / "checkpoints"
    shutil.copytree(checkpoints / "2", checkpoints / "3.orbax-checkpoint-tmp-0")
    assert latest_step(tmp_path) == 2
    assert int(restore(tmp_path, fresh_state()).step) == 2


def test_a_checkpoint_of_another_model_names_the_differences(tmp_path):
    run(fresh_state(width=4), 1, tmp_path)
    with pytest.raises(WorkdirError, match="another model or optimizer") as caught:
        restore(tmp_path, fresh_state(width=8))
    assert "params/embed_tokens: float32[16, 4] there, float32[16, 8] in this run" in str(
        caught.value
    )
    with pytest.raises(
        WorkdirError, match=r"teacher_params/layers/norm: float32\[2, 4\] there, absent"
    ):
        restore(tmp_path, fresh_state(width=4, has_teacher=False))


def test_parameters_come_back_to_their_places_on_the_mesh(tmp_path):
    state = run(fresh_state(), 1, tmp_path)
    mesh = make_mesh(data=2, fsdp=2, tensor=2)
    fresh = fresh_state()
    placed = fresh.replace(
        params=shard_params(fresh.params, mesh),
        teacher_params=shard_params(fresh.teacher_params, mesh),
    )
    restored = restore(tmp_path, placed)
    assert restored.params["embed_tokens"].sharding == placed.params["embed_tokens"].sharding
    assert_identical(
        jax.tree.map(np.asarray, restored.params), jax.tree.map(np.asarray, state.params)
    )


@pytest.fixture(scope="module")
def twice(tmp_path_factory):
    """A run with two checkpoints, 3 and 4; the tests damage copies of it."""
    workdir = tmp_path_factory.mktemp("twice")
    run(fresh_state(), 4, workdir, keep=2)
    return workdir


@pytest.fixture
def copied(twice, tmp_path):
    return shutil.copytree(twice, tmp_path / "run", symlinks=True)


def cut(path):
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def cut_at_a_line(path):
    path.write_bytes(b"".join(path.read_bytes().splitlines(keepends=True)[:-1]))


def lengthen(path):
    path.write_bytes(path.read_bytes() + b"\0")


def zero(path):
    path.write_bytes(bytes(path.stat().st_size))


def zero_the_end(path):
    data = path.read_bytes()
    path.write_bytes(data[:-9] + bytes(9))


def flip(path, where=0.5):
    data = bytearray(path.read_bytes())
    data[int(where * (len(data) - 1))] ^= 1
    path.write_bytes(data)


def become(kind):
    def replace(path):
        shutil.rmtree(path) if path.is_dir() else path.unlink()
        kind(path)

    return replace


def swap(path):
    """With another file of the checkpoint."""
    other = path.parents[2] / "_METADATA"
    data = path.read_bytes()
    path.write_bytes(other.read_bytes())
    other.write_bytes(data)


CONTENT = {
    "cut": cut, "emptied": lambda path: path.write_bytes(b""), "zeroed": zero,
    "zero_at_its_end": zero_the_end, "lengthened": lengthen, "text": lambda p: p.write_text("?"),
    "first_byte": lambda path: flip(path, 0), "a_byte": flip, "last_byte": lambda p: flip(p, 1),
    "removed": lambda path: path.unlink(),
    "renamed": lambda path: path.rename(path.with_name("other")),
    "a_folder": become(lambda path: path.mkdir()),
    "a_pipe": become(os.mkfifo),  # whoever reads it waits for ever
    "a_dead_link": become(lambda path: path.symlink_to("nowhere")),
    "a_link_to_itself": become(lambda path: path.symlink_to(path.name)),
}  # fmt: skip
FILES = {
    "weights": "default/ocdbt.process_0/d/*", "index": "default/d/*", "meta": "default/_METADATA",
    "sharding": "default/_sharding", "manifest": "default/manifest.ocdbt", "sums": "SHA256SUMS",
    "commit": "default/commit_success.txt",
}  # fmt: skip
WHOLE = {
    "no_state": lambda place: shutil.rmtree(place / "default"),
    "emptied": become(lambda path: path.mkdir()),
    "a_file": become(lambda path: path.write_text("checkpoint")),
    "a_dead_link": become(lambda path: path.symlink_to("nowhere")),
    "sums_without_a_line": lambda place: cut_at_a_line(place / "SHA256SUMS"),
    "an_older_state_under_its_name": become(lambda path: shutil.copytree(path.parent / "3", path)),
    "parts_of_an_older_one": lambda place: shutil.copytree(
        place.parent / "3" / "default", place / "default", dirs_exist_ok=True
    ),
}  # fmt: skip


def assert_the_one_before_is_used(workdir, capsys):
    restored = restore(workdir, fresh_state())
    assert_identical(restored, run(fresh_state(), 3))
    said = capsys.readouterr().err
    assert said.count("\n") == 1, said
    assert said.startswith(
        f"warning: {workdir / 'checkpoints' / '4'}: this checkpoint is damaged ("
    )
    assert "it is 4.damaged now, and the run goes on from update 3" in said
    assert sorted(os.listdir(workdir / "checkpoints")) == ["3", "4.damaged"]


def largest(place: Path, file: str) -> Path:
    return max(place.glob(FILES[file]), key=lambda path: path.stat().st_size)


@pytest.mark.parametrize("damage", CONTENT)
@pytest.mark.parametrize("file", FILES)
def test_damage_to_any_file_is_seen(copied, file, damage):
    place = copied / "checkpoints" / "4"
    CONTENT[damage](largest(place, file))
    with pytest.raises(WorkdirError, match=r"/4: this checkpoint is damaged \(.*\)$"):
        check(place)


FILE_OF = dict(zip(CONTENT, [*FILES] * 3, strict=False))


@pytest.mark.parametrize("damage", CONTENT)
def test_after_any_damage_the_checkpoint_before_is_used(copied, capsys, damage):
    CONTENT[damage](largest(copied / "checkpoints" / "4", FILE_OF[damage]))
    assert_the_one_before_is_used(copied, capsys)


@pytest.mark.parametrize("damage", WHOLE)
def test_damage_to_a_whole_checkpoint_is_said_and_the_one_before_is_used(copied, capsys, damage):
    WHOLE[damage](copied / "checkpoints" / "4")
    assert_the_one_before_is_used(copied, capsys)


def test_two_files_that_changed_places_are_seen(copied, capsys):
    swap(largest(copied / "checkpoints" / "4", "weights"))
    assert_the_one_before_is_used(copied, capsys)


def test_every_byte_of_the_list_of_digests_counts(copied):
    place = copied / "checkpoints" / "4"
    good = (place / "SHA256SUMS").read_bytes()

    def read_sums(place):
        try:
            return checkpoint._read_sums(place)
        except ValueError:
            return None

    digests = read_sums(place)
    for index in range(len(good)):
        data = bytearray(good)
        data[index] ^= 1 + index % 127
        (place / "SHA256SUMS").write_bytes(data)
        assert read_sums(place) != digests, index
    (place / "SHA256SUMS").write_bytes(good)
    assert check(place) == []


def test_the_list_of_digests_is_what_sha256sum_reads(copied):
    subprocess.run(
        ["sha256sum", "--check", "--strict", "SHA256SUMS"], cwd=copied / "checkpoints" / "4",
        check=True, capture_output=True,
    )  # fmt: skip


@pytest.fixture
def unprivileged(copied):
    """The run belongs to this process, which is not root: permissions count."""
    if os.geteuid() != 0:
        yield
        return
    for path in (copied, *copied.rglob("*")):
        os.chown(path, 65534, 65534)
    parents = {path: path.stat().st_mode for path in copied.parents if path.stat().st_uid == 0}
    for path, mode in parents.items():
        path.chmod(mode | 0o755)
    os.seteuid(65534)
    yield
    os.seteuid(0)
    for path, mode in parents.items():
        path.chmod(mode)


@pytest.mark.parametrize(
    "name", ["default/_METADATA", "default/ocdbt.process_0", "SHA256SUMS", "default", "."]
)
def test_what_cannot_be_read_is_damage_too(copied, unprivileged, capsys, name):
    path = copied / "checkpoints" / "4" / name
    path.chmod(0)
    assert_the_one_before_is_used(copied, capsys)
    path = copied / "checkpoints" / "4.damaged" / name
    path.chmod(0o755)


def test_a_file_too_many_is_said_and_does_no_harm(copied, capsys):
    (copied / "checkpoints" / "4" / "default" / ".DS_Store").write_text("hello")
    assert int(restore(copied, fresh_state()).step) == 4
    said = capsys.readouterr().err
    assert said.count("\n") == 1
    assert "checkpoints/4: default/.DS_Store is not written by this run and not read" in said


def test_a_checkpoint_under_another_step_is_not_that_step(copied, capsys):
    (copied / "checkpoints" / "4").rename(copied / "checkpoints" / "9")
    assert int(restore(copied, fresh_state()).step) == 3
    assert "it is of step 4 and has been renamed" in capsys.readouterr().err


def test_other_names_are_no_checkpoints(copied, capsys):
    checkpoints = copied / "checkpoints"
    (checkpoints / "4").rename(checkpoints / "4 (copy)")
    for name in ("04", "+3", "٥", "latest", ".7", "1e3"):
        (checkpoints / name).mkdir()
    assert latest_step(copied) == 3
    assert int(restore(copied, fresh_state()).step) == 3
    assert capsys.readouterr().err == ""


def test_without_a_good_checkpoint_nothing_is_started_over(copied):
    for step in ("3", "4"):
        flip(copied / "checkpoints" / step / "default" / "_METADATA")
    with pytest.raises(WorkdirError, match=r"checkpoints/4: this checkpoint is damaged") as caught:
        restore(copied, fresh_state())
    assert "no good one before it; delete" in str(caught.value)
    assert "\n" not in str(caught.value)
    assert sorted(os.listdir(copied / "checkpoints")) == ["3", "4"]


def test_a_run_goes_on_after_damage_and_saves_that_step_again(copied, capsys):
    for again in ("4.damaged", "4.damaged-2"):
        flip(copied / "checkpoints" / "4" / "default" / "_METADATA")
        state = run(restore(copied, fresh_state()), 1, copied)
        assert (copied / "checkpoints" / again).is_dir()
    assert_identical(restore(copied, fresh_state()), run(fresh_state(), 4))
    assert int(state.step) == 4
    assert capsys.readouterr().err.count("warning: ") == 2


def test_checkpoints_that_are_no_folder(tmp_path):
    (tmp_path / "checkpoints").write_text("")
    with pytest.raises(WorkdirError, match="checkpoints: cannot be read"):
        restore(tmp_path, fresh_state())


@pytest.mark.parametrize("number", [27, 28, 122])
def test_a_disk_that_is_full_is_one_sentence_and_leaves_nothing(
    copied, monkeypatch, capsys, number
):
    """As tensorstore says it. On a real file system: test_train.py."""

    def fail(folder, state, after):
        folder.mkdir()
        (folder / "half").write_text("")
        raise ValueError(f"OUT_OF_RANGE: Failed to write [os_error_code='{number}']\n  more")

    monkeypatch.setattr(orbax_files, "Writing", fail)
    with pytest.raises(DiskFullError, match=r"checkpoints: .*for a checkpoint of 0 MiB") as caught:
        run(fresh_state(), 5, copied, every=5)
    assert "make room, and the same command goes on from the last checkpoint" in str(caught.value)
    assert "\n" not in str(caught.value)
    assert sorted(os.listdir(copied / "checkpoints")) == ["3", "4"]
    assert int(restore(copied, fresh_state()).step) == 4


@pytest.mark.parametrize(
    "moment", ["orbax_files.Writing", "_digested", "_write_sums", "sync_folder"]
)
def test_a_run_killed_while_it_saves_keeps_what_it_had(copied, monkeypatch, capsys, moment):
    def killed(*args):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(f"{checkpoint.__name__}.{moment}", killed)
        with pytest.raises(KeyboardInterrupt):
            run(fresh_state(), 5, copied, every=5)
    newest = 5 if moment == "sync_folder" and (copied / "checkpoints" / "5").exists() else 4
    assert_identical(restore(copied, fresh_state()), run(fresh_state(), newest))
    run(fresh_state(), 6, copied, every=6)
    assert latest_step(copied) == 6
    assert capsys.readouterr().err == ""
