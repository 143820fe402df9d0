"""Documents of the mini model's pre-training: prompt, program, and a loss weight per character.

As an instruction-tuned model has seen both in the wild, there are programs by an author who does
not look at the picture (a mediocre student), and programs that mend what feedback names (an
informed teacher). The teacher's prompt is the one that training uses (domains/prompts.py). Kinds:

  plain    task -> program with random choices, mistakes included
  formula  feedback that follows from the choices -> minimal edit, both unrendered
  edit     feedback of a rendered attempt -> the checked minimal edit
  kept     the same feedback -> the flawed attempt itself, loss masked at the choices to blame: in
           training the teacher re-scores programs that contain them
  other    the same feedback -> another rendered program of the task that passes what is named
  copy     phrases of a task's words in random order -> the same phrases, and nothing else: what
           follows a word can only be found where it stood before
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from vsdpo_jax.domains.draws import split_of
from vsdpo_jax.domains.lab import ERROR, Lab, LabTask, Program, pick
from vsdpo_jax.domains.prompts import Messages, student_messages, teacher_messages
from vsdpo_jax.lab.attempts import NAMED_SHARE, Repair, TaskAttempts
from vsdpo_jax.lab.feedback import named_axes, read_feedback, shown_feedback

KINDS = ("plain", "formula", "edit", "kept", "other", "copy")
SHARES = (0.29, 0.12, 0.23, 0.11, 0.10, 0.15)
COPY_FIRST = 16_000
"""So many documents are of the kind "copy" at the start, about 1 M tokens. Texts of tasks follow
from each other a little, and a model that learns this first does not learn to look: after .25 M
tokens copying the texts of page tasks cost .85 nats a token, copying shuffled words .15."""
KEPT_OF_FORMULA = 0.2
"""This share of formula documents keeps the flawed attempt, masked."""
CHOICE_WEIGHT = 3.0
"""Loss weight of the characters of a choice in documents with feedback. Choices are a quarter of
the tokens and carry all that feedback says; a weight changes how fast they are learned, not
what."""
COPY_WEIGHT = 3.0
"""Loss weight of texts and values of the task in all documents. Copying them is the last thing that
the model learns, and a program with a wrong value passes for nothing else."""
TEMPLATES = "mini"
COPY = "Copy:"
"""Begins the prompt of a document of kind "copy"."""
MOST_WORDS = 3
"""Of a phrase to copy."""

WeightSpan = tuple[int, int, float]


@dataclass(frozen=True, kw_only=True, slots=True)
class Document:
    """One training example.

    Attributes:
      kind: one of KINDS.
      messages: the prompt; no loss.
      completion: the program.
      weights: (start, end, weight) characters of the completion whose loss weight is not 1; where
        spans meet, the smaller weight holds. An empty span stands for the token that begins there.
    """

    kind: str
    messages: Messages
    completion: str
    weights: tuple[WeightSpan, ...] = ()


class Corpus:
    """An endless supply of documents: a function of the seed and of the rendered attempts.

    Attributes:
      first_seed: tasks that are made for unrendered documents have seeds from here on, so that
        rendered tasks are not drawn twice.
    """

    first_seed = 1_000_000

    def __init__(self, lab: Lab, rendered: Sequence[TaskAttempts]) -> None:
        """Args: rendered: what attempts.read_cache returns; tasks without repairs are of no use."""
        self._lab = lab
        self._pairs = [(group, pair) for group in rendered for pair in group.repairs]
        worth = np.array([self._worth(pair) for _, pair in self._pairs], dtype=np.float64)
        self._shares = worth / worth.sum() if len(worth) else worth
        self.num_rendered = sum(len(group.attempts) for group in rendered)
        self.num_repairs = len(self._pairs)
        if not self._pairs:
            raise ValueError("the corpus needs rendered repairs; run attempts.extend_cache first")

    def _worth(self, pair: Repair) -> float:
        """How often a repair is drawn: more when it names axes that only renders teach."""
        return 1.0 + sum(self._lab.rendered_worth.get(axis, 0.0) for axis in pair.named)

    def document(self, index: int, seed: int) -> Document:
        """Document number ``index``, the same for the same arguments."""
        lab, rng = self._lab, np.random.default_rng((seed, index, 0xD0C5))
        kind = "copy" if index < COPY_FIRST else KINDS[int(rng.choice(len(KINDS), p=SHARES))]
        if kind in _UNRENDERED:
            task = lab.make_task(self.first_seed + seed * 10_000_000 + index, "train")
            return _UNRENDERED[kind](lab, rng, task)
        group, pair = self._pairs[int(rng.choice(len(self._pairs), p=self._shares))]
        return rendered_document(lab, rng, group, pair, kind)


def plain_document(lab: Lab, rng: np.random.Generator, task: LabTask) -> Document:
    """What the student learns from."""
    program = lab.write_program(task, lab.random_choices(rng, task))
    return Document(
        kind="plain",
        messages=student_messages(task.brief, TEMPLATES),
        completion=program.source,
        weights=tuple(_copy_weights(lab, program)),
    )


def formula_document(lab: Lab, rng: np.random.Generator, task: LabTask) -> Document:
    """Feedback on the axes that follow from the choices, and the edit that mends what is named."""
    while True:
        flawed = lab.random_choices(rng, task, mistake_share=0.0, **lab.formula_shares)
        feedback = lab.predicted_feedback(task, flawed)
        named = named_axes(rng, feedback, NAMED_SHARE)
        notes = {axis: feedback[axis] for axis in sorted(named)}
        mended = lab.repair(rng, task, flawed, notes, 0)
        after = lab.predicted_feedback(task, mended)
        broken = {axis for axis, note in after.items() if note != "ok" and feedback[axis] == "ok"}
        # What a text or value that came back brings with it may break another axis.
        if named and not broken and all(after[axis] == "ok" for axis in named):
            break
    shown = shown_feedback(feedback, named)
    keep = rng.random() < KEPT_OF_FORMULA
    return _feedback_document(lab, "formula", task, shown, flawed, mended, keep=keep)


def copy_document(lab: Lab, rng: np.random.Generator, task: LabTask) -> Document:
    """The words that a program of the task copies, each once, as phrases of one to three words.

    A phrase begins with the character that stands before a text of the program: a token has it.
    None is a text of two words or more of a held-out task.
    """
    program = lab.write_program(task, lab.random_choices(rng, task, mistake_share=0.0))
    spans = [(start, end) for start, end, _ in _copy_weights(lab, program)]
    before = program.source[max(spans[-1][0] - 1, 0)]
    words = list(dict.fromkeys(" ".join(program.source[a:b] for a, b in spans).split()))
    phrases: list[str] = []
    while not phrases:
        rest = [words[i] for i in rng.permutation(len(words))]
        while rest:
            count = int(rng.integers(1, MOST_WORDS + 1))
            phrase, rest = " ".join(rest[:count]), rest[count:]
            if " " not in phrase or split_of(phrase) == "train":
                phrases.append(before + phrase)
    return Document(
        kind="copy",
        messages=student_messages(COPY + ";".join(phrases), TEMPLATES),
        completion="\n".join(phrases),
    )


_UNRENDERED = {"plain": plain_document, "formula": formula_document, "copy": copy_document}


def rendered_document(
    lab: Lab, rng: np.random.Generator, group: TaskAttempts, pair: Repair, kind: str
) -> Document:
    """A document of kind "edit", "kept" or "other" from a checked repair.

    "other" falls back to the repair itself where the task has no other program that passes.
    """
    flawed, mended = group.attempts[pair.flawed], group.attempts[pair.mended]
    shown = shown_feedback(read_feedback(flawed.feedback), pair.named)
    if kind == "other":
        wanted = [axis for axis in pair.named if axis != ERROR]
        others = [
            attempt
            for index, attempt in enumerate(group.attempts)
            if index not in (pair.flawed, pair.mended) and attempt.passes(wanted)
        ]
        if others:
            mended = pick(rng, others)
    return _feedback_document(
        lab, kind, group.task, shown, flawed.choices, mended.choices, keep=kind == "kept"
    )


def _feedback_document(
    lab: Lab, kind: str, task: LabTask, shown: str, flawed: Any, mended: Any, *, keep: bool
) -> Document:
    program = lab.write_program(task, flawed if keep else mended)
    weights = _choice_weights(lab, program) + _copy_weights(lab, program)
    if keep:
        blamed = lab.changed_choices(flawed, mended)
        weights += [(*span, 0.0) for name in blamed for span in program.spans.get(name, ())]
    return Document(
        kind=kind,
        messages=teacher_messages(task.brief, shown, TEMPLATES),
        completion=program.source,
        weights=tuple(weights),
    )


def _choice_weights(lab: Lab, program: Program) -> list[WeightSpan]:
    return [
        (start, end, CHOICE_WEIGHT)
        for name, spans in program.spans.items()
        if name in lab.layout_choices
        for start, end in spans
    ]


def _copy_weights(lab: Lab, program: Program) -> list[WeightSpan]:
    return [
        (start, end, COPY_WEIGHT)
        for name, spans in program.spans.items()
        if name.rstrip("0123456789") in lab.copied_choices and name not in lab.layout_choices
        for start, end in spans
    ]


def token_weights(offsets_T2: np.ndarray, weights: Sequence[WeightSpan]) -> np.ndarray:
    """Loss weight of each completion token.

    Args:
      offsets_T2: int[T, 2] characters of each token, in order.
      weights: as in ``Document``.

    Returns:
      float32[T], 1 where no span touches the token.
    """
    start_T, end_T = offsets_T2[:, 0], offsets_T2[:, 1]
    weight_T = np.ones(len(offsets_T2), dtype=np.float32)
    # Masks last: a token that holds part of a blamed choice teaches nothing.
    for start, end, weight in sorted(weights, key=lambda span: -span[2]):
        if start == end:
            touched_T = (start_T <= start) & (start < end_T)
        else:
            touched_T = (start_T < end) & (end_T > start)
        weight_T[touched_T] = weight
    return weight_T
