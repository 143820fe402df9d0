import json

import pytest

from vsdpo_jax.data.tasks import TaskFileError, open_tasks, read_tasks


def write(path, *rows):
    path.write_text("".join((r if isinstance(r, str) else json.dumps(r)) + "\n" for r in rows))
    return path


GOOD = {"task_id": "a", "brief": "Draw.", "asked": {"title": "T"}}


def test_reads_what_was_written(tmp_path):
    path = write(tmp_path / "t.jsonl", GOOD, "", {"task_id": "b", "brief": "B", "reference": "x=1"})
    first, second = read_tasks(path, "chart")
    assert (first.task_id, first.brief, first.asked) == ("a", "Draw.", {"title": "T"})
    assert (second.reference, second.asked, second.domain) == ("x=1", None, "chart")


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        ([], "holds no task"),
        (["{"], r"t\.jsonl:1: no JSON"),
        (["[]"], "list instead of an object"),
        ([GOOD, GOOD], r":2: task_id 'a' occurs twice"),
        ([{**GOOD, "breif": ""}], "unknown field 'breif'"),
        ([{"task_id": "a"}], "field 'brief' = None"),
        ([{**GOOD, "asked": "T"}], "field 'asked' = 'T'"),
        ([{**GOOD, "brief": 3}], "field 'brief' = 3"),
    ],
)
def test_a_bad_file_is_named_with_line_and_field(tmp_path, rows, words):
    with pytest.raises(TaskFileError, match=words):
        read_tasks(write(tmp_path / "t.jsonl", *rows), "chart")


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(TaskFileError, match="there is no such task file"):
        read_tasks(tmp_path / "none.jsonl", "chart")


def test_epochs_over_a_file_visit_every_task_once_and_depend_on_seed_and_step_alone(tmp_path):
    path = write(tmp_path / "t.jsonl", *({**GOOD, "task_id": str(i)} for i in range(10)))

    def source(seed):
        return open_tasks(domain="chart", train=str(path), heldout="lab", num_heldout=2, seed=seed)

    def names(seed, steps):
        return [task.task_id for step in steps for task in source(seed).train(step, 4)]

    epoch = names(0, range(5))
    assert sorted(epoch[:10]) == sorted(map(str, range(10))) == sorted(epoch[10:])
    assert epoch[:10] != epoch[10:]
    assert names(0, [3]) == epoch[12:16]
    assert names(1, range(5)) != epoch


def test_too_few_heldout_tasks_is_an_error(tmp_path):
    path = write(tmp_path / "t.jsonl", GOOD)
    with pytest.raises(TaskFileError, match=r"num_heldout = 2.*holds 1"):
        open_tasks(domain="chart", train="lab", heldout=str(path), num_heldout=2, seed=0)


def test_lab_tasks_are_fresh_every_step_and_differ_between_runs():
    source = open_tasks(domain="chart", train="lab", heldout="lab", num_heldout=8, seed=0)
    other = open_tasks(domain="chart", train="lab", heldout="lab", num_heldout=8, seed=1)
    ids = [task.task_id for step in range(6) for task in source.train(step, 4)]
    assert len(set(ids)) == 24
    assert not set(ids) & {task.task_id for step in range(6) for task in other.train(step, 4)}
    assert [t.brief for t in source.heldout] == [t.brief for t in other.heldout]


def test_pictures_are_found_beside_the_file(tmp_path):
    (tmp_path / "a.png").write_bytes(b"")
    path = tmp_path / "tasks.jsonl"
    path.write_text(json.dumps({"task_id": "1", "brief": "b", "images": ["a.png"]}))
    assert read_tasks(path, "chart")[0].images == (str(tmp_path / "a.png"),)
    path.write_text(json.dumps({"task_id": "1", "brief": "b", "images": ["b.png"]}))
    with pytest.raises(TaskFileError, match=r":1: field 'images' names .*b\.png"):
        read_tasks(path, "chart")
