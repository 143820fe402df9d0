import json

import numpy as np
import pytest
from corpus_files import png, write_parquet

from vsdpo_jax.data import tables
from vsdpo_jax.data.errors import BadRow, CorpusError
from vsdpo_jax.data.files import Folder
from vsdpo_jax.data.tables import JsonTable, PairTable, ParquetTable, picture_bytes

COLUMNS = {"image": "picture", "text": "text"}


def write_pages(folder, counts=(5, 3)):
    files, first = [], 0
    for number, count in enumerate(counts):
        rows = range(first, first + count)
        path = folder / f"{number}.parquet"
        columns = {
            "image": [{"bytes": png(n), "path": None} for n in rows],
            "text": [f"<p>{n}" for n in rows],
        }
        write_parquet(path, columns, rows_per_group=2)
        files.append(str(path))
        first += count
    return files


def test_rows_of_parquet_files_by_number_group_by_group(tmp_path, monkeypatch):
    pytest.importorskip("pyarrow")
    table = ParquetTable(write_pages(tmp_path), COLUMNS)
    np.testing.assert_array_equal(table.unit_sizes_U, [2, 2, 1, 2, 1])
    monkeypatch.setattr(tables, "_MAX_CACHED", 0)  # a single group at a time
    for row in (7, 0, 4, 5, 1):
        values = table.read(row)
        assert (values["text"], picture_bytes(values["image"])) == (f"<p>{row}", png(row))
        assert len(table._cache) == 1


def test_a_parquet_file_that_is_none_or_another_is_named(tmp_path):
    pytest.importorskip("pyarrow")
    files = write_pages(tmp_path)
    data = (tmp_path / "1.parquet").read_bytes()
    (tmp_path / "1.parquet").write_bytes(data[: len(data) // 2])
    with pytest.raises(CorpusError, match=r"1\.parquet: no whole parquet file"):
        ParquetTable(files, COLUMNS)
    with pytest.raises(CorpusError, match=r"0\.parquet: column 'html' is missing.*image, text"):
        ParquetTable(files[:1], {"html": "text"})
    with pytest.raises(CorpusError, match="column 'text' is of type string, and picture"):
        ParquetTable(files[:1], {"text": "picture"})
    write_parquet(tmp_path / "none.parquet", {"text": []})
    with pytest.raises(CorpusError, match=r"without a row|of type null"):
        ParquetTable([str(tmp_path / "none.parquet")], {"text": "text"})


def test_a_row_group_that_is_damaged_is_a_bad_row(tmp_path):
    pytest.importorskip("pyarrow")
    files = write_pages(tmp_path)
    data = bytearray((tmp_path / "0.parquet").read_bytes())
    data[4:400] = bytes(396)
    (tmp_path / "0.parquet").write_bytes(data)
    with pytest.raises(BadRow, match=r"rows cannot be read \(.*0\.parquet, group 0"):
        ParquetTable(files, COLUMNS).read(0)


def test_a_network_that_fails_is_tried_again_and_is_no_bad_row(tmp_path, monkeypatch):
    pytest.importorskip("pyarrow")
    waits, failures = [], []
    monkeypatch.setattr(tables.time, "sleep", waits.append)

    def opener(name):
        if failures:
            raise failures.pop()
        return open(name, "rb")

    table = ParquetTable(write_pages(tmp_path), COLUMNS, opener)
    failures += [RuntimeError("503"), OSError("reset")]
    assert table.read(3)["text"] == "<p>3"
    assert waits == [2.0, 4.0]
    failures += [RuntimeError("503")] * 4
    with pytest.raises(CorpusError, match=r"group 0 cannot be read \(503\), tried 4 times"):
        table.read(0)


def test_no_pyarrow_is_told_with_the_remedy(monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "pyarrow.parquet", None)
    with pytest.raises(CorpusError, match=r'pip install "vsdpo_jax\[corpora\]"'):
        ParquetTable(["a.parquet"], COLUMNS)


ROWS = [{"id": n, "text": "été 图 " * n, "deep": [{"a": [1, {"b": "]},"}]}]} for n in range(40)]


@pytest.mark.parametrize("chunk", [7, 2**20])
@pytest.mark.parametrize("indent", [None, 2])
def test_entries_of_a_list_are_found_whatever_is_read_at_a_time(
    tmp_path, monkeypatch, chunk, indent
):
    monkeypatch.setattr(tables, "_CHUNK", chunk)
    path = tmp_path / "a.json"
    for encoding, escaped in (("utf-8", False), ("utf-8-sig", False), ("utf-8", True)):
        text = json.dumps(ROWS, indent=indent, ensure_ascii=escaped)
        path.write_text(f" {text}\n" if encoding == "utf-8" else text, encoding=encoding)
        table = JsonTable(path, ("id", "text"))
        assert len(table.unit_sizes_U) == 40
        assert [table.read(row) for row in (39, 0, 17)] == [ROWS[39], ROWS[0], ROWS[17]]


def test_lines_and_what_is_wrong_with_one(tmp_path):
    path = tmp_path / "a.jsonl"
    path.write_text('{"id": 1, "text": "a"}\n\n{"id": 2\n[3]\n{"id": 4}\n')
    table = JsonTable(path, ("id", "text"), extra={"folder": "f"})
    assert table.read(0) == {"id": 1, "text": "a", "folder": "f"}
    for row, words in ((1, "no JSON"), (2, r"no object \(list\)"), (3, r"missing \(text\)")):
        with pytest.raises(BadRow, match=words):
            table.read(row)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (json.dumps(ROWS)[:-40], "entry 40 is no whole JSON"),
        ('[{"id": 1, "text": "a"},', "ends within its list, after entry 1"),
        ('[{"id": 1, "text": "a"} oops]', "entry 2 is no whole JSON"),
        ("[]", "holds no entry"),
        ("", "holds no entry"),
        ('[{"a": 1}]', "no entry has the keys id, text; the first one has: a"),
    ],
)
def test_a_list_that_is_broken_or_another_is_named(tmp_path, text, words):
    (tmp_path / "a.json").write_text(text)
    with pytest.raises(CorpusError, match=words):
        JsonTable(tmp_path / "a.json", ("id", "text"))


def test_a_list_in_another_encoding_is_named(tmp_path):
    (tmp_path / "a.json").write_bytes('[{"id": "é"}]'.encode("latin-1"))
    with pytest.raises(CorpusError, match=r"no UTF-8 text|no whole JSON"):
        JsonTable(tmp_path / "a.json", ("id",))


def test_pairs_of_files_and_those_without_their_other_half(tmp_path):
    with pytest.raises(CorpusError, match=r"no file \*\.py there"):
        PairTable(Folder(tmp_path, (".py", ".png")), ".py", ".png")
    (tmp_path / "b.py").write_text("b")
    with pytest.raises(CorpusError, match=r"1 files \*\.py, and no file \*\.png beside any"):
        PairTable(Folder(tmp_path, (".py", ".png")), ".py", ".png")
    (tmp_path / "a.py").write_text("é")
    (tmp_path / "a.png").write_bytes(b"1")
    (tmp_path / "c.py").write_bytes("é".encode("latin-1"))
    (tmp_path / "c.png").write_bytes(b"1")
    table = PairTable(Folder(tmp_path, (".py", ".png")), ".py", ".png")
    assert table.read(0) == {"id": "a", "code": "é", "picture": tmp_path / "a.png"}
    with pytest.raises(BadRow, match=r"picture is missing \(b\.png\)"):
        table.read(1)
    with pytest.raises(BadRow, match=r"no UTF-8 \(c\.py"):
        table.read(2)
