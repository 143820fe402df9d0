import json
from dataclasses import replace
from html.parser import HTMLParser

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tokenizers import Tokenizer

from vsdpo_jax.domains.slots import choices_from_json, choices_to_json
from vsdpo_jax.domains.web.lab.genres import GENRES, faults_of, pale_inks, readable_inks
from vsdpo_jax.domains.web.lab.programs import (
    MISTAKES,
    OMITTABLE,
    careful_choices,
    random_choices,
    shown_texts,
    write_program,
)
from vsdpo_jax.domains.web.lab.tasks import DARK, LIGHT, make_task
from vsdpo_jax.rollout.bpe import train_tokenizer

SEEDS = st.integers(0, 2**31)
MOST_TOKENS, MEAN_TOKENS = 260, 190
"""Of a program in the mini model's byte pairs."""


def first_of(genre):
    return next(t for t in (make_task(s, "train") for s in range(200)) if t.genre == genre)


def random_pair(seed, **shares):
    task = make_task(seed, "train")
    return task, random_choices(np.random.default_rng(seed), task, **shares)


def test_a_program_word_for_word():
    task = replace(
        first_of("cards"), page="ivory", block="navy", heading="Old Market",
        picture="Blue Art", picture_file="rick.jpg",
        rows=(("River Tea", "Taste fresh bread"), ("Night Walks", "Find old maps all year")),
    )  # fmt: skip
    assert (
        write_program(task, careful_choices(task)).source
        == """<!DOCTYPE html>
<style>
body{background:ivory;margin:20px;font:18px arial}
h1{color:navy;font-size:32px}
main{display:flex;gap:16px}
dl{flex:none;width:250px;height:60px;overflow:hidden;padding:12px;border-radius:8px;background:navy}
dt{color:ivory;font:bold 20px arial;white-space:nowrap}
dd{color:white;margin:8px 0}
img{width:240px;}
</style>
<h1> Old Market</h1>
<img src=rick.jpg alt="Blue Art">
<main>
<dl><dt> River Tea<dd> Taste fresh bread</dl>
<dl><dt> Night Walks<dd> Find old maps all year</dl>
</main>
"""
    )


@given(SEEDS)
def test_spans_hold_what_their_choice_wrote(seed):
    task, choices = random_pair(seed, mistake_share=0.0)
    program = write_program(task, choices)
    said = {name: [program.source[a:b] for a, b in spans] for name, spans in program.spans.items()}
    assert program == write_program(task, choices)
    for name, value in choices.values.items():
        if name == "src":
            is_there = "picture" not in choices.omitted
            assert said.get(name) == ([value or task.picture_file] if is_there else None)
        else:
            assert said[name] == [str(value)]
    for text in shown_texts(task, choices):
        assert said[text.span] == [text.words]
    for name in choices.omitted:
        assert said[name] == [""]
    assert said["page"][0] == task.page
    assert task.block in said["block"]


@given(SEEDS)
def test_choices_return_from_json(seed):
    _, choices = random_pair(seed)
    assert choices_from_json(json.loads(json.dumps(choices_to_json(choices)))) == choices


@given(SEEDS, st.sampled_from(["train", "heldout"]))
def test_careful_choices_have_no_fault(seed, split):
    task = make_task(seed, split)
    choices = careful_choices(task)
    assert faults_of(task, choices.values) == []
    assert choices == careful_choices(task)
    assert (choices.omitted, choices.slip, choices.mistake) == (frozenset(), None, None)
    for name, decision in GENRES[task.genre].decisions.items():
        assert choices.values[name] in decision.options


@given(SEEDS)
def test_the_page_says_what_its_author_wrote(seed):
    task, choices = random_pair(seed, mistake_share=0.0)
    reader = HTMLParser()
    said: list[str] = []
    reader.handle_data = lambda data: said.append(data.strip())
    reader.feed(write_program(task, choices).source)
    page = [text for text in said if text and "{" not in text]
    words = [text.words for text in shown_texts(task, choices)]
    assert page == words or sorted(page) == sorted(words)


@given(SEEDS, st.sampled_from(sorted(MISTAKES)))
def test_every_mistake_has_a_span_that_spells_it(seed, mistake):
    task, choices = random_pair(seed, mistake_share=0.0)
    program = write_program(task, replace(choices, mistake=mistake))
    assert program.spans["mistake"] == program.spans[MISTAKES[mistake]]
    assert program.source != write_program(task, choices).source


def test_authors_err_as_often_as_they_are_told():
    choices = [random_pair(seed)[1] for seed in range(1500)]
    assert 0.07 < np.mean([c.mistake is not None for c in choices]) < 0.13
    assert {name for c in choices for name in c.omitted} == set(OMITTABLE)
    assert {c.mistake for c in choices} == {None, *MISTAKES}
    none = [random_pair(s, mistake_share=0, slip_share=0, omit_share=0)[1] for s in range(100)]
    assert not any(c.mistake or c.slip or c.omitted for c in none)


@pytest.mark.parametrize("genre", sorted(GENRES))
def test_no_fixed_values_suit_all_tasks_of_a_genre(genre):
    """What is right depends on the texts and colours: the best page for one task fails others."""
    tasks = [t for t in (make_task(s, "train") for s in range(400)) if t.genre == genre]
    shares = [
        np.mean([not faults_of(task, values) for task in tasks])
        for values in (careful_choices(donor).values for donor in tasks[:12])
    ]
    assert max(shares) < 0.7, shares


@pytest.mark.parametrize("genre", sorted(GENRES))
def test_layout_alone_depends_on_the_texts(genre):
    """The same with every colour its own: in most genres lengths decide."""
    tasks = [t for t in (make_task(s, "train") for s in range(400)) if t.genre == genre]
    careful = [careful_choices(task).values for task in tasks]
    names = [name for name, d in GENRES[genre].decisions.items() if not d.surface]
    layouts = {tuple(values[name] for name in names) for values in careful}
    assert len(layouts) >= 3


def test_every_surface_has_inks_of_both_kinds():
    for color in (*LIGHT, *DARK):
        assert len(readable_inks(color)) >= 4
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
    assert max(prompts) < 100
