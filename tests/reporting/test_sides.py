import dataclasses

import numpy as np
import pytest
from PIL import Image
from runtime_samples import PROGRAM, make_sample

from vsdpo_jax.records import Element
from vsdpo_jax.reporting.picture_files import Pictures
from vsdpo_jax.reporting.runs import ReportError, Shown
from vsdpo_jax.reporting.sides import TEXT_LIMIT, shown_text, view

TITLE = PROGRAM.split("\n")[1]


@pytest.fixture
def picture(tmp_path):
    path = tmp_path / "000.png"
    Image.fromarray(np.zeros((48, 64, 3), np.uint8)).save(path)
    return path


@pytest.fixture
def pictures(tmp_path):
    return Pictures(tmp_path / "report.html", 1)


def seen(sample, pictures, picture=None, fates=(), **options):
    return view(Shown(sample=sample, picture=picture), "after", pictures, dict(fates), **options)


def with_judged(sample, *, elements=None, **diagnosis):
    """The sample with other elements, or other parts of its diagnosis."""
    judged = sample.judged
    render = judged.render
    if elements is not None:
        render = dataclasses.replace(render, elements=elements)
    changed = dataclasses.replace(judged.diagnosis, **diagnosis)
    return dataclasses.replace(
        sample, judged=dataclasses.replace(judged, render=render, diagnosis=changed)
    )


def with_region(sample, region):
    defects = sample.judged.diagnosis.defects
    return with_judged(
        sample, defects=tuple(dataclasses.replace(one, region=region) for one in defects)
    )


def pieces_of(side):
    return [piece for line in side.lines for piece in line.pieces]


def test_lines_are_the_text_and_shades_are_the_responsible_statement(pictures):
    side = seen(make_sample(0), pictures)
    texts = ["".join(piece.text for piece in line.pieces) for line in side.lines]
    assert "\n".join(texts) == PROGRAM
    shaded = [piece for piece in pieces_of(side) if piece.level]
    assert [(piece.text, piece.level) for piece in shaded] == [(TITLE, 9)]
    assert shaded[0].title == "responsibility 1.00, weight 4.00"
    assert shaded[0].is_first


def test_numbers_of_lines_are_the_programs_not_the_answers(pictures):
    sample = make_sample(0, text=f"Here it is.\n```python\n{PROGRAM}```\nDone.")
    program = [
        dataclasses.replace(one, span=(PROGRAM.index(TITLE), PROGRAM.index(TITLE) + len(TITLE)))
        for one in sample.statements
    ]
    side = seen(dataclasses.replace(sample, statements=tuple(program)), pictures)
    assert [line.number for line in side.lines] == [0, 0, 1, 2, 3, 0, 0]
    (shaded,) = [line.number for line in side.lines if any(one.level for one in line.pieces)]
    assert shaded == 2


def test_a_defect_names_the_statements_responsible_and_a_region_the_one_that_drew_it(
    pictures, picture
):
    start = PROGRAM.index(TITLE)
    title = Element(region=(4.0, 2.5, 40.0, 10.0), span=(start, start + 5), role="title", text="A")
    loose = Element(region=(0.0, 0.0, 9.0, 9.0), span=(0, 3), role="data")  # of no statement
    side = seen(with_judged(make_sample(0), elements=(title, loose)), pictures, picture)
    assert [(one.number, one.axis, one.statements, one.line) for one in side.faults] == [
        (1, "clip", (0,), 2)
    ]
    (region,) = side.regions
    assert (region.statement, region.label) == (0, "title: A, line 2")
    assert region.box == (4.0, 2.5, 40.0, 10.0)
    far = with_region(with_judged(make_sample(0), elements=(title,)), (50.0, 40.0, 5.0, 5.0))
    assert seen(far, pictures, picture).faults[0].statements == ()


@pytest.mark.parametrize(
    ("region", "box"),
    [
        ((-8.0, 12.0, 40.0, 24.0), (0.0, 12.0, 32.0, 24.0)),
        ((48.0, 36.0, 99.0, 99.0), (48.0, 36.0, 16.0, 12.0)),
        ((70.0, 0.0, 9.0, 48.0), (64.0, 0.0, 1.0, 48.0)),
    ],
)
def test_a_box_is_cut_at_the_edges_of_the_picture(pictures, picture, region, box):
    side = seen(with_region(make_sample(0), region), pictures, picture)
    assert side.faults[0].box == box


def test_numbers_of_defects_in_one_place_stand_side_by_side(pictures, picture):
    sample = make_sample(0, rubric={"clip": False, "tiny": False, "content": False})
    assert [one.shift for one in seen(sample, pictures, picture).faults] == [0, 1, 2]


def test_a_noted_defect_without_loss_is_not_shown(pictures):
    sample = make_sample(0)
    noted = [dataclasses.replace(one, severity=0) for one in sample.judged.diagnosis.defects]
    assert seen(with_judged(sample, defects=tuple(noted)), pictures).faults == ()


def test_what_cannot_be_judged_is_said_once_with_its_axes(pictures):
    unseen = {"overlap": ("title missing",), "tiny": ("title missing",), "legend": ("none", "x")}
    side = seen(with_judged(make_sample(0), defects=(), unseen=unseen), pictures)
    assert [(one.number, one.axis, one.message) for one in side.faults] == [
        (0, "overlap, tiny", "cannot be judged: title missing"),
        (0, "legend", "cannot be judged: none; x"),
    ]


def test_axes_that_changed_are_marked_on_the_last_side_alone(pictures):
    fates = {"content": "cured"}
    for is_last, mark in ((True, "cured"), (False, "")):
        side = seen(make_sample(0), pictures, fates=fates, is_last=is_last)
        assert side.axes == (("clip", False, ""), ("content", True, mark))


def test_failures_say_their_limit_their_end_and_the_line_that_broke(pictures):
    side = seen(make_sample(0, status="limit"), pictures)
    assert (side.failure, side.score) == ("limit (cpu)", "0")
    broken = with_judged(make_sample(0, status="program_error"), feedback='{"error": "line 3: x"}')
    assert [line.number for line in seen(broken, pictures).lines if line.is_broken] == [3]
    assert seen(make_sample(0, status="infra"), pictures).score == "not scored"


def test_what_never_ends_is_cut_and_said(pictures):
    side = seen(make_sample(0, text=PROGRAM + "#" * TEXT_LIMIT), pictures)
    assert side.num_hidden == len(PROGRAM)
    assert sum(len(piece.text) for piece in pieces_of(side)) + PROGRAM.count("\n") == TEXT_LIMIT


@pytest.mark.parametrize("letter", ["\x00", "\x1b", "\u2028", "\u202e", "\ud800", "\r"])
def test_letters_that_a_reader_would_obey_are_spelt_out(letter):
    assert letter not in shown_text(f"a{letter}b")
    assert shown_text("a\tb 漢 ±") == "a\tb 漢 ±"


def test_a_domain_that_is_not_installed_is_named(pictures):
    sample = make_sample(0)
    task = dataclasses.replace(sample.task, domain="somebody.else")
    with pytest.raises(ReportError, match=r"somebody.*install what the run used"):
        seen(dataclasses.replace(sample, task=task), pictures)
