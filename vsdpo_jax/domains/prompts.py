"""The words around a task: what the student reads, and what the teacher reads.

The student reads the brief, after the pictures of the task if it has any; the teacher reads that
and what is known about this very rollout and its task, in channels:

    rubric     the rubric of the rollout's picture, or the trace of its error
    image      the rollout's picture; where there is none, the trace of its error
    reference  a reference program of the task (OPSD's privilege)
    sibling    another rollout of the same prompt that satisfies every axis

A set of templates is a folder of small text files: ``student.txt`` with ``{brief}``,
``teacher.txt`` with ``{brief}`` and ``{feedback}``, and for a channel ``<channel>.txt`` (or
``error.txt``) with its name as the field; files of channels that a set lacks come from the default
set. Sets that come with the package are named ("mini": as short as the mini model needs,
"default": for instruction-tuned models), and a domain may bring its own files of them. Other words
in braces are text, unless they look like a field that was misspelled.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from vsdpo_jax.domains.base import load_domain

BUILT_IN = ("mini", "default")
CHANNELS = ("rubric", "image", "reference", "sibling")
_PARTS = ("rubric", "error", "image", "reference", "sibling")
_FIELDS = {
    "student": ("brief",),
    "teacher": ("brief", "feedback"),
    **{part: (part,) for part in _PARTS},
}
_FIELD = re.compile(r"\{(brief|feedback|rubric|error|image|reference|sibling)\}")
_BRACED = re.compile(r"\{([a-zA-Z]+)\}")

Messages = list[dict[str, Any]]


class TemplateError(ValueError):
    """A template set cannot be used. The message names the file and the remedy."""


@dataclass(frozen=True, kw_only=True, slots=True)
class TeacherContext:
    """v of Eq. 2: what the teacher knows besides the brief. None: not known, or not wanted.

    Attributes:
      rubric: the rubric as JSON-like text, or the error in the same form.
      error: the trace of a failed rollout, in place of its picture.
      image: the picture, as the processor takes images.
      reference: a program that solves the task.
      sibling: the text of another rollout that does.
    """

    rubric: str | None = None
    error: str | None = None
    image: Any = None
    reference: str | None = None
    sibling: str | None = None

    @property
    def is_empty(self) -> bool:
        """Nothing is known, so that the teacher is the student."""
        return all(getattr(self, part) is None for part in _PARTS)


def check_templates(templates: str, channels: Sequence[str], domain: str | None = None) -> None:
    """Read every template that a run can come to need, so that a wrong one is found at once.

    Args:
      templates: one of BUILT_IN, or a folder.
      channels: what the teacher reads; empty: it reads what the student reads, or there is none.
      domain: whose own files come first; None: those that all domains share.

    Raises:
      TemplateError: one is missing, lacks its fields, has others or misspells them.
    """
    roles = ["student", "teacher", *channels] if channels else ["student"]
    if "image" in channels:
        roles.append("error")  # stands where there is no picture
    for role in roles:
        _template(role, templates, domain)


def student_messages(
    brief: str,
    templates: str = "default",
    images: Sequence[Any] = (),
    domain: str | None = None,
) -> Messages:
    """The student's chat: the pictures of the task, then the brief.

    Args:
      brief: the instruction.
      images: as the processor takes them.
      templates: one of BUILT_IN, or a folder with student.txt and teacher.txt.
      domain: whose own files come first; None: those that all domains share.

    Raises:
      TemplateError: the templates are missing or lack a field.
    """
    return _chat(_fill(_template("student", templates, domain), {"brief": brief}), images, None)


def teacher_messages(
    brief: str,
    context: TeacherContext | str,
    templates: str = "default",
    images: Sequence[Any] = (),
    domain: str | None = None,
) -> Messages:
    """The teacher's chat: what the student reads, and the context of one rollout.

    Args:
      brief: the instruction.
      context: what is known; a text is the rubric channel alone (``Diagnosis.feedback``).
      templates, images, domain: as for ``student_messages``.

    Returns:
      One user turn; its content is a text, or with a picture a list of text and image items.

    Raises:
      TemplateError: the templates are missing or lack a field.
    """
    if isinstance(context, str):
        context = TeacherContext(rubric=context)
    parts: list[str] = []
    for part in _PARTS:
        value = getattr(context, part)
        if value is not None:
            # The picture's place is kept by its field, which no text can contain by accident:
            # texts are filled in one pass and never searched again.
            filled = _IMAGE_PLACE if part == "image" else value
            parts.append(_fill(_template(part, templates, domain), {part: filled}))
    feedback = "\n".join(parts)
    text = _fill(_template("teacher", templates, domain), {"brief": brief, "feedback": feedback})
    return _chat(text, images, context.image)


_IMAGE_PLACE = "\ue000image\ue000"  # private-use characters: no brief and no trace has them


def _chat(text: str, images: Sequence[Any], picture: Any) -> Messages:
    """One user turn: the task's images, then the text with the picture in its place."""
    if picture is None and not images:
        return [{"role": "user", "content": text}]
    content: list[dict[str, Any]] = [{"type": "image", "image": image} for image in images]
    before, after = text, ""
    if picture is not None:
        before, _, after = text.rpartition(_IMAGE_PLACE)
    if before:
        content.append({"type": "text", "text": before})
    if picture is not None:
        content.append({"type": "image", "image": picture})
    if after:
        content.append({"type": "text", "text": after})
    return [{"role": "user", "content": content}]


def _fill(template: str, fields: dict[str, str]) -> str:
    # One pass, so that braces inside a brief or a feedback stay as they are.
    return _FIELD.sub(lambda match: fields[match.group(1)], template)


def _folders(role: str, templates: str, domain: str | None) -> list[Path]:
    """Where a template may stand, the first one first."""
    roots = [Path(__file__).parent / "templates"]
    own = None if domain is None else load_domain(domain).templates
    if own is not None:
        roots.insert(0, own)
    if templates in BUILT_IN:
        folders = [root / templates for root in roots]
    else:
        folders = [Path(templates)]
    if role in _PARTS and (templates in BUILT_IN or folders[0].is_dir()):
        folders += [root / "default" for root in roots]
    return folders


@cache
def _template(role: str, templates: str, domain: str | None) -> str:
    folders = _folders(role, templates, domain)
    paths = [folder / f"{role}.txt" for folder in folders]
    path = next((path for path in paths if path.is_file()), None)
    if path is None:
        raise TemplateError(
            f"{paths[0]}: there is no such template; use one of {', '.join(BUILT_IN)}, or a folder "
            "with student.txt and teacher.txt"
        )
    try:
        text = path.read_text(encoding="utf-8").rstrip("\n")
    except UnicodeDecodeError as error:
        raise TemplateError(f"{path}: no UTF-8 text: {error}; save it as UTF-8") from None
    found = set(_FIELD.findall(text))
    for word in sorted(set(_BRACED.findall(text)) - found):
        near = difflib.get_close_matches(word.lower(), _FIELDS["teacher"] + _PARTS, n=1, cutoff=0.8)
        if near:
            raise TemplateError(f"{path}: {{{word}}} is no field; did you mean {{{near[0]}}}?")
    if found != set(_FIELDS[role]):
        wanted = " and ".join(f"{{{field}}}" for field in _FIELDS[role])
        raise TemplateError(f"{path}: it must contain {wanted} and no other field")
    return text
