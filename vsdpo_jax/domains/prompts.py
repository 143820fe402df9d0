"""The words around a task: what the student reads, and what the teacher reads.

The student reads the brief; the teacher reads the brief and the feedback of this very rollout. A
set of templates is a folder of two small text files, ``student.txt`` with ``{brief}`` and
``teacher.txt`` with ``{brief}`` and ``{feedback}``. Sets that come with the package are named
("mini": as short as the mini model needs, "default": for instruction-tuned models).
"""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

BUILT_IN = ("mini", "default")
_FIELDS = {"student": ("brief",), "teacher": ("brief", "feedback")}
_FIELD = re.compile(r"\{(brief|feedback)\}")

Messages = list[dict[str, str]]


class TemplateError(ValueError):
    """A template set cannot be used. The message names the file and the remedy."""


def student_messages(brief: str, templates: str = "default") -> Messages:
    """The student's chat: the brief alone.

    Args:
      brief: the instruction.
      templates: one of BUILT_IN, or a folder with student.txt and teacher.txt.

    Raises:
      TemplateError: the templates are missing or lack a field.
    """
    return _message(_template("student", templates), {"brief": brief})


def teacher_messages(brief: str, feedback: str, templates: str = "default") -> Messages:
    """The teacher's chat: the brief and the feedback of one rollout.

    Args:
      brief: the instruction.
      feedback: ``Diagnosis.feedback``.
      templates: as for ``student_messages``.

    Raises:
      TemplateError: the templates are missing or lack a field.
    """
    return _message(_template("teacher", templates), {"brief": brief, "feedback": feedback})


def _message(template: str, fields: dict[str, str]) -> Messages:
    # One pass, so that braces inside a brief or a feedback stay as they are.
    content = _FIELD.sub(lambda match: fields[match.group(1)], template)
    return [{"role": "user", "content": content}]


@cache
def _template(role: str, templates: str) -> str:
    folder = Path(__file__).parent / "templates" / templates
    if templates not in BUILT_IN:
        folder = Path(templates)
    path = folder / f"{role}.txt"
    if not path.is_file():
        raise TemplateError(
            f"{path}: there is no such template; use one of {', '.join(BUILT_IN)}, or a folder "
            "with student.txt and teacher.txt"
        )
    text = path.read_text(encoding="utf-8").rstrip("\n")
    found = set(_FIELD.findall(text))
    if found != set(_FIELDS[role]):
        wanted = " and ".join(f"{{{field}}}" for field in _FIELDS[role])
        raise TemplateError(f"{path}: it must contain {wanted} and no other field of the two")
    return text
