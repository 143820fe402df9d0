"""Which tokens count where, and what a batch must have."""

from __future__ import annotations

import dataclasses

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from step_samples import LENGTH, ROWS, make_batch, with_all_fields
from token_samples import EVERYTHING, SETTINGS

from vsdpo_jax.core.inputs import check_batch, check_shapes, masks_of, or_zeros


def on_device(batch):
    return jax.tree.map(jnp.asarray, batch)


def test_masks_without_options_are_those_of_the_paper():
    batch = on_device(with_all_fields(make_batch(), imitate_B=None))
    masks = masks_of(batch, SETTINGS, has_teacher=True)
    counted = batch.completion_mask_BT & batch.sample_mask_B[:, None]
    taught = counted & batch.has_teacher_B[:, None]
    assert 0 < taught.sum() < counted.sum() < batch.completion_mask_BT.sum()
    for name, expected in (
        ("counted_BT", counted),
        ("taught_BT", taught),
        ("distilled_BT", taught),
        ("policy_BT", counted),
        ("imitated_BT", counted),
    ):
        np.testing.assert_array_equal(getattr(masks, name), expected)
    alone = masks_of(batch, SETTINGS, has_teacher=False)
    assert not np.asarray(alone.taught_BT | alone.distilled_BT).any()


@pytest.mark.parametrize(
    ("option", "field", "mask"),
    [
        ("mask_truncated", "truncated_B", "policy_BT"),
        ("drop_flat_groups", "flat_B", "policy_BT"),
        ("skip_satisfied", "satisfied_B", "distilled_BT"),
    ],
)
def test_an_option_takes_its_rollouts_out_of_its_term_alone(option, field, mask):
    batch = on_device(with_all_fields(make_batch()))
    before = masks_of(batch, SETTINGS, has_teacher=True)
    after = masks_of(
        batch, dataclasses.replace(SETTINGS, **{option: True}), has_teacher=True
    )._asdict()
    for name, value in before._asdict().items():
        out = getattr(batch, field)[:, None] if name == mask else False
        np.testing.assert_array_equal(after[name], value & ~np.asarray(out))
    assert after[mask].sum() < getattr(before, mask).sum()


def test_rows_to_imitate():
    batch = on_device(with_all_fields(make_batch()))
    masks = masks_of(batch, EVERYTHING, has_teacher=True)
    np.testing.assert_array_equal(masks.imitated_BT, masks.counted_BT & batch.imitate_B[:, None])


@pytest.mark.parametrize(
    ("option", "field"),
    [
        ({"mask_truncated": True}, "truncated_B"),
        ({"drop_flat_groups": True}, "flat_B"),
        ({"skip_satisfied": True}, "satisfied_B"),
        ({"pass_rate_weight": True}, "pass_rate_B"),
        ({"reference_kl": 0.1}, "reference_logp_BT"),
    ],
)
def test_what_an_option_needs(option, field):
    settings = dataclasses.replace(SETTINGS, **option)
    with pytest.raises(ValueError, match=f"{next(iter(option))} is .*batch.{field} is None"):
        check_batch(make_batch(), settings)
    check_batch(with_all_fields(make_batch()), settings)
    check_batch(make_batch(), SETTINGS)


@pytest.mark.parametrize(
    ("change", "match"),
    [
        ({"reference_logp_BT": np.ones((ROWS, LENGTH - 1), np.float32)}, "reference_logp_BT has"),
        ({"truncated_B": np.ones((ROWS, 1), bool)}, "truncated_B has shape"),
        ({"flat_B": np.ones(ROWS + 1, bool)}, "flat_B has shape"),
        ({"satisfied_B": np.ones(2, bool)}, "satisfied_B has shape"),
        ({"pass_rate_B": np.ones((), np.float32)}, "pass_rate_B has shape"),
        ({"imitate_B": np.ones(2, bool)}, "imitate_B has shape"),
        ({"teacher_vision": {"x": np.ones((3, ROWS))}}, r"teacher_vision\['x'\] has shape"),
        ({"student_vision": {"x": np.ones(())}}, r"student_vision\['x'\] has shape"),
    ],
)
def test_shapes_of_optional_fields_are_checked(change, match):
    with pytest.raises(ValueError, match=match):
        check_shapes(with_all_fields(make_batch(), **change), 1)
    check_shapes(with_all_fields(make_batch()), 1)


def test_a_field_that_a_batch_lacks():
    np.testing.assert_array_equal(or_zeros(None, 3), [0, 0, 0])
    np.testing.assert_array_equal(or_zeros(np.array([1, 0]), 2), [1, 0])
