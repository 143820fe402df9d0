"""SVG of rectangles and circles on a white page of 100 x 100: parsed, painted, judged."""

from __future__ import annotations

import contextlib
import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from PIL import Image, ImageColor, ImageDraw

from vsdpo_jax.credit import Language, Statements
from vsdpo_jax.domains.base import Artifact, Domain, JudgeOptions, Option, RendererSetup
from vsdpo_jax.domains.rubric import Reading, diagnosis_of, with_picture, without_picture
from vsdpo_jax.records import Defect, Element, Judged

SIDE = 100
_SHAPE = re.compile(r"<(rect|circle)\b([^<>]*)/>")
_ATTRIBUTE = re.compile(r'([a-z]+)="([^"]*)"')


def parse(source: str) -> Statements:
    """A shape is a statement; the page is the one around them all."""
    spans = [match.span() for match in _SHAPE.finditer(source)]
    end = spans[-1][1] if spans else 0
    return Statements.of_spans(source, [*spans, *([(0, len(source))] if spans else [])], end)


@dataclass(frozen=True)
class _Renderer:
    setup: RendererSetup

    def run(self, source: str, on_attempt: Callable[[bool], None] | None = None) -> Artifact:
        """The shapes of a program as JSON."""
        if on_attempt is not None:
            on_attempt(False)
        if len(source) > self.setup.limits.source_bytes:
            return Artifact(status="limit", limit="source", error="the page is too long")
        if "<svg" not in source:
            return Artifact(status="program_error", error="SyntaxError: there is no <svg>")
        shapes = [
            {"kind": match[1], "span": match.span(), **dict(_ATTRIBUTE.findall(match[2]))}
            for match in _SHAPE.finditer(source)
        ]
        return Artifact(status="ok", payload=json.dumps(shapes).encode())

    def open(self, data: bytes) -> Artifact:
        """A file is the JSON itself."""
        try:
            json.loads(data)
        except ValueError as error:
            return Artifact(status="program_error", error=f"no shapes: {error}")
        return Artifact(status="ok", payload=data)


@contextlib.contextmanager
def _open(setup: RendererSetup) -> Iterator[_Renderer]:
    yield _Renderer(setup)


def _box(shape: dict[str, Any]) -> tuple[float, float, float, float]:
    x, y, r, w, h = (float(shape.get(name, 0)) for name in ("x", "y", "r", "width", "height"))
    return (x - r, y - r, 2 * r, 2 * r) if shape["kind"] == "circle" else (x, y, w, h)


def judge(artifact: Artifact, source: str, options: JudgeOptions) -> Judged:
    """Paint the shapes and look at each."""
    if artifact.status != "ok":
        return without_picture(artifact)
    image = Image.new("RGB", (SIDE, SIDE), "white")
    draw, elements, cut, pale, colors = ImageDraw.Draw(image), [], [], [], set()
    for number, shape in enumerate(json.loads(artifact.payload), start=1):
        x, y, w, h = box = _box(shape)
        color = ImageColor.getrgb(shape.get("fill", "black"))
        paint = draw.ellipse if shape["kind"] == "circle" else draw.rectangle
        paint((x, y, x + w, y + h), fill=color)
        elements.append(Element(region=box, span=tuple(shape["span"]), role=shape["kind"]))
        found = {"region": box, "severity": 1, "spans": (tuple(shape["span"]),)}
        if min(x, y) < 0 or max(x + w, y + h) > SIDE:
            message = f"{shape['kind']} {number} leaves the page"
            cut.append(Defect(axis="clip", kind="cut", message=message, **found))
        if min(color) > options.options["pale"]:
            message = f"{shape['kind']} {number} is pale"
            pale.append(Defect(axis="contrast", kind="pale", message=message, **found))
        colors.add(shape.get("fill", "black"))
    readings = {
        "clip": Reading(defects=tuple(cut), notes=tuple(d.message for d in cut)),
        "contrast": Reading(defects=tuple(pale), notes=tuple(d.message for d in pale)),
    }
    if options.asked is not None:
        missing = tuple(f"{c} missing" for c in options.asked["colors"] if c not in colors)
        readings["content"] = Reading(unseen=missing)
        readings = {
            axis: Reading(defects=r.defects, notes=r.notes, unseen=missing)
            for axis, r in readings.items()
        }
    pixels_YXC = np.asarray(image)
    diagnosis = diagnosis_of(readings, options.axis_weights, is_blank=bool(pixels_YXC.min() == 255))
    if diagnosis.r_exec == 0:
        return without_picture(artifact, "no_artifact", "nothing can be seen on the page")
    return with_picture(artifact, source, pixels_YXC, elements, diagnosis)


def check_asked(asked: Any) -> None:
    """``{"colors": ["red", ...]}``."""
    if not isinstance(asked, dict) or set(asked) != {"colors"}:
        raise ValueError(f"asked: expected an object with colors, got {asked!r}")


DOMAIN = Domain(
    name="svg",
    language=Language(name="SVG", fences=("svg", "xml"), parse=parse),
    suffixes=(".svg",),
    file_suffixes=(".shapes",),
    axes={"clip": 1.0, "contrast": 1.0, "content": 2.0},
    open_renderer=_open,
    judge=judge,
    check_asked=check_asked,
    options={"pale": Option(230, "channels above it are pale", least=0, most=255)},
)
