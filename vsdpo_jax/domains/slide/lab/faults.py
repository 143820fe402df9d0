"""What is wrong with a lab slide by computation alone: its author looks at nothing rendered.

A slide of the lab is a few boxes at known places, so that all of its rubric but what a chart does
inside can be foreseen: by geometry, by the widths of its texts and by the colours of the theme.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import combinations

import numpy as np

from vsdpo_jax.domains.slide.judge import aeslides
from vsdpo_jax.domains.slide.judge.content.roles import LARGER, RIVAL, RIVAL_LETTERS, points
from vsdpo_jax.domains.slide.judge.detectors_collision import BADGE_PX, BADGE_SHARE, HIDDEN
from vsdpo_jax.domains.slide.judge.detectors_frame import (
    BLEED_PX,
    BLEEDS,
    LEAVES,
)
from vsdpo_jax.domains.slide.judge.detectors_layout import EXACT_PX, NEAR_PX, STRETCH
from vsdpo_jax.domains.slide.judge.detectors_text import (
    CONTRAST,
    LARGE_BOLD_PT,
    LARGE_CONTRAST,
    LARGE_PT,
    LEADING,
    ROUNDING,
    SLACK_PX,
    SLACK_SHARE,
    TINY_PT,
)
from vsdpo_jax.domains.slide.judge.rubric import OPTIONS
from vsdpo_jax.domains.slide.lab.genres import GENRES, KINDS
from vsdpo_jax.domains.slide.lab.measure import (
    CM_PER_PT,
    contrast,
    longest_word,
    text_width,
)
from vsdpo_jax.domains.slide.lab.pieces import HEIGHT, INKS, MARGIN_X, Fault, Thing, Values
from vsdpo_jax.domains.slide.lab.scene import Rect, Scene, Seen, imagine, shared, union
from vsdpo_jax.domains.slide.lab.tasks import SlideTask
from vsdpo_jax.domains.words import quoted

WIDE = 16 / 9
SHARE, SHORT_PX = OPTIONS["collision_share"], OPTIONS["collision_px"]
PHOTO_RATIO = 4 / 3
REACH_X, REACH_Y = 100.0, 75.0
"""Pixels beside an edge or a letter that a window of 201 x 151 still finds busy."""
GRID = 8
INSIDE = 0.95
COMFORT = 0.985
"""Share of the room that a careful text may take, as no width is known exactly."""
HEAD_COLOR = 5
"""Of a table, in white letters."""
PAGE = 14
WORST = 0.2
"""A text's contrast is that of the worst fifth of its ink."""
PALEST = 1.75
"""Text of less contrast is as good as not there."""
PLACEHOLDERS = {0: ("title", "subtitle"), 1: ("object", "title"), 5: ("title",), 6: ()}
"""Number of a layout -> what it leaves empty where nobody fills it."""


def scene_of(task: SlideTask, values: Values, omitted: frozenset[str] = frozenset()) -> Scene:
    """A slide of these values as its author imagines it, without what is left out."""
    things = GENRES[task.genre].things(task, values)
    if "picture" in omitted:
        things = [thing for thing in things if thing.kind != "picture"]
    return imagine([thing for thing in things if thing.texts != ("",)], values)


def faults_of(task: SlideTask, values: Values) -> list[Fault]:
    """Everything that is wrong with a slide of these values, by computation alone."""
    return faults_in(task, values, scene_of(task, values))


def faults_in(task: SlideTask, values: Values, scene: Scene) -> list[Fault]:
    """The same of a slide that was imagined before; in the order of the axes."""
    return [
        *_aspect(scene, values),
        *_whitespace(scene),
        *_collisions(scene, values),
        *_imbalance(scene),
        *_overflow(scene, values),
        *_contrast(task, scene, values),
        *_tiny(scene),
        *_alignment(scene),
        *_stretched(scene, values),
        *_placeholders(values),
        *_title(scene),
        *_chart(task, values),
    ]


def _names(seen: Seen, *, type: bool = True) -> tuple[str, ...]:
    """All decisions on a thing."""
    names = [name for part in seen.thing.place for name in part]
    if type and seen.thing.type:
        names.append(seen.thing.type)
    return tuple(dict.fromkeys(names))


def _all_names(scene: Scene) -> tuple[str, ...]:
    return tuple(dict.fromkeys(name for seen in scene.things for name in _names(seen)))


def name_of(scene: Scene, seen: Seen, values: Values) -> str:
    """What notes call a thing: its first text, or what it is and the how manieth shape."""
    thing = seen.thing
    if thing.kind == "box":
        return quoted(thing.texts[0])
    if thing.kind == "table":
        return f"table {quoted(thing.texts[0])}"
    number = len(PLACEHOLDERS[int(values["layout"])]) + scene.things.index(seen) + 1
    return f"{thing.kind} {number}"


def _aspect(scene: Scene, values: Values) -> Iterator[Fault]:
    ratio = scene.width / scene.height
    width = scene.width
    if abs(math.log(ratio / WIDE)) > OPTIONS["aspect_tolerance"]:
        note = f"slide {ratio:.2f}, not 1.78"
        yield Fault(axis="aspect_ratio", names=("width",), note=note, badness=10.0)
        width = max(width, scene.height * WIDE)  # what was laid out for a wider slide is not wrong
    for seen in scene.things:
        x, y, w, h = union(_parts(seen))
        out_x, out_y = max(-x, x + w - width), max(-y, y + h - scene.height)
        if out_x <= LEAVES * scene.width and out_y <= LEAVES * scene.height:
            continue
        if not (seen.thing.kind == "picture" and _bleeds(scene, seen, max(out_x, out_y))):
            names = _names(seen)
            if not str(values["wrap"]) == "":
                names = ("wrap", *names)
            note = f"{name_of(scene, seen, values)} off the slide"
            bad = max(out_x / scene.width, out_y / scene.height)
            texts = seen.thing.texts
            yield Fault(axis="aspect_ratio", names=names, note=note, texts=texts, badness=bad)


def _bleeds(scene: Scene, seen: Seen, out: float) -> bool:
    """Whether a picture is cut by the edge of the slide as if on purpose."""
    on_slide = _meet(seen.rect, (0.0, 0.0, scene.width, scene.height))
    return on_slide >= BLEEDS * seen.rect[2] * seen.rect[3] and out >= BLEED_PX


def _whitespace(scene: Scene) -> Iterator[Fault]:
    if content_share(scene) < OPTIONS["min_content"]:
        yield Fault(axis="whitespace", names=("width", *_all_names(scene)), note="hole")


def content_share(scene: Scene) -> float:
    """The share of the slide's middle that is within reach of an edge or a letter."""
    return float(busy_middle(scene).mean())


def busy_middle(scene: Scene) -> np.ndarray:
    """What of the slide's middle is within reach of an edge or a letter: bool[Y, X] on a grid."""
    rows, columns = round(scene.height / GRID), round(scene.width / GRID)
    busy = np.zeros((rows, columns), dtype=bool)
    for seen in scene.things:
        for x, y, w, h in _busy(seen):
            left, right = (x - REACH_X) / GRID, (x + w + REACH_X) / GRID
            top, bottom = (y - REACH_Y) / GRID, (y + h + REACH_Y) / GRID
            busy[max(round(top), 0) : max(round(bottom), 0),
                 max(round(left), 0) : max(round(right), 0)] = True  # fmt: skip
    top, bottom = round(aeslides.CROP_TOP * rows), rows - round(aeslides.CROP_BOTTOM * rows)
    side = round(aeslides.CROP_SIDE * columns)
    return busy[top:bottom, side : columns - side]


def _busy(seen: Seen) -> list[Rect]:
    """Edges and letters."""
    x, y, w, h = seen.rect
    if seen.thing.kind in ("picture", "chart", "table"):
        return [seen.rect]
    edges = [(x, y, w, 0.0), (x, y + h, w, 0.0), (x, y, 0.0, h), (x + w, y, 0.0, h)]
    return [*edges, *(line for _, line in seen.lines)]


def _collisions(scene: Scene, values: Values) -> Iterator[Fault]:
    """Boxes and things on each other, and letters across the edge of another box."""
    for lower, upper in combinations(scene.things, 2):
        note = _collide(lower, upper)
        if note:
            lower_name, upper_name = (name_of(scene, seen, values) for seen in (lower, upper))
            names = tuple(dict.fromkeys((*_names(upper), *_names(lower))))
            if values["wrap"]:
                names = ("wrap", *names)
            texts = (*lower.thing.texts, *upper.thing.texts)
            note = note.format(lower=lower_name, upper=upper_name)
            yield Fault(axis="collision", names=names, note=note, texts=texts)


def _parts(seen: Seen) -> list[Rect]:
    return [seen.rect, seen.ink] if seen.ink and seen.thing.kind == "box" else [seen.rect]


def _collide(lower: Seen, upper: Seen) -> str:
    """The words for how two things collide; "" where they do not."""
    ours, theirs = _letters(upper), _letters(lower)
    if any(_meet(own, upper.rect) > HIDDEN * own[2] * own[3] for own in theirs):
        return "text {lower} behind {upper}"
    smaller = min(lower.rect[2] * lower.rect[3], upper.rect[2] * upper.rect[3])
    if _meet(lower.rect, upper.rect) > SHARE * smaller and not (
        _is_inside(upper.rect, lower.rect)
        or _is_badge(upper.rect, lower.rect)
        or _is_badge(lower.rect, upper.rect)
    ):
        return "{upper} on {lower}"
    for ink in ours:
        if any(_meet(ink, own) > SHARE * min(ink[2] * ink[3], own[2] * own[3]) for own in theirs):
            return "{upper} on {lower}"
        crosses = _meet(ink, lower.rect) > SHARE * ink[2] * ink[3]
        has_plate = upper.thing.kind == "box" and _is_inside(ink, upper.rect)
        if crosses and not has_plate and not _is_inside(ink, lower.rect):
            return "{upper} on {lower}"
    return ""


def _letters(seen: Seen) -> list[Rect]:
    """The letters of each paragraph of a box, without the leading above and below."""
    if seen.thing.kind != "box":
        return []
    found = []
    for number in range(len(seen.thing.texts)):
        x, y, w, h = union([line for index, line in seen.lines if index == number])
        trim = LEADING * seen.lines[0][1][3]
        found.append((x, y + trim, w, h - 2 * trim))
    return found


def _meet(one: Rect, other: Rect) -> float:
    """Area that two rectangles share; 0 where it is a sliver."""
    wide, high = shared(one, other)
    return wide * high if min(wide, high) >= SHORT_PX else 0.0


def _is_inside(inner: Rect, outer: Rect) -> bool:
    return _meet(inner, outer) >= INSIDE * inner[2] * inner[3]


def _is_badge(small: Rect, large: Rect) -> bool:
    """Whether it is a mark that may straddle the edge of something larger."""
    side, share = max(small[2:]), small[2] * small[3] / (large[2] * large[3])
    return (side <= BADGE_PX and share < 0.5) or (side <= 2 * BADGE_PX and share <= BADGE_SHARE)


def _imbalance(scene: Scene) -> Iterator[Fault]:
    dx, dy = off_center(scene)
    wide, high = OPTIONS["x_tolerance"], OPTIONS["y_tolerance"]
    if math.hypot(dx / wide, dy / high) > 1:
        names = ("align", "width", *_all_names(scene))
        across, down = ("left", "right")[dx > 0], ("top", "bottom")[dy > 0]
        is_across = abs(dx) / wide >= abs(dy) / high
        side = across if is_across else down
        yield Fault(axis="imbalance", names=names, note=f"weight at the {side}")


def off_center(scene: Scene) -> tuple[float, float]:
    """How far the centre of weight is right of and below the middle, in shares of the slide.

    Boxes weigh by their area, and the lines on them once more.
    """
    total = x_sum = y_sum = 0.0
    for seen in scene.things:
        lines = [line for _, line in seen.lines] if seen.thing.kind == "box" else []
        for x, y, w, h in (seen.rect, *lines):
            left, right = max(x, 0.0), min(x + w, scene.width)
            top, bottom = max(y, 0.0), min(y + h, scene.height)
            weight = max(right - left, 0.0) * max(bottom - top, 0.0)
            total += weight
            x_sum += weight * (left + right) / 2
            y_sum += weight * (top + bottom) / 2
    return x_sum / total / scene.width - 0.5, y_sum / total / scene.height - 0.5


def _overflow(scene: Scene, values: Values) -> Iterator[Fault]:
    for seen in scene.things:
        if seen.thing.kind != "box" or seen.ink is None:
            continue
        spill = _spill(seen.ink, seen.rect, LEADING * seen.lines[0][1][3])
        if spill > 0:
            names = tuple(name for part in seen.thing.place[2:] for name in part)
            names = (seen.thing.type, *names)
            if str(values["wrap"]):
                names = ("wrap", *names)
            note = f"text {quoted(seen.thing.texts[0])} over its box"
            texts = seen.thing.texts
            yield Fault(axis="overflow", names=names, note=note, texts=texts, badness=spill)


def _spill(ink: Rect, box: Rect, leading: float) -> float:
    """Pixels by which letters leave a box, by ``leading`` more above and below; else 0."""
    x, y, w, h = ink
    left, top, wide, high = box
    spill_x = max(left - x, x + w - left - wide)
    spill_y = max(top - y, y + h - top - high) - leading
    is_out = spill_x > max(SLACK_PX, SLACK_SHARE * wide) or spill_y > max(
        SLACK_PX, SLACK_SHARE * high
    )
    return max(spill_x, spill_y) if is_out else 0.0


def _contrast(task: SlideTask, scene: Scene, values: Values) -> Iterator[Fault]:
    ink = int(values["ink"])
    for seen in scene.things:
        size, names = size_of(scene, seen), ("ink",)
        if seen.thing.kind == "box":
            ratio, large = contrast(ink, task.color), LARGE_PT
            if (
                ratio > contrast(ink, PAGE)
                and on_page_share(scene, [r for _, r in seen.lines]) > WORST
            ):
                ratio = contrast(ink, PAGE)
                names = ("ink", seen.thing.type, *_names(seen))
        elif seen.thing.kind == "table":
            ratio, large, names = contrast(PAGE, HEAD_COLOR), LARGE_BOLD_PT, (seen.thing.type,)
        else:
            continue
        needed = LARGE_CONTRAST if size >= large - 0.01 else CONTRAST
        if ratio < needed - ROUNDING:
            note = f"text {quoted(seen.thing.texts[0])} {ratio:.1f}"
            texts, bad = seen.thing.texts, needed / ratio
            yield Fault(axis="contrast", names=names, note=note, texts=texts, badness=bad)


def on_page_share(scene: Scene, lines: Sequence[Rect]) -> float:
    """The share of letters that stand beside all boxes, on the bare page."""
    boxes = [seen.rect for seen in scene.things if seen.thing.kind in ("box", "picture")]
    total = sum(line[2] * line[3] for line in lines)
    on = sum(min(sum(_meet(line, box) for box in boxes), line[2] * line[3]) for line in lines)
    return 1 - on / total if total else 0.0


def size_of(scene: Scene, seen: Seen) -> float:
    """Points on a slide of 33.87 cm."""
    return seen.thing.size * HEIGHT * WIDE / (HEIGHT * scene.width / scene.height)


def _tiny(scene: Scene) -> Iterator[Fault]:
    for seen in scene.things:
        size = size_of(scene, seen)
        if seen.thing.type and size < TINY_PT - 0.05:
            note = f"text {quoted(seen.thing.texts[0])} {size:.0f} pt"
            texts, names = seen.thing.texts, (seen.thing.type,)
            yield Fault(axis="tiny", names=names, note=note, texts=texts, badness=1 / size)


def _alignment(scene: Scene) -> Iterator[Fault]:
    """Boxes of one size whose left or top edges all but meet."""
    boxes = [seen for seen in scene.things if seen.thing.kind == "box"]
    for first, second in combinations(boxes, 2):
        if any(abs(first.rect[i] - second.rect[i]) > max(EXACT_PX, 0.02 * first.rect[i])
               for i in (2, 3)):  # fmt: skip
            continue
        for edge in (0, 1):
            off = abs(first.rect[edge] - second.rect[edge])
            if EXACT_PX < off <= NEAR_PX:
                names = tuple(dict.fromkeys(second.thing.place[edge] + first.thing.place[edge]))
                note = f"{quoted(second.thing.texts[0])} {off:.0f} px off"
                texts = (*second.thing.texts, *first.thing.texts)
                yield Fault(axis="alignment", names=names, note=note, texts=texts)


def _stretched(scene: Scene, values: Values) -> Iterator[Fault]:
    for seen in scene.things:
        if seen.thing.kind == "picture":
            ratio = seen.rect[2] / seen.rect[3] / PHOTO_RATIO
            if abs(math.log(ratio)) > STRETCH:
                names = (*seen.thing.place[2], *seen.thing.place[3])
                note = f"{name_of(scene, seen, values)} stretched"
                yield Fault(axis="images", names=names, note=note)


def _placeholders(values: Values) -> Iterator[Fault]:
    for kind in PLACEHOLDERS[int(values["layout"])]:
        yield Fault(axis="placeholders", names=("layout",), note=f"{kind} empty")


def _title(scene: Scene) -> Iterator[Fault]:
    """A title that is not larger than what it heads."""
    boxes = [seen for seen in scene.things if seen.thing.kind == "box"]
    title = next(seen for seen in boxes if seen.thing.type == "title_size")
    others = [(size_of(scene, seen), seen) for seen in boxes if seen is not title]
    letters: Counter[float] = Counter()
    for size, seen in others:
        letters[size] += sum(map(len, seen.thing.texts))
    own, body = size_of(scene, title), max(letters, key=lambda size: letters[size], default=0.0)
    rivals = [(size, seen) for size, seen in others
              if sum(map(str.isalpha, "".join(seen.thing.texts))) >= RIVAL_LETTERS]  # fmt: skip
    rival = max((size for size, _ in rivals), default=0.0)
    if own < LARGER * body:
        note = f"title {points(own)} not larger than text {points(body)}"
        larger = [seen for size, seen in others if size == body]
    elif rival > RIVAL * own:
        note = f"title {points(own)} smaller than text {points(rival)}"
        larger = [seen for size, seen in rivals if size > RIVAL * own]
    else:
        return
    names = tuple(dict.fromkeys(["title_size", *(seen.thing.type for seen in larger)]))
    yield Fault(axis="content", names=names, note=note, texts=title.thing.texts)


def _chart(task: SlideTask, values: Values) -> Iterator[Fault]:
    """A chart of another kind, or whose series have no names to be seen."""
    if task.genre != "chart":
        return
    names = tuple(row[0] for row in task.rows)
    drawn = KINDS[int(values["kind"])]
    if drawn != task.kind:
        yield Fault(axis="content", names=("kind",), note=f"chart 1 is {drawn}", texts=names)
    if not values["legend"]:
        yield Fault(axis="content", names=("legend",), note="chart 1 key missing", texts=names)


def _labels_fit(thing: Thing) -> bool:
    """Whether the categories of a chart stand apart, by how the renderer divides its box."""
    categories, keys = thing.texts[: thing.columns], thing.texts[thing.columns :]
    unit = thing.size * CM_PER_PT
    widest, key = (max(text_width(text, thing.size) for text in group)
                   for group in (categories, keys))  # fmt: skip
    legend = key + 1.9 * unit
    if thing.kind_of_chart == "bar":
        return widest <= 0.3 * thing.box[2] and 1.2 * unit <= 0.6 * thing.box[3] / thing.columns
    plot = thing.box[2] - legend - 0.4 - 2.2 * unit
    return widest <= 0.9 * plot / thing.columns


def readable_inks(ground: int) -> tuple[int, ...]:
    """Those that stand out from a colour in type of any size."""
    return tuple(ink for ink in INKS if contrast(ink, ground) >= CONTRAST)


def pale_inks(ground: int) -> tuple[int, ...]:
    """Those that are there and hard to read on a colour, at any size."""
    return tuple(ink for ink in INKS if PALEST <= contrast(ink, ground) < 2.8)


def is_tight(scene: Scene) -> bool:
    """Whether a text leaves the margins of its box, or a word is broken in the middle, a cell
    takes two lines, or the categories of a chart have no room beside each other.
    """
    for seen in scene.things:
        if seen.thing.kind == "chart" and not _labels_fit(seen.thing):
            return True
        if seen.thing.kind == "table" and len(seen.lines) > len(seen.thing.texts):
            return True
        if seen.thing.kind != "box" or seen.ink is None:
            continue
        room = COMFORT * (seen.thing.box[2] - 2 * MARGIN_X)
        if any(longest_word(text, seen.thing.size) > room for text in seen.thing.texts):
            return True
        if any(room < text_width(text, seen.thing.size) <= room / COMFORT**2
               for text in seen.thing.texts):  # fmt: skip
            return True
        if _spill(seen.ink, seen.room, 0.0):
            return True
    return False
