"""What a domain is, and how it is found."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import vsdpo_jax.domains
from vsdpo_jax.domains.base import Option, find_domains, load_domain
from vsdpo_jax.domains.rubric import masked


def test_domains_are_the_folders_that_say_so():
    folder = Path(vsdpo_jax.domains.__file__).parent
    assert find_domains() == tuple(sorted(p.parent.name for p in folder.glob("*/domain.py")))
    for name in find_domains():
        assert load_domain(name).name == name
        assert load_domain(name) is load_domain(name)


def test_unknown_domain_lists_the_known():
    with pytest.raises(ValueError, match=r"'chrat' is unknown; known: 'chart'"):
        load_domain("chrat")


def test_unknown_module():
    with pytest.raises(ValueError, match=r"there is no module 'vsdpo_jax\.domains\.nothing'"):
        load_domain("vsdpo_jax.domains.nothing")


def test_a_module_that_is_no_domain():
    with pytest.raises(ValueError, match=r"no module 'email\.message\.domain'|email\.message"):
        load_domain("email.message")
    with pytest.raises(ValueError, match=r"vsdpo_jax\.domains\.base\.domain|no module"):
        load_domain("vsdpo_jax.domains.base")


@pytest.mark.parametrize("name", find_domains())
def test_the_record_of_every_domain_is_whole(name: str):
    domain = load_domain(name)
    assert domain.axes
    assert all(weight >= 0 for weight in (*domain.axes.values(), *domain.reference_axes.values()))
    assert domain.suffixes
    assert all(suffix.startswith(".") for suffix in domain.suffixes)
    assert domain.language.fences
    assert len(domain.language.parse("")) == 0
    with pytest.raises(ValueError, match="asked"):
        domain.check_asked(["no", "object"])


def test_no_two_axes_of_a_domain_have_one_name():
    domain = load_domain("web")
    for field in ("reference_axes", "model_axes"):
        with pytest.raises(ValueError, match="'web': two axes are called 'clip', 'tiny'"):
            replace(domain, **{field: {"tiny": 1.0, "clip": 1.0}})


@given(st.dictionaries(st.sampled_from(sorted(load_domain("chart").axes)), st.floats(0, 1e3)))
def test_weights_are_completed(given_weights: dict[str, float]):
    domain = load_domain("chart")
    weights = domain.weights(given_weights)
    assert list(weights) == [*domain.axes, *domain.reference_axes]
    assert all(weights[axis] == weight for axis, weight in given_weights.items())
    rest = {**domain.axes, **domain.reference_axes}
    assert all(weights[axis] == rest[axis] for axis in rest if axis not in given_weights)


@pytest.mark.parametrize(
    ("weights", "match"),
    [
        ({"legends": 1.0}, "unknown axis 'legends'; domain 'chart' has overlap, "),
        ({"clip": -0.1}, "axis_weights.clip: -0.1"),
        ({"clip": float("nan")}, "axis_weights.clip"),
        ({"clip": float("inf")}, "axis_weights.clip"),
        ({"clip": 1e308, "tiny": 1e308}, "sum to inf"),
        (dict.fromkeys((*load_domain("chart").axes, *load_domain("chart").reference_axes), 0.0),
         "sum to 0"),
    ],
)  # fmt: skip
def test_wrong_weights_are_named(weights: dict[str, float], match: str):
    with pytest.raises(ValueError, match=match):
        load_domain("chart").weights(weights)


def test_a_weight_of_zero_is_the_default_of_a_domain_that_says_so():
    domain = replace(load_domain("chart"), axes={"clip": 0.0, "tiny": 2.0}, reference_axes={})
    assert domain.weights(None) == {"clip": 0.0, "tiny": 2.0}


OPTIONS = {
    "scripts": Option(False, "run them"),
    "width": Option(640, "of the page, px", least=100, most=4000),
    "share": Option(0.5, "that must match", least=0, most=1),
    "with": Option("pen", "what draws", choices=("pen", "brush")),
}


def test_options_are_completed():
    domain = replace(load_domain("chart"), options=OPTIONS)
    assert domain.complete(None) == {"scripts": False, "width": 640, "share": 0.5, "with": "pen"}
    completed = domain.complete({"share": 1, "width": 100, "with": "brush"})
    assert completed == {"scripts": False, "width": 100, "share": 1.0, "with": "brush"}
    assert type(completed["share"]) is float


@pytest.mark.parametrize(
    ("given_options", "match"),
    [
        (
            {"script": True},
            "unknown option 'script'; domain 'chart' has scripts, width, share, with",
        ),
        ({"scripts": 1}, r"options\.scripts: 1 is no bool \(run them\)"),
        ({"width": 640.0}, r"options\.width: 640\.0 is no int"),
        ({"width": True}, r"options\.width: True is no int"),
        ({"width": 99}, r"options\.width: 99 must be 100 to 4000 \(of the page, px\)"),
        ({"with": "ink"}, r"options\.with: 'ink' is none of 'pen', 'brush' \(what draws\)"),
        ({"share": float("nan")}, r"options\.share: nan must be 0 to 1"),
    ],
)
def test_wrong_options_are_named(given_options: dict[str, object], match: str):
    domain = replace(load_domain("chart"), options=OPTIONS)
    with pytest.raises(ValueError, match=match):
        domain.complete(given_options)  # type: ignore[arg-type]  # wrong ones on purpose
    with pytest.raises(ValueError, match="unknown option 'width'; domain 'chart' has none"):
        replace(load_domain("chart"), options={}).complete({"width": 640})


def test_masked_has_no_reward_and_no_loss():
    judged = masked("why")
    assert (judged.render.status, judged.render.error) == ("infra", "why")
    assert judged.diagnosis.masked
    assert judged.diagnosis.reward == 0.0
