"""Benchmarks as corpora hold them."""

from __future__ import annotations

import pytest
from corpus_files import png, program

from vsdpo_jax.data.errors import CorpusError
from vsdpo_jax.data.examples import Examples, find_root

CHARTS = ("chartmimic:direct_600", "chartmimic:direct_1800")


@pytest.fixture
def root(tmp_path):
    folder = tmp_path / "chartmimic" / "direct_600"
    folder.mkdir(parents=True)
    for number in range(3):
        (folder / f"bar_{number}.py").write_text(program(number, f"x/bar_{number}.pdf"))
        (folder / f"bar_{number}.png").write_bytes(png(number))
    return tmp_path


def test_all_examples_are_there_by_name_with_their_programs_and_pictures(root):
    examples = Examples(CHARTS[0], str(root), "chart")
    assert list(examples.references) == ["bar_0", "bar_1", "bar_2"]
    assert 'savefig("bar_1.pdf"' in (examples.references["bar_1"] or "")
    task = examples.task("bar_1")
    assert (task.task_id, task.domain) == ("chartmimic:direct_600/bar_1", "chart")
    assert task.images[0].endswith("bar_1.png")
    assert (examples.spec, examples.language) == (CHARTS[0], "Python")


def test_a_row_that_cannot_be_read_is_said_and_not_left_out(root):
    (root / "chartmimic" / "direct_600" / "bar_1.png").unlink()
    with pytest.raises(CorpusError, match=r"direct_600 row 1: picture is missing.*scored whole"):
        Examples(CHARTS[0], str(root))
    with pytest.raises(CorpusError, match="names several parts"):
        Examples("+".join(CHARTS), str(root))


def test_pages_with_styles_from_elsewhere_are_scored_all_the_same(tmp_path):
    folder = tmp_path / "design2code"
    folder.mkdir()
    page = '<html><link rel="stylesheet" href="https://a.test/x.css"><p>Hello</p></html>'
    (folder / "7.html").write_text(page)
    (folder / "7.png").write_bytes(png(7))
    assert Examples("design2code:test", str(tmp_path)).references == {"7": page}


def test_the_root_is_the_folder_or_the_one_around_it(root, monkeypatch):
    assert find_root(CHARTS, root) == str(root)
    assert find_root(CHARTS, root / "chartmimic") == str(root)
    assert find_root(CHARTS, root / "chartmimic" / "direct_600") is None
    monkeypatch.chdir(root / "chartmimic")
    assert find_root(CHARTS, root.joinpath(".").relative_to(root)) == str(root)
