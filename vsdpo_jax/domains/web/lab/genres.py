"""The genres of lab pages together, and what is wrong with a page by computation alone.

A genre is a style sheet and a body with slots, ``[name]``: one for each decision, whose value is
the very text of its slot, and those for what the task asks (see ``pieces.Genre``). ``faults_of`` is
what an author can compute: what fits into a width, what is pale. It looks at nothing rendered.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from vsdpo_jax.domains.web.lab.genres_bands import FOOTER, HERO, NAV, PROFILE
from vsdpo_jax.domains.web.lab.genres_boxes import CARDS, FORM, PRICING, TABLE
from vsdpo_jax.domains.web.lab.measure import contrast
from vsdpo_jax.domains.web.lab.pieces import INKS, SMALLEST_PX, Decision, Fault, Genre, Values
from vsdpo_jax.domains.web.lab.tasks import PageTask

READABLE, PALE = 4.5, (1.75, 2.9)
"""WCAG contrast of text that can be read with ease, and of text that is there and hard to read."""
HEADING_SHARE = 0.95
"""A bold heading is no smaller than that share of the type that most letters are set in."""

GENRES: Mapping[str, Genre] = {
    "cards": CARDS,
    "nav": NAV,
    "table": TABLE,
    "form": FORM,
    "footer": FOOTER,
    "hero": HERO,
    "pricing": PRICING,
    "profile": PROFILE,
}


def faults_of(task: PageTask, values: Values) -> list[Fault]:
    """Everything that is wrong with a page of these values, by computation alone."""
    genre = GENRES[task.genre]
    found = []
    for name, decision in genre.decisions.items():
        value = values[name]
        if decision.surface and contrast(str(value), surface(task, decision)) < READABLE:
            found.append(Fault(axis="contrast", names=(name,)))
        elif name.endswith("_size") and int(value) < SMALLEST_PX:
            found.append(Fault(axis="tiny", names=(name,)))
        elif name == "src" and value:
            found.append(Fault(axis="images", names=(name,), texts=(task.picture,)))
    if plain_heading(task, values):
        found.append(Fault(axis="content", names=("h1_size",), texts=(task.heading,)))
    return found + genre.layout_faults(task, values)


def plain_heading(task: PageTask, values: Values) -> bool:
    """Whether the heading is smaller than the type that most letters are set in."""
    types = GENRES[task.genre].types
    letters: Counter[int] = Counter()
    for slot, words in task.texts_by_slot():
        if slot in types:
            letters[int(values[types[slot].size])] += len(words)
    body = max(letters, key=lambda size: letters[size])
    return int(values["h1_size"]) < HEADING_SHARE * body


def surface(task: PageTask, decision: Decision) -> str:
    """The colour that a text of this decision stands on."""
    return task.page if decision.surface == "page" else task.block


def readable_inks(background: str) -> tuple[str, ...]:
    """Those that stand out from a background."""
    return tuple(ink for ink in INKS if contrast(ink, background) >= READABLE)


def pale_inks(background: str) -> tuple[str, ...]:
    """Those that are hard to read on a background."""
    return tuple(ink for ink in INKS if PALE[0] <= contrast(ink, background) <= PALE[1])
