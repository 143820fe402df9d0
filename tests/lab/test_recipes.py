"""A folder of pre-training belongs to one recipe, and a call that goes on says so first."""

import dataclasses
import logging

import pytest

from vsdpo_jax.domains.base import load_domain
from vsdpo_jax.lab.recipes import CACHE, Recipe, announce, claim
from vsdpo_jax.runtime.workdir import WorkdirError

RECIPE = Recipe(
    seed=0, tasks=40, attempts=2, million_tokens=2.0, peak_rate=1e-3, batch_tokens=1024
)  # fmt: skip
CHART = load_domain("chart")


def test_a_folder_takes_the_same_recipe_again_and_a_longer_one(tmp_path):
    out, workdir = tmp_path / "out", tmp_path / "work"
    for recipe in (RECIPE, RECIPE, dataclasses.replace(RECIPE, million_tokens=3.0, tasks=50)):
        claim(CHART, out, workdir, recipe)
    for domain, recipe, message in (
        (load_domain("web"), RECIPE, "domain is 'chart' there and 'web' now"),
        (CHART, dataclasses.replace(RECIPE, seed=1, attempts=3), "seed is 0 .*attempts is 2"),
    ):
        with pytest.raises(WorkdirError, match=f"belongs to another recipe: .*{message}"):
            claim(domain, out, workdir, recipe)


def test_a_folder_that_cannot_be_made_is_named(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(WorkdirError, match=r"--out=.*file/out: Not a directory; give another"):
        claim(CHART, tmp_path / "file" / "out", tmp_path / "work", RECIPE)


def test_what_is_there_is_said_first_then_what_is_to_be_done(tmp_path, caplog):
    with caplog.at_level(logging.INFO):
        announce(tmp_path, RECIPE, 0)
        (fresh,) = [record.getMessage() for record in caplog.records]
        caplog.clear()
        (tmp_path / CACHE).write_text("{}\n" * 25 + "cut")
        announce(tmp_path, RECIPE, 500_000)
    first, second = [record.getMessage() for record in caplog.records]
    assert fresh.startswith("to do: draw 40 tasks (2 random programs of each")
    assert first == f"resumed: {tmp_path}, 25 of 40 tasks are drawn, 0.50 of 2 M tokens are read"
    assert second.startswith("to do: draw 15 tasks")
    assert "then read 1.50 M tokens, 1024 a batch, on 8 x cpu" in second
