"""Axes that compare a page with a reference page: Design2Code's five scores, made binary.

Blocks, text, position and colour are the benchmark's (``blocks.py``), on what is seen of the texts
in our own pictures. Its last score, the similarity of CLIP embeddings of the two pictures without
texts, needs weights that no package holds (``looks.py``); ``appearance`` needs none: see
``appearance_similarity``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from PIL import Image

from vsdpo_jax.domains.boxes import intersect
from vsdpo_jax.domains.ciede import lab_of_rgb
from vsdpo_jax.domains.rubric import Reading
from vsdpo_jax.domains.web.judge.blocks import Block, Matching, Pair, match
from vsdpo_jax.domains.web.judge.view import View
from vsdpo_jax.domains.web.page.records import Page, TextRun
from vsdpo_jax.domains.words import quoted
from vsdpo_jax.records import Box, Defect, Span

TEXT_TAGS = frozenset(
    (
        "p", "h1", "h2", "h3", "h4", "h5", "h6", "div", "span", "a", "b", "li", "table", "td", "th",
        "button", "footer", "header", "figcaption",
    )
)  # fmt: skip
"""Elements whose texts the benchmark tells apart; others' go with the nearest of these around them,
or stand alone where there is none."""
SEEN = 0.5
"""Share of a text's ink that must be seen for a block."""
CORE = 0.97
"""Of the strongest ink of a line: fainter pixels are the rims of letters, which the benchmark
leaves out."""
MOST_BLOCKS = 300
"""The largest; more are no page that a person compares text by text, and the matching is cubic."""
LOOK_SIZE = 48
"""Both pictures are compared at so many columns and rows."""
LOOK_SCALE = 20.0
"""Difference of CIELAB colours at which a place looks alike by a factor of 1/e, and from which on a
place stands out from its page."""
LOOK_FLOOR = 0.05
"""Weight of a place where neither page has anything but its ground."""
_WORST = 3


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Reference:
    """What is compared of a page.

    Attributes:
      width, height: of the page.
      blocks: of its texts, in the order of the source; owners are indices of elements.
      look_YXC: float32[LOOK_SIZE, LOOK_SIZE, 3], the picture without texts in CIELAB.
    """

    width: int
    height: int
    blocks: tuple[Block, ...]
    look_YXC: np.ndarray


def prepare(page: Page) -> Reference:
    """What is compared of a page; of a reference once for all its candidates."""
    return Reference(
        width=page.width, height=page.height, blocks=blocks_of(page), look_YXC=look_of(page)
    )


def compare(view: View, reference: Reference, settings: Mapping[str, float]) -> dict[str, Reading]:
    """The axes of the reference: axis -> reading, score in [0, 1].

    Text, position and colour are means over the blocks that have a partner. Where too much of the
    reference has none they could not be judged, and say so.
    """
    own = prepare(view.page)
    matching = match(own.blocks, reference.blocks, robust=True)
    comparison = _Comparison(view, matching, settings)
    look = appearance_similarity(own.look_YXC, reference.look_YXC)
    return {
        "blocks": comparison.blocks(),
        "text": comparison.text(),
        "position": comparison.position(),
        "color": comparison.color(),
        "appearance": comparison.appearance(look, own.look_YXC, reference.look_YXC),
    }


def blocks_of(page: Page) -> tuple[Block, ...]:
    """The texts of a page that are seen, as the benchmark takes them: those of one element
    together, in the box of their ink, in the mean colour of its core."""
    groups: dict[int, list[TextRun]] = {}
    for run in page.texts:
        if run.lines and run.visible >= SEEN and run.ink_color is not None and run.text.strip():
            groups.setdefault(_owner(page, run.element), []).append(run)
    blocks = []
    for owner, runs in groups.items():
        inked = _ink(page, runs)
        if inked is None:
            continue
        (left, top, width, height), color = inked
        box = (left / page.width, top / page.height, width / page.width, height / page.height)
        words = "".join(("" if run.glued else " ") + run.text for run in runs)
        text = " ".join(words.split()).lower()
        blocks.append(Block(text=text, box=box, color=color, owners=(owner,)))
    if len(blocks) > MOST_BLOCKS:
        kept = sorted(range(len(blocks)), key=lambda i: -blocks[i].area)[:MOST_BLOCKS]
        blocks = [blocks[i] for i in sorted(kept)]
    return tuple(blocks)


def _owner(page: Page, index: int) -> int:
    at: int | None = index
    while at is not None:
        if page.elements[at].tag in TEXT_TAGS:
            return at
        at = page.elements[at].parent
    return index


def _ink(page: Page, runs: Sequence[TextRun]) -> tuple[Box, tuple[float, float, float]] | None:
    """The box around the ink of some texts, and its mean colour; None where there is none."""
    corners, colors, count = [], np.zeros(3), 0
    for run in runs:
        for line in run.lines:
            left, top, width, height = intersect(line.box, run.clip)
            x0, y0 = max(int(left), 0), max(int(top), 0)
            x1, y1 = int(np.ceil(left + width)), int(np.ceil(top + height))
            seen = page.image_YXC[y0:y1, x0:x1]
            if seen.size == 0:
                continue
            change = np.abs(seen.astype(np.int16) - page.textless_YXC[y0:y1, x0:x1]).max(axis=2)
            strongest = int(change.max())
            if strongest == 0:
                continue
            core = change >= CORE * strongest
            rows, columns = np.flatnonzero(core.any(axis=1)), np.flatnonzero(core.any(axis=0))
            corners.append((x0 + columns[0], y0 + rows[0], x0 + columns[-1], y0 + rows[-1]))
            colors += seen[core].sum(axis=0)
            count += int(core.sum())
    if not corners:
        return None
    edges = np.array(corners)
    left, top = edges[:, :2].min(axis=0).tolist()
    right, bottom = edges[:, 2:].max(axis=0).tolist()
    red, green, blue = (colors / count).tolist()
    return (left, top, right - left + 1, bottom - top + 1), (red, green, blue)


def look_of(page: Page) -> np.ndarray:
    """float32[LOOK_SIZE, LOOK_SIZE, 3]: the picture without texts, its shape squashed to a square
    as the benchmark does, in CIELAB."""
    picture = Image.fromarray(page.textless_YXC).resize(
        (LOOK_SIZE, LOOK_SIZE), Image.Resampling.BOX, reducing_gap=2.0
    )
    flat = lab_of_rgb(np.asarray(picture).reshape(-1, 3))
    return flat.reshape(LOOK_SIZE, LOOK_SIZE, 3).astype(np.float32)


def appearance_similarity(first_YXC: np.ndarray, second_YXC: np.ndarray) -> float:
    """How alike two pages without their texts look, in [0, 1]; 1 for equal pictures.

    The mean over all places of exp(-d / LOOK_SCALE), d the CIELAB difference of the two pictures
    there. A place counts by how far either picture differs there from its own ground (the median of
    its page), at least LOOK_FLOOR and at most 1: so that on two white pages the boxes count and not
    the white between them.
    """
    return float(_likeness(first_YXC, second_YXC)[0])


def _likeness(first_YXC: np.ndarray, second_YXC: np.ndarray) -> tuple[float, np.ndarray]:
    """The similarity, and what each place takes off it."""
    stand_out_YX = np.maximum(_stand_out(first_YXC), _stand_out(second_YXC))
    weight_YX = np.clip(stand_out_YX / LOOK_SCALE, LOOK_FLOOR, 1.0)
    apart_YX = np.linalg.norm(first_YXC - second_YXC, axis=2)
    loss_YX = weight_YX * (1.0 - np.exp(-apart_YX / LOOK_SCALE)) / weight_YX.sum()
    return 1.0 - float(loss_YX.sum()), loss_YX


def differing(page: Page, own_YXC: np.ndarray, other_YXC: np.ndarray) -> Box:
    """The box on a page around what takes most off its likeness.

    Args:
      page: whose.
      own_YXC, other_YXC: ``look_of`` the page and the other one.
    """
    _, loss_YX = _likeness(own_YXC, other_YXC)
    rows, columns = np.nonzero(loss_YX >= 0.5 * loss_YX.max())
    across, down = page.width / LOOK_SIZE, page.height / LOOK_SIZE
    left, top = float(columns.min()) * across, float(rows.min()) * down
    width = float(columns.max() + 1) * across - left
    return (left, top, width, float(rows.max() + 1) * down - top)


def _stand_out(look_YXC: np.ndarray) -> np.ndarray:
    ground = np.median(look_YXC.reshape(-1, 3), axis=0)
    return np.linalg.norm(look_YXC - ground, axis=2)


class _Comparison:
    """Makes the five readings of one matching."""

    def __init__(self, view: View, matching: Matching, settings: Mapping[str, float]) -> None:
        self.view, self.matching, self.settings = view, matching, settings
        paired = {pair.reference for pair in matching.pairs}
        self.missing = [b for j, b in enumerate(matching.reference) if j not in paired]
        own = {pair.block for pair in matching.pairs}
        self.extra = [b for i, b in enumerate(matching.blocks) if i not in own]
        self.missing.sort(key=lambda block: -block.area)
        self.extra.sort(key=lambda block: -block.area)
        every = sum(block.area for block in matching.reference)
        lost = sum(block.area for block in self.missing)
        is_lost = every > 0 and 1.0 - lost / every < settings["min_blocks"]
        notes = tuple(f"missing {quoted(block.text)}" for block in self.missing)
        self.unseen = notes if is_lost else ()

    def _place(self, block: Block) -> Box:
        """A block's box in pixels of this page."""
        page = self.view.page
        x, y, width, height = block.box
        return (x * page.width, y * page.height, width * page.width, height * page.height)

    def _spans(self, block: Block) -> tuple[Span, ...]:
        spans = (self.view.span(owner) for owner in block.owners)
        return tuple(dict.fromkeys(span for span in spans if span is not None))

    def _defect(self, axis: str, kind: str, block: Block, message: str, is_own: bool) -> Defect:
        return Defect(
            axis=axis,
            kind=kind,
            region=self._place(block),
            severity=1,
            message=message,
            spans=self._spans(block) if is_own else (),
        )

    def blocks(self) -> Reading:
        """What has no partner: a block of the reference, where it should be, or one of the page."""
        score = self.matching.block_match
        if not self.matching.reference and not self.matching.blocks:
            return Reading()
        if score >= self.settings["min_blocks"]:
            return Reading(score=score)
        found = []
        for block in self.missing:
            message = f"the text {quoted(block.text)} of the reference is missing here"
            defect = self._defect("blocks", "block_missing", block, message, is_own=False)
            found.append((block.area, f"missing {quoted(block.text)}", defect))
        for block in self.extra:
            message = f"the reference has no text {quoted(block.text)}"
            defect = self._defect("blocks", "block_extra", block, message, is_own=True)
            found.append((block.area, f"extra {quoted(block.text)}", defect))
        found.sort(key=lambda item: -item[0])
        return Reading(
            defects=tuple(defect for _, _, defect in found),
            notes=tuple(note for _, note, _ in found),
            score=score,
        )

    def text(self) -> Reading:
        """Pairs whose texts differ."""

        def tell(own: Block, other: Block, pair: Pair) -> tuple[str, str]:
            words = f"{quoted(own.text)} for {quoted(other.text)}"
            return words, f"{words}: {pair.text:.0%} of the letters agree"

        return self._of_pairs("text", "text_differs", self.matching.text, lambda p: p.text, tell)

    def position(self) -> Reading:
        """Pairs that stand apart, in shares of the page."""

        def tell(own: Block, other: Block, pair: Pair) -> tuple[str, str]:
            across = own.box[0] + own.box[2] / 2 - other.box[0] - other.box[2] / 2
            down = own.box[1] + own.box[3] / 2 - other.box[1] - other.box[3] / 2
            if abs(across) >= abs(down):
                far, way = across * self.view.page.width, "right" if across > 0 else "left"
            else:
                far, way = down * self.view.page.height, "low" if down > 0 else "high"
            words = f"{quoted(own.text)} {abs(far):.0f} px too far {way}"
            if way in ("low", "high"):
                words = f"{quoted(own.text)} {abs(far):.0f} px too {way}"
            return words, f"{words} ({1 - pair.position:.0%} of the page)"

        return self._of_pairs(
            "position", "block_moved", self.matching.position, lambda p: p.position, tell
        )

    def color(self) -> Reading:
        """Pairs of other colours."""

        def tell(own: Block, other: Block, pair: Pair) -> tuple[str, str]:
            words = f"{quoted(own.text)} {_hex(own.color)} for {_hex(other.color)}"
            return words, f"{words}: similarity {pair.color:.2f}"

        return self._of_pairs(
            "color", "color_differs", self.matching.color, lambda p: p.color, tell
        )

    def _of_pairs(self, axis: str, kind: str, score: float, measure, tell) -> Reading:
        least = self.settings[f"min_{axis}"]
        if not self.matching.reference and not self.matching.blocks:
            return Reading()
        if score >= least:
            return Reading(score=score, unseen=self.unseen)
        pairs = sorted(self.matching.pairs, key=measure)
        poor = [pair for pair in pairs if measure(pair) < least] or pairs[:_WORST]
        defects, notes = [], []
        for pair in poor:
            own, other = self.matching.blocks[pair.block], self.matching.reference[pair.reference]
            note, message = tell(own, other, pair)
            notes.append(note)
            defects.append(self._defect(axis, kind, own, message, is_own=True))
        unseen = self.unseen or (() if pairs else ("nothing matched",))
        return Reading(defects=tuple(defects), notes=tuple(notes), score=score, unseen=unseen)

    def appearance(self, score: float, own_YXC: np.ndarray, other_YXC: np.ndarray) -> Reading:
        """The picture without texts; the defect is on the box around what differs most."""
        if score >= self.settings["min_appearance"]:
            return Reading(score=score)
        message = f"without its texts the page looks unlike the reference ({score:.2f})"
        defect = Defect(
            axis="appearance",
            kind="looks_differ",
            region=differing(self.view.page, own_YXC, other_YXC),
            severity=1,
            message=message,
        )
        return Reading(defects=(defect,), notes=(f"looks {score:.2f}",), score=max(score, 0.0))


def _hex(color: Sequence[float]) -> str:
    return "#" + "".join(f"{min(max(round(channel), 0), 255):02x}" for channel in color)
