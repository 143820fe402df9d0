"""The command that unpacks and checks a corpus."""

import subprocess
import sys
import tarfile
from pathlib import Path

import pytest
from corpus_files import write_chart2code, write_chartmimic, write_design2code

from vsdpo_jax import corpus
from vsdpo_jax.data.errors import CorpusError

ROOT = Path(__file__).parents[1]


def test_a_check_prints_what_is_left_out_and_where_the_rows_are_named(tmp_path, capsys):
    folder = write_chart2code(tmp_path)
    (folder / "images" / "2.png").write_bytes(b"no")
    corpus.check("chart2code_160k", str(tmp_path), None, "")
    said = capsys.readouterr().out
    assert "chart2code_160k:direct: 5 of 6 rows kept\n" in said
    assert "1  left out: picture does not decode\n" in said
    assert f"row by row: {folder / 'checked-direct.jsonl'}\n" in said
    with pytest.raises(CorpusError, match="one corpus at a time"):
        corpus.check("chart2code_160k+websight", str(tmp_path), None, "")


def test_a_corpus_without_a_good_row_is_an_error(tmp_path):
    folder = write_design2code(tmp_path, (1,))
    (folder / "1.png").write_bytes(b"no")
    with pytest.raises(CorpusError, match="design2code:test: no row is left"):
        corpus.check("design2code", str(tmp_path), None, "")


def test_archives_are_unpacked_where_the_corpus_is_looked_for(tmp_path, capsys):
    made = write_chart2code(tmp_path / "made")
    folder = tmp_path / "chart2code_160k"
    folder.mkdir()
    with pytest.raises(CorpusError, match=r"none of json\.tar\.gz, images\.tar\.gz there"):
        corpus.unpack_all("chart2code_160k", str(tmp_path))
    for name, member in (("json", "chart2code.json"), ("images", "images")):
        with tarfile.open(folder / f"{name}.tar.gz", "w:gz") as tar:
            tar.add(made / member, member)
    corpus.unpack_all("chart2code_160k", str(tmp_path))
    assert capsys.readouterr().out.count("unpacked (no digest is known for it)") == 2
    corpus.check("chart2code_160k", str(tmp_path), None, "")
    with pytest.raises(CorpusError, match="websight comes as no archive"):
        corpus.unpack_all("websight", str(tmp_path))


def test_another_archive_than_the_published_one_is_refused(tmp_path):
    folder = write_chartmimic(tmp_path)
    with tarfile.open(folder / "dataset-iclr.tar.gz", "w:gz") as tar:
        tar.add(folder / "dataset-iclr", "dataset-iclr")
    with pytest.raises(CorpusError, match="has 388886108; get it again"):
        corpus.unpack_all("chartmimic", str(tmp_path))


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--corpus=websigth"], "error: 'websigth' is no corpus; known: "),
        (["--corpus=design2code", "--draw"], "error: --draw needs --domain: '' is unknown; known"),
    ],
)
def test_mistakes_on_the_command_line_end_in_a_sentence(tmp_path, words, message):
    result = subprocess.run(
        [sys.executable, "-m", "vsdpo_jax.corpus", f"--root={tmp_path}", *words],
        capture_output=True, text=True, cwd=ROOT, check=False,
    )  # fmt: skip
    assert result.returncode == 2
    assert result.stderr.startswith(message)
    assert result.stderr.count("\n") == 1
