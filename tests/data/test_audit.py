import dataclasses
import json

import numpy as np
import pytest
from corpus_files import PAGE, conversation, program, write_chart2code, write_design2code

from vsdpo_jax.data import audit as audits
from vsdpo_jax.data import stream
from vsdpo_jax.data.audit import audit, drawn_twice
from vsdpo_jax.data.corpora import Reader, parse
from vsdpo_jax.data.corpora.pages import REMOTE_PICTURES
from vsdpo_jax.data.errors import BadRow, CorpusError
from vsdpo_jax.data.verdicts import read_verdicts, verdict_path
from vsdpo_jax.domains.base import load_domain
from vsdpo_jax.records import Diagnosis, Judged, Render
from vsdpo_jax.sandbox import Limits


def open_reader(root):
    corpus, part = parse("chart2code_160k")[0]
    return Reader(corpus, part, str(root), "chart")


@pytest.fixture
def spoiled(tmp_path):
    """Ten rows: 3 has no program, 6 is 2 again, 8 no picture."""
    folder = write_chart2code(tmp_path, rows=10)
    entries = json.loads((folder / "chart2code.json").read_text())
    entries[3] = conversation(3, "Sorry.")
    entries[6] = entries[2] | {"id": 6}
    (folder / "chart2code.json").write_text(json.dumps(entries))
    (folder / "images" / "8.png").unlink()
    return tmp_path


IMAGE = np.zeros((2, 2, 3), np.uint8)
WRONG = {3: "answer has no fenced program", 6: "same as an earlier row", 8: "picture is missing"}


def test_every_row_is_looked_at_and_named_by_number(spoiled, monkeypatch):
    monkeypatch.setattr(audits, "BATCH", 4)
    reader = open_reader(spoiled)
    path = verdict_path(reader, str(spoiled))
    found = audit(reader, path)
    assert found.rows == WRONG
    lines = [json.loads(line) for line in path.read_text().splitlines()]
    assert lines[0]["num_rows"] == 10
    assert {"row": 6, "kind": "same as an earlier row", "detail": "row 2"} in lines
    assert lines[-1] == {"done": 10, "notes": {}}
    assert sorted(p.name for p in path.parent.iterdir()) == [
        "chart2code.json", "checked-direct.jsonl", "images",
    ]  # fmt: skip


def test_an_interrupted_check_goes_on_and_finds_the_same(spoiled, monkeypatch):
    monkeypatch.setattr(audits, "BATCH", 4)
    path = verdict_path(open_reader(spoiled), str(spoiled))

    def stop(done):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        audit(open_reader(spoiled), path, on_batch=stop)
    with path.open("a") as file:
        file.write('{"row": 5, "kind": "half written')
    with pytest.raises(CorpusError, match="4 of 10 rows are checked; go on with"):
        stream.dropped_rows(open_reader(spoiled), str(spoiled))
    seen = []
    found = audit(open_reader(spoiled), path, on_batch=seen.append)
    assert seen == [8, 10]
    assert found.rows == read_verdicts(path).rows == WRONG


def test_what_kept_rows_lack_is_counted_over_interruptions(tmp_path, monkeypatch):
    monkeypatch.setattr(audits, "BATCH", 2)
    write_design2code(tmp_path, (1, 2, 3, 4, 5))
    for number in (1, 4, 5):
        page = PAGE.format(number=number).replace("<h1>", '<img src="//a/b.png"><h1>')
        (tmp_path / "design2code" / f"{number}.html").write_text(page)

    def look(on_batch):
        reader = Reader(*parse("design2code")[0], str(tmp_path), "web")
        return audit(reader, verdict_path(reader, str(tmp_path)), on_batch=on_batch)

    def stop(done):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        look(stop)
    assert look(lambda done: None).notes == {REMOTE_PICTURES: 3}
    assert look(lambda done: pytest.fail("all was done")).notes == {REMOTE_PICTURES: 3}


def test_training_draws_what_the_check_left_alone(spoiled):
    options = {"domain": "chart", "language": "Python", "root": str(spoiled), "checked": True}
    with pytest.raises(CorpusError, match="is not there: check the corpus first"):
        stream.open_parts("chart2code_160k", **options)
    reader = open_reader(spoiled)
    path = verdict_path(reader, str(spoiled))
    audit(reader, path)
    part = stream.open_parts("chart2code_160k", **options)[0]
    drawn = {part.task(slot).task_id.split("/")[1] for slot in range(7)}
    assert drawn == {str(n) for n in range(10)} - {"3", "6", "8"}
    assert not part.ledger.rows
    write_chart2code(spoiled, rows=10)
    with pytest.raises(CorpusError, match="is of other files than those there"):
        stream.open_parts("chart2code_160k", **options)
    with pytest.raises(CorpusError, match="is of other files, or of a check"):
        audit(open_reader(spoiled), path)
    path.write_text("[]\n")
    with pytest.raises(CorpusError, match=r"cannot be read .*delete it, check again"):
        stream.open_parts("chart2code_160k", **options)


def test_a_self_score_of_ones_own_decides_too(spoiled):
    reader = open_reader(spoiled)

    def self_score(tasks):
        return [BadRow("odd") if task.task_id.endswith(("1", "5")) else None for task in tasks]

    found = audit(reader, verdict_path(reader, str(spoiled)), self_score=self_score, test="odd")
    assert found.rows == WRONG | {1: "odd", 5: "odd"}
    with pytest.raises(CorpusError, match=r"by another test \(odd\); delete it"):
        audit(reader, verdict_path(reader, str(spoiled)))


def test_a_folder_that_takes_no_file_is_told(spoiled):
    reader = open_reader(spoiled)
    path = spoiled / "none" / "checked.jsonl"
    with pytest.raises(CorpusError, match=r"checked\.jsonl: cannot be written \(No such file"):
        audit(reader, path)


class FakePool:
    """Judges by what a program says of itself; "machine" fails at the first try."""

    def __init__(self):
        self.tries = []

    def map(self, jobs, on_done=None):
        return [self.judge(job) for job in jobs]

    def judge(self, job):
        self.tries.append(job)
        masked = "machine" in job.source and self.tries.count(job) == 1
        render = Render(status="ok", image_YXC=IMAGE)
        if masked or "raise" in job.source:
            render = Render(status="infra" if masked else "program_error", error="ValueError: no")
        axes = load_domain("chart").reference_axes if job.reference else {}
        scores = dict.fromkeys(axes, 0.5 if "random" in job.source else 1.0)
        diagnosis = Diagnosis(
            rubric={}, scores=scores, defects=(), feedback="", r_exec=1.0, r_vis=1.0, masked=masked
        )
        return Judged(render=render, diagnosis=diagnosis)


def test_programs_have_to_draw_something_and_to_match_themselves():
    pool = FakePool()
    task = dict(task_id="t", domain="chart", brief="b")
    programs = ["good", "raise", "random", None, "machine"]
    tasks = [audits.Task(**task, reference=text) for text in programs]
    found = drawn_twice(load_domain("chart"), pool)(tasks)  # type: ignore[arg-type]
    assert found[0] is None
    assert str(found[1]) == "program draws nothing: program_error (ValueError: no)"
    assert str(found[2]).startswith("program does not match itself (ref_text 0.500, ")
    assert str(found[3]) == "no reference program"
    assert found[4] is None, "it was asked again"
    compared = [job.source for job in pool.tries if job.reference]
    assert compared == ["good", "random", "machine", "machine"]


def test_a_benchmarks_scorer_may_be_the_test(monkeypatch):
    full = {"precision": 1.0, "recall": 1.0, "f1": 1.0}
    good = dict.fromkeys(("text", "layout", "chart_type", "color"), full) | {"exec": 1.0}
    results = {
        "a": {"status": "ok", **good},
        "b": {"status": "ok", **good, "text": full | {"f1": 0.5}, "color": None},
        "c": {"status": "program_error", **good, "error": "no"},
    }

    def score(benchmark, rows, scoring, machine, on_row):
        for row in reversed(rows):
            assert row.answer == f"```python\nsavefig('{row.name}.png')\n```"
            assert row.reference == f"savefig('{row.name}.pdf')"
            on_row(row, results[row.name])

    monkeypatch.setattr(audits, "score", score)
    machine = audits.Machine(limits=Limits())
    corpus = parse("chart2code_160k")[0][0]
    texts = {name: f"savefig('{name}.png')" for name in "abc"} | {"n": None}
    corpus = dataclasses.replace(corpus, scored_form=lambda text: text.replace(".png", ".pdf"))
    tasks = [
        audits.Task(task_id=f"x:y/{name}", domain="chart", brief="b", reference=texts[name])
        for name in "anbc"
    ]
    found = audits.scored_by("chartmimic", corpus, machine)(tasks)
    assert [error and str(error) for error in found] == [
        None, "no reference program", "program does not match itself (text 0.5, color None)",
        "program is not scored: program_error (no)",
    ]  # fmt: skip
    with pytest.raises(ValueError, match=r"'chartmimik' is unknown; known: .*chartmimic"):
        audits.scored_by("chartmimik", corpus, machine)


@pytest.mark.slow
def test_real_programs_in_the_sandbox(tmp_path):
    """One that is random, one that raises, one that is good."""
    from vsdpo_jax.domains.pool import RenderPool

    folder = write_chart2code(tmp_path, rows=3)
    entries = json.loads((folder / "chart2code.json").read_text())
    odd = program(1).replace("tons = [", "import os\ntons = [os.urandom(1)[0] + 1, ")
    odd = odd.replace('"Jan", "Feb"', '"Now", "Jan", "Feb"').replace("Tea", "Tea {tons[0]}")
    odd = odd.replace('set_title("', 'set_title(f"')
    for number, text in ((1, odd), (2, "import matplotlib\nraise SystemExit(3)\n")):
        entries[number]["conversations"][1]["value"] = f"```python\n{text}```"
    (folder / "chart2code.json").write_text(json.dumps(entries))
    reader = open_reader(tmp_path)
    with RenderPool(domain="chart", num_workers=1) as pool:
        score = drawn_twice(load_domain("chart"), pool)
        found = audit(reader, verdict_path(reader, str(tmp_path)), self_score=score)
    assert set(found.rows) == {1, 2}
    assert found.rows[1] == "program does not match itself"
    assert found.rows[2].startswith("program draws nothing")
