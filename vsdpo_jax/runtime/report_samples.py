"""The rollouts of report.html: pictures with their defects boxed, programs with their weights."""

from __future__ import annotations

import html
import io
import itertools
from collections.abc import Sequence

import numpy as np
from PIL import Image

from vsdpo_jax.records import Defect, StatementCredit
from vsdpo_jax.runtime.episodes import Sample
from vsdpo_jax.runtime.report_curves import data_uri

ERROR_TAIL = 900
"""Characters of a trace that are shown: its end says what went wrong."""


def compare(before: Sample, after: Sample) -> str:
    """HTML of one task, drawn by two policies."""
    return (
        f'<section><p class="brief">{html.escape(before.task.brief)}</p><div class="pair">'
        f"{_side('before', before)}{_side('after', after)}</div></section>"
    )


def walk_through(samples: Sequence[Sample]) -> str:
    """HTML of one training rollout with a defect, from its picture to the weights of its tokens."""
    sample = _telling(samples)
    if sample is None:
        return "<p>No rollout of the first update has both a kept picture and a defect.</p>"
    diagnosis = sample.judged.diagnosis
    culprit = max(sample.statements, key=lambda statement: statement.responsibility)
    return (
        f'<section><p class="brief">{html.escape(sample.task.brief)}</p><div class="pair">'
        f"<div><h3>1. The picture, judged: reward {diagnosis.reward:.2f}</h3>{_picture(sample)}"
        f"{_rubric(sample)}{_defects(sample)}</div>"
        "<div><h3>2. What the teacher reads after the task</h3>"
        f'<pre class="feedback">{html.escape(diagnosis.feedback)}</pre>'
        "<h3>3. The tokens, weighted by responsibility</h3>"
        f"{_program(sample)}<p>Most responsible: {_lines(culprit)}, responsibility "
        f"{culprit.responsibility:.2f} (Eq. 4), weight {culprit.weight:.2f} (Eq. 5). Advantage "
        f"within its group: {sample.advantage:+.2f}.</p></div></div></section>"
    )


def _telling(samples: Sequence[Sample]) -> Sample | None:
    """A rollout whose defects are few and well traced, so that it can be followed."""
    candidates = [
        sample
        for sample in samples
        if _has_pixels(sample)
        and _severe(sample)
        and any(statement.weight > 1 for statement in sample.statements)
    ]
    if not candidates:
        return None
    return min(candidates, key=lambda sample: (len(_severe(sample)), sample.rollout.sample_id))


def _lines(statement: StatementCredit) -> str:
    first, last = statement.lines
    return f"line {first}" if first == last else f"lines {first} to {last}"


def _side(name: str, sample: Sample) -> str:
    is_open = (
        "" if _has_pixels(sample) else " open"
    )  # without a picture the program is all there is
    return (
        f"<div><h3>{name}: {100 * sample.judged.diagnosis.reward:.0f}</h3>{_picture(sample)}"
        f"{_rubric(sample)}{_defects(sample)}"
        f"<details{is_open}><summary>program</summary>{_program(sample)}</details></div>"
    )


def _severe(sample: Sample) -> list[Defect]:
    return [defect for defect in sample.judged.diagnosis.defects if defect.severity]


def _has_pixels(sample: Sample) -> bool:
    image_YXC = sample.judged.render.image_YXC
    return image_YXC is not None and image_YXC.size > 0


def _picture(sample: Sample) -> str:
    render = sample.judged.render
    if render.image_YXC is None:
        what = render.status + (f" ({render.limit})" if render.limit else "")
        reason = render.error[-ERROR_TAIL:]
        return f'<pre class="failure"><b>{html.escape(what)}</b>\n{html.escape(reason)}</pre>'
    if not _has_pixels(sample):
        return '<p class="note">This picture was not kept.</p>'
    height, width = render.image_YXC.shape[:2]
    boxes = "".join(
        _box(number, defect, width, height) for number, defect in enumerate(_severe(sample), 1)
    )
    source = data_uri(_small_png(render.image_YXC))
    return f'<div class="picture"><img alt="" src="{source}">{boxes}</div>'


def _small_png(image_YXC: np.ndarray) -> bytes:
    stream = io.BytesIO()
    # 128 colours halve the page and cannot be told apart from the picture at this size.
    Image.fromarray(image_YXC).quantize(128).save(stream, "PNG", optimize=True)
    return stream.getvalue()


def _box(number: int, defect: Defect, width: int, height: int) -> str:
    """A defect's box, cut at the edges of the picture, its place in percent of the picture."""
    x, y, w, h = defect.region
    left, right = (min(max(value, 0.0), width) for value in (x, x + w))
    top, bottom = (min(max(value, 0.0), height) for value in (y, y + h))
    style = (
        f"left:{100 * left / width:.2f}%;top:{100 * top / height:.2f}%;"
        f"width:{100 * (right - left) / width:.2f}%;height:{100 * (bottom - top) / height:.2f}%"
    )
    return f'<i style="{style}" title="{html.escape(defect.message)}"><b>{number}</b></i>'


def _rubric(sample: Sample) -> str:
    marks = "".join(
        f'<span class="{"good" if satisfied else "bad"}">{"✓" if satisfied else "✗"} '
        f"{html.escape(axis)}</span>"
        for axis, satisfied in sample.judged.diagnosis.rubric.items()
    )
    return f'<div class="axes">{marks}</div>'


def _defects(sample: Sample) -> str:
    items = "".join(
        f"<li><b>{html.escape(defect.axis)}</b> {html.escape(defect.message)}</li>"
        for defect in _severe(sample)
    )
    return f"<ol>{items}</ol>" if items else ""


def _program(sample: Sample) -> str:
    """The text of a rollout, coloured by the weights of its tokens."""
    text, weight_T = sample.rollout.text, sample.weight_T
    largest = float(weight_T.max(initial=1.0))
    weight_C = np.ones(len(text), np.float64)
    for (start, end), weight in zip(sample.rollout.offsets_T2, weight_T, strict=True):
        weight_C[start:end] = weight
    cuts = [0, *(np.flatnonzero(np.diff(weight_C)) + 1).tolist(), len(text)]
    parts = []
    for start, end in itertools.pairwise(cuts):
        part = html.escape(text[start:end])
        if start < end and weight_C[start] > 1:
            share = (weight_C[start] - 1) / (largest - 1)
            title = f"weight {weight_C[start]:.2f}"
            part = f'<mark style="--w:{share:.2f}" title="{title}">{part}</mark>'
        parts.append(part)
    return f'<pre class="program">{"".join(parts)}</pre>'
