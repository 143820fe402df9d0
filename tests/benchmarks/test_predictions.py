"""Files of predictions: what is read, and what is said of those that cannot be."""

from __future__ import annotations

import json
import pickle

import numpy as np
import pandas as pd
import pytest

from vsdpo_jax.benchmarks.base import load_benchmark
from vsdpo_jax.benchmarks.predictions import (
    NO_ANSWER,
    PredictionError,
    Row,
    doubts,
    read_predictions,
)

CHARTS = load_benchmark("chartmimic")
GOOD = {"id": "a", "prediction": "x", "reference": "y"}


def write(path, *records):
    lines = [r if isinstance(r, str) else json.dumps(r) for r in records]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def test_rows_come_in_the_order_of_the_file_and_blank_lines_count(tmp_path):
    path = write(tmp_path / "p.jsonl", GOOD, "", {**GOOD, "id": 7, "extra": 1})
    assert read_predictions(path, CHARTS, None) == [
        Row(number=1, name="a", answer="x", reference="y"),
        Row(number=3, name="7", answer="x", reference="y"),
    ]


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("{", r"p.jsonl:2: no JSON: .*"),
        ("[1]", "p.jsonl:2: list instead of an object"),
        ('{"id": "b"}', "p.jsonl:2: no field 'prediction'"),
        ('{"prediction": "x"}', "p.jsonl:2: no field 'id' or 'index'"),
        ('{"id": "b", "prediction": "x"}', "p.jsonl:2: no reference: give the field 'reference'"),
        ('{"id": "a", "prediction": "x", "reference": "y"}', "p.jsonl:2: id 'a' occurs twice, fir"),
        ('{"id": "b", "prediction": null, "reference": "y"}', "field 'prediction' = None: the mod"),
        ('{"id": "b", "prediction": 3, "reference": "y"}', "field 'prediction' = 3: the model's"),
        ('{"id": true, "prediction": "x", "reference": "y"}', "field 'id' = True"),
        ('{"id": " ", "prediction": "x", "reference": "y"}', "field 'id' is empty"),
        ('{"id": "b", "prediction": "x", "reference": "d/e.py"}', "is the path 'd/e.py': give the"),
    ],
)
def test_a_bad_line_is_named_with_its_number(tmp_path, line, words):
    path = write(tmp_path / "p.jsonl", GOOD, line)
    with pytest.raises(PredictionError, match=words):
        read_predictions(path, CHARTS, None)


def test_a_huge_line_is_refused_without_reading_it(tmp_path, monkeypatch):
    monkeypatch.setattr("vsdpo_jax.benchmarks.predictions.MOST_LINE_BYTES", 100)
    path = write(tmp_path / "p.jsonl", GOOD, {**GOOD, "id": "b", "prediction": "x" * 200})
    with pytest.raises(PredictionError, match=r"p.jsonl:2: the line is longer than"):
        read_predictions(path, CHARTS, None)


def test_a_folder_of_references_sets_what_is_scored(tmp_path):
    path = write(
        tmp_path / "p.jsonl",
        {"id": "b", "prediction": "1"},
        {"index": 0, "prediction": "2", "ground_truth_figure_code": "dir/a.py"},
    )
    rows = read_predictions(path, CHARTS, {"a": "A", "b": "B", "c": "C"})
    assert [(row.name, row.answer, row.reference) for row in rows] == [
        ("b", "1", "B"), ("a", "2", "A"), ("c", None, "C"),
    ]  # fmt: skip
    write(path, {"id": "z", "prediction": "1"})
    with pytest.raises(PredictionError, match="id 'z' is unknown: --data holds 1 examples"):
        read_predictions(path, CHARTS, {"a": "A"})


def test_the_files_of_vlmevalkit_are_read_as_they_are(tmp_path):
    table = pd.DataFrame(
        {
            "index": [0, 1],
            "question": ["q", "q"],
            "ground_truth_figure_code": ["import a\nplt.plot()", "import b\n"],
            "prediction": ['```python\n"NA"\n```', ""],
        }
    )
    table.to_excel(tmp_path / "p.xlsx", index=False)
    table.to_csv(tmp_path / "p.tsv", sep="\t", index=False)
    (tmp_path / "rows.json").write_text(table.to_json(orient="records"))
    (tmp_path / "columns.json").write_text(table.to_json())
    for name in ("p.xlsx", "p.tsv", "rows.json", "columns.json"):
        rows = read_predictions(tmp_path / name, CHARTS, None)
        assert [(row.name, row.answer) for row in rows] == [
            ("0", '```python\n"NA"\n```'),
            ("1", ""),
        ], name
        assert rows[0].reference == "import a\nplt.plot()"


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("p.csv", b"x", "the suffix '.csv' is none of .jsonl, .json, .tsv, .xlsx"),
        ("p.jsonl", b"\n", "holds no prediction"),
        ("p.json", b"{", "no JSON"),
        ("p.json", b'"x"', "a list of objects is needed, this is str"),
        ("p.xlsx", b"PK no", "no Excel file"),
        ("p.tsv", b"", "no table of tab-separated values"),
    ],
)
def test_a_file_of_another_kind_is_said(tmp_path, name, content, words):
    (tmp_path / name).write_bytes(content)
    with pytest.raises(PredictionError, match=words):
        read_predictions(tmp_path / name, CHARTS, None)
    with pytest.raises(PredictionError, match="there is no such file"):
        read_predictions(tmp_path / "other.jsonl", CHARTS, None)


def test_answers_that_are_none_of_the_model_are_said(tmp_path):
    rows = [Row(number=1, name="a", answer=text, reference="") for text in (NO_ANSWER, "x" * 32767)]
    first, second = doubts(tmp_path / "p.xlsx", rows)
    assert "1 answers" in first
    assert "were probably cut" in second
    assert len(doubts(tmp_path / "p.tsv", rows)) == 1


def pickled(path, value, **options):
    path.write_bytes(value if isinstance(value, bytes) else pickle.dumps(value, **options))
    return path


@pytest.mark.parametrize("protocol", [2, 5])
def test_an_unfinished_run_of_vlmevalkit_is_read(tmp_path, protocol):
    answers = {np.int64(3): "x", np.uint8(4): {"prediction": "y", "extra_records": [1, None]}}
    path = pickled(tmp_path / "m_ChartMimic_supp.pkl", answers, protocol=protocol)
    rows = read_predictions(path, CHARTS, {"3": "ref", "4": "ref", "5": "ref"})
    assert [(row.number, row.name, row.answer) for row in rows] == [
        (1, "3", "x"), (2, "4", "y"), (0, "5", None),
    ]  # fmt: skip
    assert "had not finished" in " ".join(doubts(path, rows))


class Harm:
    def __reduce__(self):
        return open, (str(self.path), "w")


def test_a_pickle_that_would_run_something_runs_nothing(tmp_path):
    harm, mark = Harm(), tmp_path / "mark"
    harm.path = mark
    path = pickled(tmp_path / "p.pkl", {"3": harm})
    with pytest.raises(PredictionError, match=r"it wants _?io.open, and a pickle that makes objec"):
        read_predictions(path, CHARTS, {"3": "ref"})
    assert not mark.exists()


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (pd.DataFrame({"index": [1], "prediction": ["x"]}), r"to_json\('FILE.json', orient='rec"),
        (["x"], "this is a list"),
        (pickle.dumps({"3": "x"})[:-3], "no pickle: "),
        (b"", "no pickle: EOFError"),
        (b"cnumpy\ndtype\n(V" + b"i8\ntR.", "this is a _Kind"),
        ({"3": 7}, "field 'prediction' = 7: the model's answer must be a text"),
    ],
)
def test_another_pickle_is_refused_with_a_remedy(tmp_path, value, words):
    path = pickled(tmp_path / "p.pkl", value)
    with pytest.raises(PredictionError, match=words):
        read_predictions(path, CHARTS, {"3": "ref"})
