import json

import pytest
from corpus_files import PAGE, png, write_aeslides, write_chart2code, write_design2code

from vsdpo_jax.data import stream
from vsdpo_jax.data.errors import BadRow, CorpusError
from vsdpo_jax.data.tasks import open_tasks


def parts(root, spec, **options):
    language = {"design2code": "HTML"}.get(spec.split(":")[0], "Python")
    chosen = {"domain": "any", "language": language, "root": str(root), **options}
    return stream.open_parts(spec, **chosen)


def draw(root, slots, **options):
    part = parts(root, "chart2code_160k", **options)[0]
    return [part.task(slot).task_id.split("/")[1] for slot in slots]


@pytest.fixture
def spoiled(tmp_path):
    """Twelve rows; the pictures of 4 and 7 are broken, the program of 9 is."""
    folder = write_chart2code(tmp_path, rows=12)
    for number in (4, 7):
        (folder / "images" / f"{number}.png").write_bytes(png(number)[:50])
    entries = json.loads((folder / "chart2code.json").read_text())
    entries[9]["conversations"][1]["value"] = "```python\nx = (\n```"
    (folder / "chart2code.json").write_text(json.dumps(entries))
    return tmp_path


def test_bad_rows_are_replaced_named_and_counted_once(spoiled, capsys):
    part = parts(spoiled, "chart2code_160k", seed=3)[0]
    drawn = [part.task(slot).task_id.split("/")[1] for slot in range(48)]
    assert not {"4", "7", "9"} & set(drawn)
    assert set(drawn) == {str(n) for n in range(12)} - {"4", "7", "9"}
    assert part.ledger.skipped == {"picture does not decode": 2, "program does not parse": 1}
    assert part.ledger.rows == {4, 7, 9}
    said = capsys.readouterr().err
    assert said.count("chart2code_160k:direct row 4 is left out: picture does not decode") == 1


def test_a_draw_depends_on_seed_and_slot_alone_also_where_rows_are_bad(spoiled):
    straight = draw(spoiled, range(30), seed=3)
    assert draw(spoiled, range(20, 30), seed=3) == straight[20:]
    assert draw(spoiled, range(30), seed=4) != straight


def test_hosts_draw_from_rows_of_their_own(spoiled):
    halves = [
        set(draw(spoiled, range(24), process_index=index, process_count=2)) for index in range(2)
    ]
    assert not halves[0] & halves[1]
    assert len(halves[0] | halves[1]) == 9


def test_rows_that_the_run_cannot_use_are_left_out(tmp_path):
    write_chart2code(tmp_path)

    def fits(task):
        if task.task_id.endswith(("/1", "/2")):
            raise BadRow("prompt is longer than 8")

    assert not {"1", "2"} & set(draw(tmp_path, range(24), fits=fits))

    def never(task):
        raise BadRow("prompt is longer than 8")

    with pytest.raises(CorpusError, match=r"64 rows .* none can be used: 6 x prompt is longer"):
        draw(tmp_path, [0], fits=never)


def test_many_bad_rows_are_summed_up(tmp_path, capsys):
    write_chart2code(tmp_path, rows=30)
    ledger = parts(tmp_path, "chart2code_160k")[0].ledger
    for row in range(25):
        ledger.skip(row, BadRow("picture does not decode"))
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 8 + 1
    assert "10 rows left out so far (10 x picture does not decode)" in lines[-1]


def test_parts_give_as_many_tasks_each(tmp_path):
    write_chart2code(tmp_path, rows=4)
    write_aeslides(tmp_path)
    make = stream.alternate(parts(tmp_path, "chart2code_160k+aeslides"))
    names = [make(slot).task_id.split(":")[0] for slot in range(6)]
    assert names == ["chart2code_160k", "aeslides"] * 3


def test_programs_of_another_language_are_refused(tmp_path):
    with pytest.raises(CorpusError, match=r"design2code holds programs in HTML, .*'any' are in Py"):
        parts(tmp_path, "design2code", language="Python")


def test_held_out_tasks_are_the_same_in_every_run_and_as_many_as_asked(tmp_path):
    write_design2code(tmp_path, tuple(range(10)))
    (tmp_path / "design2code" / "3.png").write_bytes(b"no")

    def held(count):
        return stream.first_tasks(parts(tmp_path, "design2code"), count)

    assert [task.task_id for task in held(9)][:4] == [task.task_id for task in held(4)]
    with pytest.raises(CorpusError, match=r"num_heldout = 10: design2code:test has 9 tasks .*1 x "):
        held(10)


def test_nothing_is_trained_on_and_held_out(tmp_path):
    stream.check_disjoint("websight:v0.1", "websight:v0.2+design2code")
    stream.check_disjoint("aeslides:train", "aeslides:heldout")
    for train, held in (("websight", "websight:v0.1"), ("chart2code_160k", "chart2code_160k:sot")):
        with pytest.raises(CorpusError, match="shares rows with"):
            stream.check_disjoint(train, held)


def test_a_caution_is_said_and_notes_are_counted(tmp_path, capsys, monkeypatch):
    write_design2code(tmp_path, (1, 2, 3))
    page = PAGE.format(number=1).replace("<h1>", '<img src="https://a/b.png"><h1>')
    for number in (1, 2, 3):
        (tmp_path / "design2code" / f"{number}.html").write_text(page + "<p>" * number)
    part = parts(tmp_path, "design2code")[0]
    for slot in range(12):
        part.task(slot)
    said = capsys.readouterr().err.splitlines()
    assert [line.split("so far ")[1].split(" x")[0] for line in said] == ["1", "10"]


def test_a_corpus_comes_through_the_door_of_task_files(spoiled):
    options = {"domain": "chart", "num_heldout": 2, "root": str(spoiled)}
    source = open_tasks(train="chart2code_160k", heldout="lab", seed=0, **options)
    again = open_tasks(train="chart2code_160k", heldout="lab", seed=0, **options)
    ids = [task.task_id for step in range(3) for task in source.train(step, 4)]
    assert ids == [task.task_id for step in range(3) for task in again.train(step, 4)]
    assert [task.task_id for task in again.train(2, 4)] == ids[8:]
    assert all(task.reference and task.images for task in source.train(0, 4))
    assert source.listed == ()
    with pytest.raises(CorpusError, match="chartmimic: there is no such folder"):
        open_tasks(train="lab", heldout="chartmimic", seed=0, **options)
