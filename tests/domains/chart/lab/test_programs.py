from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from lab_cases import GOOD, task_with

from vsdpo_jax.domains.chart.lab.programs import (
    MISTAKES,
    OUTSIDE,
    drawn_series,
    pick,
    random_choices,
    write_program,
    y_tops,
)
from vsdpo_jax.domains.chart.lab.tasks import make_task, spell_names

SEEDS = st.integers(0, 2**31)


def random_pair(seed, **kwargs):
    task = make_task(seed, "train")
    return task, random_choices(np.random.default_rng(seed), task, **kwargs)


def test_a_program_word_for_word():
    task = task_with(2, "line")
    (one, first), (two, second) = task.series
    expected = f'''import matplotlib.pyplot as plt
fig, ax = plt.subplots(figsize=(6, 4))
x = [{spell_names(task.categories)}]
ax.plot(x, [{",".join(map(str, first))}], color="navy", label="{one}")
ax.plot(x, [{",".join(map(str, second))}], color="teal", label="{two}")
ax.set_title("{task.title}", fontsize=14)
ax.set_xlabel("{task.x_label}", fontsize=10)
ax.set_ylabel("{task.y_label}", fontsize=12)
ax.tick_params("x", labelsize=8, rotation=45)
ax.set_ylim(0, 100)
ax.legend(loc="upper left", fontsize=10)
fig.tight_layout()
plt.show()
'''
    assert write_program(task, GOOD).source == expected


@given(SEEDS)
def test_programs_without_mistakes_compile_and_are_deterministic(seed):
    task, choices = random_pair(seed, mistake_share=0.0)
    program = write_program(task, choices)
    compile(program.source, "program", "exec")
    assert program == write_program(task, choices)


@given(SEEDS)
def test_spans_hold_what_their_choice_wrote(seed):
    task, choices = random_pair(seed, mistake_share=0.0)
    program = write_program(task, choices)
    said = {name: [program.source[a:b] for a, b in spans] for name, spans in program.spans.items()}
    assert said["figure_size"] == [str(choices.figure_size)]
    assert said["tick_size"] == [str(choices.tick_size)]
    assert said["tight"] == ["fig.tight_layout()\n" if choices.tight else ""]
    assert said["color0"] == [choices.colors[0]]
    if "title" not in choices.omitted:
        assert said["title_size"] == [str(choices.title_size)]
    if "legend_place" in said:
        word = "upper left" if choices.legend_place == OUTSIDE else choices.legend_place
        assert said["legend_place"][0].startswith(word)


@given(SEEDS, st.sampled_from(MISTAKES))
def test_every_mistake_breaks_the_program_and_has_a_span(seed, mistake):
    task, choices = random_pair(seed, mistake_share=0.0)
    task, choices = (
        task_with(2, "scatter"),
        replace(choices, mistake=mistake, omitted=frozenset(), colors=("navy", "teal"), slip=None),
    )
    program = write_program(task, choices)
    assert program.spans["mistake"]
    assert program.source != write_program(task, replace(choices, mistake=None)).source


@pytest.mark.parametrize("kind", ["bar", "line", "scatter"])
@pytest.mark.parametrize("mistake", [None, *MISTAKES])
def test_programs_fail_exactly_when_they_have_a_mistake(kind, mistake):
    plt = pytest.importorskip("matplotlib.pyplot")
    task = task_with(2, kind)
    source = write_program(task, replace(GOOD, mistake=mistake)).source
    with plt.rc_context({"backend": "agg"}):
        try:
            if mistake is None:
                exec(source, {})
            else:
                with pytest.raises(Exception):  # noqa: B017  each mistake has a kind of its own
                    exec(source, {})
        finally:
            plt.close("all")


@given(SEEDS)
def test_limits_cut_a_value_or_show_all_and_hide_no_series(seed):
    task = make_task(seed, "train")
    assert all(top % 10 == 0 and top >= task.highest for top in y_tops(task, enough=True))
    for top in y_tops(task, enough=False):
        assert top < task.highest
        assert all(min(values) <= top for _, values in task.series)


def test_omissions_and_slips_show_in_the_drawn_series():
    task = task_with(2, "line")
    assert drawn_series(task, GOOD) == task.series
    assert drawn_series(task, replace(GOOD, omitted=frozenset({"series"}))) == task.series[:1]
    slipped = drawn_series(task, replace(GOOD, slip=(1, 0, 5)))
    assert slipped[0] == task.series[0]
    assert slipped[1][1][0] == 5


def test_about_a_tenth_of_the_programs_has_a_mistake():
    flawed = [random_pair(seed)[1].mistake is not None for seed in range(1500)]
    assert 0.07 < np.mean(flawed) < 0.13


def test_pick_follows_the_shares():
    rng = np.random.default_rng(0)
    drawn = [pick(rng, "ab", (1, 3)) for _ in range(4000)]
    assert 0.72 < drawn.count("b") / 4000 < 0.78
