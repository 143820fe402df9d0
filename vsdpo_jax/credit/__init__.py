"""Credit: from defects in the picture to weights on the tokens of the program (Eq. 4 and 5)."""

from __future__ import annotations

from collections.abc import Sequence

from vsdpo_jax.credit.language import Language
from vsdpo_jax.credit.python import PYTHON
from vsdpo_jax.credit.responsibility import iou, regions, responsibility, weights
from vsdpo_jax.credit.statements import Statements
from vsdpo_jax.credit.tokens import token_weights
from vsdpo_jax.records import Defect, Element, StatementCredit

__all__ = [
    "PYTHON",
    "Language",
    "Statements",
    "assign",
    "iou",
    "regions",
    "responsibility",
    "token_weights",
    "weights",
]


def assign(
    source: str,
    elements: Sequence[Element],
    defects: Sequence[Defect],
    alpha: float,
    language: Language = PYTHON,
) -> list[StatementCredit]:
    """The credit of every statement of a program, for people and reports.

    Args:
      source: program text.
      elements: what it drew (``Render.elements``).
      defects: what is wrong with the picture (``Diagnosis.defects``).
      alpha: amplification, at least 1 (Eq. 5).
      language: of the program.

    Returns:
      One record a statement, outer before inner, in the order of the text.

    Raises:
      ValueError: alpha below 1; a malformed box or severity.
    """
    statements = language.parse(source)
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
