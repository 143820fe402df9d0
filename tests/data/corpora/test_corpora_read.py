"""Every corpus from small files in its real schema: rows come back as the tasks that they are."""

import json
from pathlib import Path

import pytest
from corpus_files import (
    PAGE,
    conversation,
    png,
    program,
    write_aeslides,
    write_chart2code,
    write_chartmimic,
    write_design2code,
    write_hard,
    write_parquet,
    write_webcode2m,
    write_websight,
)  # fmt: skip

import vsdpo_jax
from vsdpo_jax.data.corpora import CORPORA, Reader, parse
from vsdpo_jax.data.corpora import base as corpora_base
from vsdpo_jax.data.corpora.base import Hub
from vsdpo_jax.data.corpora.decks import is_held_out
from vsdpo_jax.data.corpora.pages import (
    REMOTE_PICTURES,
    REMOTE_STYLES,
)
from vsdpo_jax.data.corpora.plots import last_program, saved_as_pdf, without_folders
from vsdpo_jax.data.errors import BadRow, CorpusError
from vsdpo_jax.data.pictures import Spool
from vsdpo_jax.domains.remote import remote_styles, takes_pictures


def reader(root, spec):
    corpus, part = parse(spec)[0]
    return Reader(corpus, part, str(root), "any")


def tasks(root, spec, spool=None):
    opened, spool = reader(root, spec), spool or Spool()
    return [opened.task(row, spool) for row in range(opened.num_rows)]


def test_chart2code(tmp_path):
    write_chart2code(tmp_path)
    found = tasks(tmp_path, "chart2code_160k")
    assert [task.task_id for task in found] == [f"chart2code_160k:direct/{n}" for n in range(6)]
    assert found[3].brief == "Redraw this chart with Python."
    assert found[3].reference == program(3, "3.png"), "saved beside it, not in its author's folder"
    assert found[3].images == (str(tmp_path / "chart2code_160k" / "images" / "3.png"),)


def test_chart2code_answers_in_steps_end_with_the_whole_program(tmp_path):
    folder = write_chart2code(tmp_path, name="chart2code_sot.json")
    steps = "Step 1\n```python\nimport a\n```\nStep 4\n```python\nimport a\na.b()\n```\nDone."
    (folder / "chart2code_sot.json").write_text(json.dumps([conversation(0, steps)]))
    assert tasks(tmp_path, "chart2code_160k:sot")[0].reference == "import a\na.b()\n"
    with pytest.raises(BadRow, match="no fenced program"):
        last_program("```python\nimport a\n")


def test_chart2code_rows_that_are_no_task(tmp_path):
    folder = write_chart2code(tmp_path, rows=1)
    entries = [
        conversation(0) | {"conversations": conversation(0)["conversations"] * 2},
        conversation(0, "I cannot."),
        conversation(0, "```python\nx = (\n```"),
        conversation(0) | {"image": "../secret.png"},
        conversation(0) | {"image": "images/9.png"},
        conversation(0) | {"image": None},
        conversation(0, "```python\n\n```"),
    ]
    (folder / "chart2code.json").write_text(json.dumps(entries))
    opened = reader(tmp_path, "chart2code_160k")
    for row, words in enumerate((
        "not one question and one answer", "no fenced program", "program does not parse",
        "outside the folder", r"picture is missing \(9\.png\)", r"a field is missing \(image\)",
        "program is empty",
    )):  # fmt: skip
        with pytest.raises(BadRow, match=words):
            opened.task(row, Spool())


def test_paths_of_saved_files_lose_their_folders_alone():
    for have, want in (
        ("plt.savefig('/a/b/c.png', dpi=80)", "plt.savefig('c.png', dpi=80)"),
        ('fig.savefig(fname="out/c.pdf")', 'fig.savefig(fname="c.pdf")'),
        (r'plt.savefig(r"C:\x\c.png")', 'plt.savefig(r"c.png")'),
        ("plt.savefig('c.png')", "plt.savefig('c.png')"),
        ("open('/a/b')", "open('/a/b')"),
    ):
        assert without_folders(have) == want


def test_programs_that_a_scorer_reads_save_a_pdf():
    for have, want in (
        ("plt.savefig('c.png', dpi=80)", "plt.savefig('c.pdf', dpi=80)"),
        ('fig.savefig(fname="a.b/c")', 'fig.savefig(fname="a.b/c.pdf")'),
        ("plt.savefig('v1.25.jpeg')", "plt.savefig('v1.25.pdf')"),
        ("plt.savefig(name)", "plt.savefig(name)"),
    ):
        assert saved_as_pdf(have) == want


def test_chartmimic_asks_for_the_size_of_the_figure(tmp_path):
    folder = write_chartmimic(tmp_path)
    inner = folder / "dataset-iclr" / "direct_600"
    (inner / "pie_1.py").write_text("import matplotlib.pyplot as plt\nplt.pie([1])\n")
    (inner / "pie_1.png").write_bytes(png(9))
    opened = reader(tmp_path, "chartmimic")
    found = [opened.task(row, Spool()) for row in range(opened.num_rows)]
    assert [task.task_id for task in found[:2]] == [
        "chartmimic:direct_600/bar_1", "chartmimic:direct_600/bar_2",
    ]  # fmt: skip
    assert found[0].brief.endswith("Use figsize=(6.0, 4.0), in inches.")
    assert found[0].reference == program(1, "bar_1.pdf")
    assert "figsize" not in found[4].brief
    assert dict(opened.notes) == {"no figsize in the program, so none in the brief": 1}


@pytest.mark.parametrize("spec", ["websight:v0.1", "webcode2m", "design2code", "design2code_hard"])
def test_pages_with_their_styles_inside(tmp_path, spec):
    if spec.startswith("web"):
        pytest.importorskip("pyarrow")
    write = {"websight:v0.1": write_websight, "webcode2m": write_webcode2m,
             "design2code": write_design2code, "design2code_hard": write_hard}[spec]  # fmt: skip
    write(tmp_path)
    spool, first = Spool(), {"webcode2m": 100, "design2code": 2}.get(spec, 0)
    found = tasks(tmp_path, spec, spool)
    assert len(found) == {"websight:v0.1": 16, "webcode2m": 6}.get(spec, 3)
    assert found[0].reference == PAGE.format(number=first)
    assert "HTML" in found[0].brief
    with open(found[0].images[0], "rb") as file:
        assert file.read() == png(first)
    assert len({task.task_id for task in found}) == len(found)


def test_websight_2_has_its_styles_elsewhere_so_it_is_no_reference(tmp_path):
    pytest.importorskip("pyarrow")
    write_websight(tmp_path, "v0.2", files=1)
    opened = reader(tmp_path, "websight:v0.2")
    task = opened.task(0, Spool())
    assert task.reference is None
    assert task.images
    assert dict(opened.notes) == {REMOTE_STYLES: 1, REMOTE_PICTURES: 1}


def test_design2code_as_one_table(tmp_path):
    pytest.importorskip("pyarrow")
    columns = {"image": [{"bytes": png(1), "path": None}], "text": [PAGE.format(number=1)]}
    write_parquet(tmp_path / "design2code" / "data" / "train-0.parquet", columns)
    assert tasks(tmp_path, "design2code")[0].reference == PAGE.format(number=1)


@pytest.mark.parametrize(
    ("page", "styles", "pictures"),
    [
        ('<link rel="stylesheet" href="https://a/b.css">', True, False),
        ("<link href=//a/b.css rel=stylesheet>", True, False),
        ("<script src='https://cdn.tailwindcss.com'></script>", True, False),
        ("<style>@import url('https://a/b.css');</style>", True, False),
        ('<link rel="stylesheet" href="https://fonts.googleapis.com/css?family=A">', False, False),
        ("<style>@import url(https://fonts.googleapis.com/css?family=A);</style>", False, False),
        ('<link rel="icon" href="https://a/b.png"><a href="https://a">b</a>', False, False),
        ('<link rel="stylesheet" href="b.css"><img src="rick.jpg">', False, False),
        ('<img alt="x" src="https://a/b.jpg">', False, True),
        ("<style>p { background: url(https://a/b.png) }</style>", False, True),
    ],
)
def test_what_a_page_takes_from_the_network(page, styles, pictures):
    assert (bool(remote_styles(page)), takes_pictures(page)) == (styles, pictures)


def test_decks_are_on_one_side_whole(tmp_path):
    write_aeslides(tmp_path, decks=24)
    train, held = tasks(tmp_path, "aeslides:train"), tasks(tmp_path, "aeslides:heldout")
    assert len(train) + len(held) == 72
    decks = [{task.task_id.split("/d")[1].split("-")[0] for task in side} for side in (train, held)]
    assert not decks[0] & decks[1]
    assert 2 <= len(decks[1]) <= 10
    assert train[0].images == ()
    assert train[0].reference is None
    assert all(is_held_out(f"deck-{deck}") for deck in decks[1])


def test_prompts_in_a_table_and_a_side_without_a_deck(tmp_path):
    pytest.importorskip("pyarrow")
    deck = next(f"deck-{n}" for n in range(99) if is_held_out(f"deck-{n}"))
    columns = {"id": ["a"], "deck_id": [deck], "prompt": ["Make it."], "lang": ["en"]}
    write_parquet(tmp_path / "aeslides" / "p.parquet", columns)
    assert tasks(tmp_path, "aeslides:heldout")[0].brief == "Make it."
    with pytest.raises(CorpusError, match="no deck of part 'train'"):
        reader(tmp_path, "aeslides:train")


@pytest.mark.parametrize("name", CORPORA)
def test_a_folder_that_is_missing_or_another_says_where_to_get_the_corpus(tmp_path, name):
    with pytest.raises(CorpusError, match=rf"{name}: there is no such folder.*docs/corpora\.md"):
        reader(tmp_path, name)
    (tmp_path / name / "other").mkdir(parents=True)
    (tmp_path / name / "other" / "x.txt").write_text("x")
    with pytest.raises(CorpusError, match=rf"{name}.*(unpack|get|put|no file \*\.html)"):
        reader(tmp_path, name)


def test_pictures_that_were_left_out_are_missed_at_once(tmp_path):
    folder = write_chart2code(tmp_path)
    (folder / "images").rename(folder / "pictures")
    with pytest.raises(CorpusError, match=r"images: there is no such folder; unpack images\.tar"):
        reader(tmp_path, "chart2code_160k")


@pytest.mark.parametrize(
    ("spec", "words"),
    [
        ("websigth", "'websigth' is no corpus; known: chart2code_160k"),
        ("websight:v3", "corpus websight has the parts v0.1, v0.2"),
        ("websight+websight:v0.1", "names websight:v0.1 twice"),
        ("", "is no corpus"),
    ],
)
def test_names_that_are_none(spec, words):
    with pytest.raises(CorpusError, match=words):
        parse(spec)


def test_the_hub_is_read_by_the_same_rows(tmp_path, monkeypatch):
    """A folder in the form of a repository stands for the hub: the library resolves both."""
    pytest.importorskip("datasets")
    folder = write_websight(tmp_path)
    corpus = CORPORA["websight"]
    monkeypatch.setenv("HF_DATASETS_OFFLINE", "1")
    monkeypatch.setenv("HF_DATASETS_CACHE", str(tmp_path / "cache"))
    here = {"v0.1": Hub(repo=str(folder / "data"))}
    local = corpora_base.Corpus(
        **{name: getattr(corpus, name) for name in corpus.__dataclass_fields__} | {"hub": here}
    )
    opened = Reader(local, "v0.1", "hub", "any")
    assert opened.num_rows == 16
    assert opened.task(9, Spool()).reference == PAGE.format(number=9)
    with pytest.raises(CorpusError, match="cannot be read from the hub row by row"):
        Reader(CORPORA["chart2code_160k"], "direct", "hub", "any")
    missing = corpora_base.Corpus(
        **{name: getattr(corpus, name) for name in corpus.__dataclass_fields__}
        | {"hub": {"v0.1": Hub(repo=str(tmp_path / "none"))}}
    )
    with pytest.raises(CorpusError, match="the hub does not give it"):
        Reader(missing, "v0.1", "hub", "any")


def test_corpora_to_train_on_are_named_here_in_configs_and_in_documents_alone():
    package = Path(vsdpo_jax.__file__).parent
    for path in package.rglob("*.py"):
        if package / "data" not in path.parents:
            text = path.read_text()
            for name in ("chart2code", "websight", "webcode2m"):
                assert name not in text.lower(), path
