from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from lab_cases import GOOD, judge_by_text

from vsdpo_jax.domains.base import find_domains, load_domain
from vsdpo_jax.domains.chart.lab import LAB
from vsdpo_jax.domains.chart.lab.programs import write_program
from vsdpo_jax.domains.chart.lab.tasks import make_task
from vsdpo_jax.domains.draws import split_of
from vsdpo_jax.domains.prompts import student_messages, teacher_messages
from vsdpo_jax.lab.attempts import Repair, TaskAttempts, render_tasks
from vsdpo_jax.lab.corpus import (
    CHOICE_WEIGHT,
    COPY_FIRST,
    KINDS,
    SHARES,
    Corpus,
    copy_document,
    formula_document,
    rendered_document,
    token_weights,
)
from vsdpo_jax.lab.feedback import read_feedback

LABS = {name: made() for name in find_domains() if (made := load_domain(name).lab) is not None}
every_lab = pytest.mark.parametrize("lab", LABS.values(), ids=LABS)


@pytest.fixture(scope="module")
def corpus():
    return Corpus(LAB, render_tasks(LAB, judge_by_text, range(60), 2))


@pytest.fixture(scope="module")
def documents(corpus):
    """Those of all kinds."""
    return [corpus.document(COPY_FIRST + i, 0) for i in range(2000)]


def test_documents_come_in_the_stated_shares(corpus, documents):
    kinds = [document.kind for document in documents]
    assert {corpus.document(i, 0).kind for i in (0, 7, COPY_FIRST - 1)} == {"copy"}
    for kind, share in zip(KINDS, SHARES, strict=True):
        assert abs(kinds.count(kind) / 2000 - share) < 0.04
    assert sum(SHARES) == pytest.approx(1.0)


def test_documents_are_a_function_of_index_and_seed(corpus):
    for index in [*range(5), *range(COPY_FIRST, COPY_FIRST + 40)]:
        assert corpus.document(index, 3) == corpus.document(index, 3)
    assert corpus.document(0, 3) != corpus.document(0, 4)


def test_prompts_are_those_of_training(documents):
    assert all(len(d.messages) == 1 and d.messages[0]["role"] == "user" for d in documents)
    document = next(d for d in documents if d.kind == "edit")
    content = document.messages[0]["content"]
    brief, feedback = content.split("\nFeedback on an earlier program: ")
    assert document.messages == teacher_messages(brief, feedback, "mini")
    assert any(note != "ok" for note in read_feedback(feedback).values())
    plain = next(d for d in documents if d.kind == "plain")
    assert plain.messages == student_messages(plain.messages[0]["content"], "mini")


def test_no_document_comes_from_a_heldout_task(documents):
    heldout = {make_task(seed, "heldout").brief for seed in range(300)}
    briefs = {document.messages[0]["content"].split("\n")[0] for document in documents}
    assert not heldout & briefs


def test_kept_documents_mask_the_choices_to_blame(documents):
    kept = [d for d in documents if d.kind == "kept"]
    assert kept
    for document in kept:
        masked = [(a, b) for a, b, weight in document.weights if weight == 0.0]
        assert masked
        offsets = np.array([(i, i + 1) for i in range(len(document.completion))])
        weight = token_weights(offsets, document.weights)
        for start, end in masked:
            assert not weight[start : max(end, start + 1)].any()
    for document in documents:
        if document.kind in ("edit", "other", "plain"):
            assert all(weight > 0 for _, _, weight in document.weights)


def test_other_takes_another_program_that_passes_what_is_named():
    (group,) = render_tasks(LAB, judge_by_text, [5], 1)
    base = group.attempts[0]
    flawed = replace(base, choices=replace(GOOD, tight=False), rubric={"clip": False},
                     feedback='{"clip": "x label bottom"}')  # fmt: skip
    good = [
        replace(base, choices=replace(GOOD, title_size=size), rubric={"clip": True})
        for size in (8, 10)
    ]
    bad = replace(base, choices=replace(GOOD, title_size=24), rubric={"clip": False})
    task = next(t for t in (make_task(s, "train") for s in range(100)) if len(t.series) == 2)
    pair = Repair(flawed=0, mended=1, named=("clip",))
    group = TaskAttempts(task=task, attempts=[flawed, *good, bad], repairs=[pair])
    document = rendered_document(LAB, np.random.default_rng(0), group, pair, "other")
    assert document.completion == write_program(task, good[1].choices).source
    edit = rendered_document(LAB, np.random.default_rng(0), group, pair, "edit")
    assert edit.completion == write_program(task, good[0].choices).source


@every_lab
@given(seed=st.integers(0, 2**31))
def test_formula_documents_name_a_failed_axis(lab, seed):
    document = formula_document(lab, np.random.default_rng(seed), lab.make_task(seed, "train"))
    feedback = document.messages[0]["content"].rsplit(": {", 1)[1]
    assert any(note != "ok" for note in read_feedback("{" + feedback).values())
    assert 0 < len(document.weights)
    assert all(0 <= a <= b <= len(document.completion) for a, b, _ in document.weights)


@given(st.integers(0, 2**31))
def test_programs_of_formula_documents_are_programs(seed):
    document = formula_document(LAB, np.random.default_rng(seed), make_task(seed, "train"))
    compile(document.completion, "program", "exec")


@every_lab
def test_copies_are_words_of_a_task_each_once(lab):
    for seed in range(400):
        task = lab.make_task(seed, "train")
        document = copy_document(lab, np.random.default_rng(seed), task)
        assert document.kind == "copy"
        phrases = document.messages[0]["content"].removeprefix("Copy:").split(";")
        assert document.completion.split("\n") == phrases
        words = " ".join(phrase[1:] for phrase in phrases).split()
        assert len(words) == len(set(words)) > 0
        assert not any(phrase[0].isalnum() for phrase in phrases)
        assert {split_of(phrase[1:]) for phrase in phrases if " " in phrase[1:]} <= {"train"}


def test_token_weights_by_hand():
    offsets = np.array([[0, 2], [2, 5], [5, 5], [5, 9]])
    weights = [(3, 4, CHOICE_WEIGHT), (5, 5, 0.0)]
    assert token_weights(offsets, weights).tolist() == [1.0, CHOICE_WEIGHT, 1.0, 0.0]
    # A mask wins over an emphasis, in either order.
    both = [(0, 2, 0.0), (0, 2, CHOICE_WEIGHT)]
    assert token_weights(offsets, both)[0] == token_weights(offsets, both[::-1])[0] == 0.0


def test_a_corpus_without_repairs_is_refused():
    with pytest.raises(ValueError, match="rendered repairs"):
        Corpus(LAB, [])
