"""Limits are checked when they are made."""

from __future__ import annotations

import dataclasses

import pytest

from vsdpo_jax.sandbox import Limits
from vsdpo_jax.sandbox.result import SandboxResult

NAMES = [field.name for field in dataclasses.fields(Limits)]


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("value", [0, -1, float("inf"), float("nan")])
def test_must_be_positive_and_finite(name: str, value: float):
    with pytest.raises((ValueError, TypeError), match=name):
        Limits(**{name: value})


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("value", ["1", None, True])
def test_must_be_a_number(name: str, value: object):
    with pytest.raises(TypeError, match=f"{name} must be"):
        Limits(**{name: value})  # type: ignore[arg-type]


def test_whole_seconds_of_processor_time():
    with pytest.raises(TypeError, match="cpu_s must be a whole number"):
        Limits(cpu_s=1.5)  # type: ignore[arg-type]


def test_the_clock_is_the_backstop():
    with pytest.raises(ValueError, match="wall_s is the backstop"):
        Limits(cpu_s=10, wall_s=10)


def test_a_result_names_a_limit_exactly_when_it_met_one():
    with pytest.raises(ValueError, match="with limit None"):
        SandboxResult(status="limit")
    with pytest.raises(ValueError, match="with limit 'cpu'"):
        SandboxResult(status="ok", limit="cpu")
