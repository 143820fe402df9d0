"""What the content axis has found so far, and which axes could not judge what is not there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from vsdpo_jax.domains.rubric import Reading
from vsdpo_jax.records import Box, Defect, Span

HALF = 0.5
"""Share of the asked things, or of the cells of a table, that must be as asked."""


@dataclass(frozen=True, kw_only=True)
class Content:
    """What of the asked things is there.

    Attributes:
      reading: of the content axis.
      unseen: axis -> notes on what it would have judged and could not.
      shown: how many asked things can be seen, rightly or wrongly made.
    """

    reading: Reading
    unseen: Mapping[str, tuple[str, ...]]
    shown: int
    asked: int

    @property
    def is_blank(self) -> bool:
        """Whether something was asked and nothing of it can be seen."""
        return self.asked > 0 and self.shown == 0


@dataclass
class Ledger:
    """Collects what is right, wrong and missing.

    ``text_axes``: axes of the domain that judge a text.
    """

    text_axes: Sequence[str]
    asked: int = 0
    right: int = 0
    shown: int = 0
    _defects: list[Defect] = field(default_factory=list)
    _notes: list[str] = field(default_factory=list)
    _unseen: dict[str, dict[str, None]] = field(default_factory=dict)

    def ok(self) -> None:
        """An asked thing that is as it should be."""
        self.asked += 1
        self.right += 1
        self.shown += 1

    def wrong(
        self, kind: str, note: str, region: Box, message: str, span: Span | None = None
    ) -> None:
        """An asked thing that is there, and not as it should be."""
        self.asked += 1
        self.shown += 1
        self.extra(kind, note, region, message, span)

    def missing(
        self,
        kind: str,
        note: str,
        region: Box,
        message: str,
        *,
        span: Span | None = None,
        axes: Sequence[str] | None = None,
    ) -> None:
        """An asked thing that cannot be seen; ``axes`` would have judged it (None: as a text)."""
        self.asked += 1
        self.extra(kind, note, region, message, span)
        self.unjudged(note, axes)

    def extra(
        self, kind: str, note: str, region: Box, message: str, span: Span | None = None
    ) -> None:
        """Something wrong that is no asked thing."""
        spans = () if span is None else (span,)
        self._defects.append(
            Defect(
                axis="content",
                kind=kind,
                region=region,
                severity=1,
                message=message,
                spans=spans,
            )
        )
        self._notes.append(note)

    def unjudged(self, note: str, axes: Sequence[str] | None = None) -> None:
        """Axes that had nothing to judge, or not what was asked."""
        for axis in self.text_axes if axes is None else axes:
            self._unseen.setdefault(axis, {})[note] = None

    def close(self) -> Content:
        """All in all. Where less than half is as asked, no axis of texts has judged what was."""
        score = self.right / self.asked if self.asked else 1.0
        if score < HALF:
            self.unjudged(f"{self.right} of {self.asked} as asked")
        if self._defects and not self.asked:
            score = 0.0
        return Content(
            reading=Reading(
                defects=tuple(self._defects), notes=tuple(self._notes), score=min(score, 1.0)
            ),
            unseen={axis: tuple(notes) for axis, notes in self._unseen.items()},
            shown=self.shown,
            asked=self.asked,
        )
