"""Which statements are responsible for the defects: Eq. 4 and 5 of the paper."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from vsdpo_jax.credit.statements import Statements
from vsdpo_jax.records import Box, Defect, Element

# A hairline (a spine, a grid line) may have a box without area, whose IoU with itself would be 0/0.
# Giving it a thousandth of a pixel makes that 1 and changes no box that a person could see.
_MIN_SIDE_PX = 1e-3


def iou(first_EX4: np.ndarray, second_DX4: np.ndarray) -> np.ndarray:
    """Intersection over union of every pair of boxes.

    Args:
      first_EX4, second_DX4: float[E, 4] and float[D, 4] boxes (x, y, width, height) in pixels;
        a side below a thousandth of a pixel is widened to that, about its middle.

    Returns:
      float64[E, D] in [0, 1]; exactly 1 for equal boxes.

    Raises:
      ValueError: a box is not finite or has a negative side.
    """
    first_low, first_high = _corners(first_EX4)
    second_low, second_high = _corners(second_DX4)
    overlap_low = np.maximum(first_low[:, None], second_low[None])
    overlap_high = np.minimum(first_high[:, None], second_high[None])
    intersection = np.prod(np.maximum(overlap_high - overlap_low, 0), axis=-1)
    first_area = np.prod(first_high - first_low, axis=-1)
    second_area = np.prod(second_high - second_low, axis=-1)
    return intersection / (first_area[:, None] + second_area[None] - intersection)


def regions(statements: Statements, elements: Sequence[Element]) -> list[list[Box]]:
    """M(s): the boxes of the elements that each statement itself produced, in drawing order.

    An element belongs to the smallest statement around its span, and to that one alone: what a
    loop's body drew is not the loop's. Elements outside every statement belong to none.
    """
    drawn: list[list[Box]] = [[] for _ in statements.spans]
    for element in elements:
        index = statements.smallest_enclosing(element.span)
        if index is not None:
            drawn[index].append(element.region)
    return drawn


def responsibility(
    statements: Statements, elements: Sequence[Element], defects: Sequence[Defect]
) -> np.ndarray:
    """resp(s) = max_i [ max_{b in M(s)} IoU(b, region_i) * severity_i ] (Eq. 4).

    A defect whose detector knows the program text at fault (``Defect.spans``) counts as a region
    that those statements alone rendered: the call that made a title pale drew nothing, and the one
    that made the title is innocent.

    Args:
      statements: S parsed statements.
      elements: what was drawn and by which program text.
      defects: D of Eq. 4.

    Returns:
      float64[S] in [0, 1]; 0 for statements that drew nothing and when there are no defects.

    Raises:
      ValueError: a box is not finite or has a negative side, or a severity is neither 0 nor 1.
    """
    for defect in defects:
        if defect.severity not in (0, 1):
            raise ValueError(
                f"defect {defect.kind!r}: severity is {defect.severity!r}; it must be 0 or 1"
            )
    owned = [
        (index, region)
        for index, boxes in enumerate(regions(statements, elements))
        for region in boxes
    ]
    result_S = np.zeros(len(statements))
    open_defects = []
    for defect in defects:
        blamed = [statements.smallest_enclosing(span) for span in defect.spans]
        known = [index for index in blamed if index is not None]
        result_S[known] = np.maximum(result_S[known], defect.severity)
        if not known:
            open_defects.append(defect)
    if not owned or not open_defects:
        return result_S
    iou_ED = iou(
        np.array([region for _, region in owned]),
        np.array([defect.region for defect in open_defects]),
    )
    severity_D = np.array([defect.severity for defect in open_defects])
    np.maximum.at(result_S, [index for index, _ in owned], (iou_ED * severity_D).max(axis=1))
    return result_S


def weights(responsibility_S: np.ndarray, alpha: float) -> np.ndarray:
    """w_s = 1 + (alpha - 1) * resp(s), in [1, alpha] (Eq. 5).

    Args:
      responsibility_S: float[S] in [0, 1].
      alpha: amplification of a fully responsible statement; 1 is uniform distillation.

    Returns:
      float64[S].

    Raises:
      ValueError: alpha is below 1 or not finite.
    """
    if not 1 <= alpha < np.inf:
        raise ValueError(f"alpha is {alpha}; set a finite value of at least 1 (1: uniform weights)")
    return 1 + (alpha - 1) * np.asarray(responsibility_S, np.float64)


def _corners(boxes_X4: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The top-left and bottom-right corners, float64[X, 2] each."""
    boxes_X4 = np.asarray(boxes_X4, np.float64).reshape(-1, 4)
    corner, size = boxes_X4[:, :2], boxes_X4[:, 2:]
    wrong = ~(np.isfinite(boxes_X4).all(axis=1) & (size >= 0).all(axis=1))
    if wrong.any():
        raise ValueError(
            f"box {boxes_X4[wrong][0].tolist()} (x, y, width, height): every number must be "
            "finite and no side negative"
        )
    missing = np.maximum(_MIN_SIDE_PX - size, 0)
    return corner - missing / 2, corner + size + missing / 2
