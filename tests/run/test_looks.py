"""The axis of a model: its share of the reward, its defect, what is said without its weights."""

from __future__ import annotations

import json
from dataclasses import replace

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax.sharding import Mesh

from configs import mini_chart, mini_web
from vsdpo_jax.domains.base import LOOKS, Looks, load_domain
from vsdpo_jax.models.clip import tower
from vsdpo_jax.records import Defect, Diagnosis, Judged, Render
from vsdpo_jax.run.looks import Likeness, open_looks, options_of
from vsdpo_jax.run.rehearsal import rehearsed
from vsdpo_jax.run.settings import SettingsError, from_config

DEFECT = Defect(
    axis="clip_similarity",
    kind="looks_differ",
    region=(1.0, 2.0, 3.0, 4.0),
    severity=1,
    message="unlike",
)


def judged(own, least=0.9):
    """One axis of two is met; the reference is red."""
    diagnosis = Diagnosis(
        rubric={"text": True, "color": False}, scores={"text": 1.0, "color": 0.2}, defects=(),
        feedback=json.dumps({"text": "ok", "color": "pale"}), r_exec=1.0, r_vis=0.5,
    )  # fmt: skip
    pictures = [np.zeros((8, 8, 3), np.uint8) for _ in range(2)]
    pictures[0][..., own] = pictures[1][..., 0] = 200
    looks = Looks(
        axis="clip_similarity", own_YXC=pictures[0], reference_YXC=pictures[1], least=least,
        defect=DEFECT,
    )  # fmt: skip
    render = Render(status="ok", image_YXC=pictures[0])
    return Judged(render=render, diagnosis=diagnosis, extra={LOOKS: looks, "other": 1})


@pytest.fixture
def likeness(monkeypatch):
    """A tower that sees the mean colour, less than black."""

    @jax.jit
    def embed(params, pixels_BYXC):
        return params[None] * (pixels_BYXC.mean(axis=(1, 2)) + 2.0)

    monkeypatch.setattr(tower, "embed", lambda params, pixels, config: embed(params, pixels))
    weights = {"text": 1.0, "color": 1.0, "clip_similarity": 2.0}
    return Likeness(jnp.ones(3), weights)


def test_it_joins_the_rubric_the_reward_and_the_feedback(likeness):
    plain = replace(judged(0), extra={})
    same, other, left = likeness.judge([judged(0), judged(2), plain])
    assert same.diagnosis.rubric == {"text": True, "color": False, "clip_similarity": True}
    assert same.diagnosis.r_vis == pytest.approx(3 / 4)
    assert same.diagnosis.scores["clip_similarity"] == pytest.approx(1.0)
    assert other.diagnosis.r_vis == pytest.approx(1 / 4)
    words = json.loads(other.diagnosis.feedback)
    assert list(words) == ["text", "color", "clip_similarity"]
    assert words["clip_similarity"] == f"looks {other.diagnosis.scores['clip_similarity']:.2f}"
    (defect,) = other.diagnosis.defects
    assert (defect.region, defect.axis) == (DEFECT.region, "clip_similarity")
    assert defect.message.startswith("unlike (0.")
    assert same.extra == other.extra == {"other": 1}
    assert left is plain


def test_text_that_is_cut_stays_cut_on_a_page_that_looks_like_its_reference(likeness):
    before = judged(0)
    cut = replace(before.diagnosis, rubric={"clip": False, "color": True})
    (found,) = likeness.judge([replace(before, diagnosis=cut)])
    domain = load_domain("web")
    assert found.diagnosis.rubric == {"clip": False, "color": True, "clip_similarity": True}
    assert set(found.diagnosis.rubric) <= set(domain.weights(None))


def test_the_threshold_is_the_domains(likeness):
    (found,) = likeness.judge([judged(2, least=0.1)])
    assert found.diagnosis.rubric["clip_similarity"]


def test_it_is_read_beside_a_mesh_of_many_devices(likeness):
    with jax.set_mesh(Mesh(np.array(jax.devices()).reshape(4, 2), ("data", "fsdp"))):
        (found,) = likeness.judge([judged(0)])
    assert found.diagnosis.rubric["clip_similarity"]


def settings_of(config, value):
    config.rubric.clip = value
    return from_config(config)


def test_without_weights_nothing_begins_and_the_remedy_is_told(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr("huggingface_hub.try_to_load_from_cache", lambda *args: None)
    assert open_looks(settings_of(mini_web.get_config(), "")) is None
    for value, words in (
        (
            "hub",
            "the hub's cache holds no weights of CLIP: hf download openai/clip-vit-base-patch32",
        ),
        (str(tmp_path), f"there is no {tmp_path}/model.safetensors"),
    ):
        with pytest.raises(SettingsError) as error:
            open_looks(settings_of(mini_web.get_config(), value))
        assert f"config.rubric.clip = {value!r}: {words}" in str(error.value)
    with pytest.raises(SettingsError, match=r"domain 'chart' has no axis that CLIP reads"):
        open_looks(settings_of(mini_chart.get_config(), "hub"))
    monkeypatch.setattr("vsdpo_jax.run.rehearsal.seeing_model", lambda domain, folder: folder)
    assert rehearsed(settings_of(mini_web.get_config(), "hub"), tmp_path).rubric.clip == ""
    assert "this goes on without the axis" in capsys.readouterr().err


def test_the_option_of_judges_is_nobody_elses():
    config = mini_web.get_config()
    config.data.options.looks = True
    with pytest.raises(SettingsError, match=r"config\.data\.options\.looks: leave it out"):
        open_looks(from_config(config))


def test_judges_keep_the_pictures_where_a_model_reads_them():
    without, with_one = (settings_of(mini_web.get_config(), value) for value in ("", "hub"))
    assert LOOKS not in options_of(without)
    completed = load_domain("web").complete(options_of(with_one))
    assert completed[LOOKS] is True
