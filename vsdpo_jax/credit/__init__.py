"""Credit: from defects in the picture to weights on the tokens of the program (Eq. 4 and 5)."""

from __future__ import annotations

from collections.abc import Sequence

from vsdpo_jax.credit.responsibility import iou, regions, responsibility, weights
from vsdpo_jax.credit.statements import Statements, parse
from vsdpo_jax.credit.tokens import token_weights
from vsdpo_jax.records import Defect, Element, StatementCredit

__all__ = [
    "Statements",
    "assign",
    "iou",
    "parse",
    "regions",
    "responsibility",
    "token_weights",
    "weights",
]


def assign(
    source: str, elements: Sequence[Element], defects: Sequence[Defect], alpha: float
) -> list[StatementCredit]:
    """The credit of every statement of a program, for people and reports.

    Args:
      source: program text.
      elements: what it drew (``Render.elements``).
      defects: what is wrong with the picture (``Diagnosis.defects``).
      alpha: amplification, at least 1 (Eq. 5).

    Returns:
      One record a statement, outer before inner, in the order of the text.

    Raises:
      ValueError: alpha below 1; a malformed box or severity.
    """
    statements = parse(source)
    responsibility_S = responsibility(statements, elements, defects)
    weight_S = weights(responsibility_S, alpha)
    drawn = regions(statements, elements)
    return [
        StatementCredit(
            span=span,
            lines=lines,
            regions=tuple(drawn[index]),
            responsibility=float(responsibility_S[index]),
            weight=float(weight_S[index]),
        )
        for index, (span, lines) in enumerate(zip(statements.spans, statements.lines, strict=True))
    ]
