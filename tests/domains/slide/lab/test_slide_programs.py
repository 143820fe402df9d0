import ast
import json
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pptx import Presentation
from pptx.util import Cm
from slide_runs import run_program
from tokenizers import Tokenizer

from vsdpo_jax.domains.slide.lab.faults import (
    faults_of,
    is_tight,
    pale_inks,
    readable_inks,
    scene_of,
)
from vsdpo_jax.domains.slide.lab.genres import GENRES, decisions_of
from vsdpo_jax.domains.slide.lab.programs import (
    MISTAKES,
    OMITTABLE,
    careful_choices,
    random_choices,
    write_program,
    written_task,
)
from vsdpo_jax.domains.slide.lab.tasks import COLORS, make_task
from vsdpo_jax.domains.slots import choices_from_json, choices_to_json
from vsdpo_jax.rollout.bpe import train_tokenizer

SEEDS = st.integers(0, 2**31)
MOST_TOKENS, MEAN_TOKENS, PROMPT_TOKENS = 250, 205, 100
"""In the mini model's byte pairs."""


def first_of(genre):
    return next(t for t in (make_task(s, "train") for s in range(200)) if t.genre == genre)


def random_pair(seed, **shares):
    task = make_task(seed, "train")
    return task, random_choices(np.random.default_rng(seed), task, **shares)


def test_a_program_word_for_word():
    task = replace(
        first_of("cards"), color=8, title="Old Market",
        rows=(("Enjoy live music",), ("Share fresh bread all year",)),
    )  # fmt: skip
    assert (
        write_program(task, careful_choices(task)).source
        == """from pptx import Presentation
from pptx.util import Cm,Pt
p=Presentation()
p.slide_width=Cm(33.87)
s=p.slides.add_slide(p.slide_layouts[6])
def box(a,t,size):
 b=s.shapes.add_shape(1,*map(Cm,a))
 b.fill.solid()
 b.fill.fore_color.theme_color=8
 b.text=t
 for q in b.text_frame.paragraphs:
  q.alignment=2
  q.font.size=Pt(size)
  q.font.color.theme_color=14
box((2,1,30,3),"Old Market",48)
box((2,5,14,12),"Enjoy live music",32)
box((18,5,14,12),"Share fresh bread all year",32)
p.save("deck.pptx")
"""
    )


@given(SEEDS)
def test_spans_hold_what_their_choice_wrote(seed):
    task, choices = random_pair(seed, mistake_share=0.0)
    program = write_program(task, choices)
    said = {name: [program.source[a:b] for a, b in spans] for name, spans in program.spans.items()}
    assert program == write_program(task, choices)
    for name, value in choices.values.items():
        if name in said:
            assert set(said[name]) == {str(value)}
        else:
            assert choices.omitted
    for name in choices.omitted:
        assert said[name] == [""]
    cells = [cell for row in written_task(task, choices).rows for cell in row]
    assert [said[f"cell{i}"] for i in range(len(cells))] == [[cell] for cell in cells]
    assert said["color"] == [str(task.color)]


@given(SEEDS)
def test_choices_return_from_json(seed):
    _, choices = random_pair(seed)
    assert choices_from_json(json.loads(json.dumps(choices_to_json(choices)))) == choices


@settings(max_examples=60)
@given(SEEDS, st.sampled_from(["train", "heldout"]))
def test_careful_choices_have_no_fault(seed, split):
    task = make_task(seed, split)
    choices = careful_choices(task)
    assert faults_of(task, choices.values) == []
    assert not is_tight(scene_of(task, choices.values))
    assert choices == careful_choices(task)
    assert (choices.omitted, choices.slip, choices.mistake) == (frozenset(), None, None)
    assert set(choices.values) == set(decisions_of(task))


@pytest.mark.parametrize("seed", range(24))
def test_programs_build_the_things_that_their_author_imagines(seed, tmp_path):
    task, choices = random_pair(seed, mistake_share=0.0, omit_share=0.0)
    path = run_program(write_program(task, choices).source, tmp_path)
    slide = Presentation(path).slides[0]
    shapes = [shape for shape in slide.shapes if not shape.is_placeholder]
    things = [seen.thing for seen in scene_of(task, choices.values).things]
    assert len(shapes) == len(things)
    for shape, thing in zip(shapes, things, strict=True):
        place = (shape.left, shape.top, shape.width)
        assert place == tuple(Cm(length) for length in thing.box[:3])
        if thing.kind == "box":
            texts = [paragraph.text for paragraph in shape.text_frame.paragraphs]
            expected = written_task(task, choices)
            wanted = [expected.title, expected.text, *(c for row in expected.rows for c in row)]
            assert all(text in wanted for text in texts)


@given(SEEDS, st.sampled_from(sorted(MISTAKES)))
def test_every_mistake_has_a_span_that_spells_it(seed, mistake):
    task, choices = random_pair(seed, mistake_share=0.0, omit_share=0.0)
    if mistake == "photo" and not task.has_picture:
        return
    program = write_program(task, replace(choices, mistake=mistake))
    slot, wrong = MISTAKES[mistake]
    assert program.spans["mistake"] == program.spans[slot]
    assert {program.source[a:b] for a, b in program.spans["mistake"]} == {wrong}


@pytest.mark.parametrize("mistake", sorted(MISTAKES))
def test_a_mistake_is_an_error(mistake, tmp_path):
    task = first_of("picture")
    choices = replace(careful_choices(task), mistake=mistake)
    with pytest.raises((NameError, AttributeError, ValueError, SyntaxError, OSError)):
        run_program(write_program(task, choices).source, tmp_path)


def test_authors_err_as_often_as_they_are_told():
    choices = [random_pair(seed)[1] for seed in range(1500)]
    assert 0.07 < np.mean([c.mistake is not None for c in choices]) < 0.13
    assert {name for c in choices for name in c.omitted} == set(OMITTABLE)
    assert {c.mistake for c in choices} == {None, *MISTAKES}
    none = [random_pair(s, mistake_share=0, slip_share=0, omit_share=0)[1] for s in range(100)]
    assert not any(c.mistake or c.slip or c.omitted for c in none)


@given(SEEDS)
def test_programs_parse_whatever_is_left_out(seed):
    task, choices = random_pair(seed, mistake_share=0.0, omit_share=0.5)
    ast.parse(write_program(task, choices).source)


@pytest.mark.parametrize("genre", sorted(GENRES))
def test_no_fixed_values_suit_all_tasks_of_a_genre(genre):
    """What is right depends on the texts and colours: the best slide for one task fails others."""
    tasks = [t for t in (make_task(s, "train") for s in range(250)) if t.genre == genre]
    own = [careful_choices(task).values for task in tasks]
    shares = [
        np.mean([not faults_of(task, values) for task, mine in zip(tasks, own, strict=True)
                 if set(values) == set(mine)])
        for values in own[:12]
    ]  # fmt: skip
    assert max(shares) < 0.85, shares


@pytest.mark.parametrize("genre", sorted(GENRES))
def test_layout_alone_depends_on_the_texts(genre):
    """The same with every ink its own: lengths and numbers decide."""
    tasks = [t for t in (make_task(s, "train") for s in range(250)) if t.genre == genre]
    careful = [careful_choices(task).values for task in tasks]
    layouts = {tuple((n, v) for n, v in values.items() if n != "ink") for values in careful}
    assert len(layouts) >= 3


def test_every_colour_has_inks_of_both_kinds():
    for color in COLORS:
        assert readable_inks(color)
        assert pale_inks(color)
        assert not set(readable_inks(color)) & set(pale_inks(color))


def test_programs_are_short(tmp_path):
    pairs = [random_pair(seed) for seed in range(500)]
    sources = [write_program(*pair).source for pair in pairs]
    train_tokenizer([text for (task, _), source in zip(pairs, sources, strict=True)
                     for text in (task.brief, source)], 1024, tmp_path)  # fmt: skip
    tokenizer = Tokenizer.from_file(str(tmp_path / "tokenizer.json"))
    heldout = [make_task(seed, "heldout") for seed in range(200)]
    sources = [write_program(task, careful_choices(task)).source for task in heldout]
    lengths = [len(tokenizer.encode(source).ids) for source in sources]
    prompts = [len(tokenizer.encode(task.brief).ids) for task in heldout]
    assert np.mean(lengths) < MEAN_TOKENS
    assert max(lengths) < MOST_TOKENS
    assert max(prompts) < PROMPT_TOKENS
