"""Asked pictures: there, seen, large enough, and called what was asked."""

from __future__ import annotations

from collections.abc import Sequence

from vsdpo_jax.domains.boxes import area, gaps
from vsdpo_jax.domains.web.judge.content.axes import IMAGE_AXES
from vsdpo_jax.domains.web.judge.content.roles import Roles
from vsdpo_jax.domains.web.page.records import PageElement
from vsdpo_jax.domains.words import normal, quoted

SEEN = 0.6
"""Share of a picture that must be seen."""
SMALLEST_PX = 24.0
"""Of its shorter side: an icon."""
CAPTION_PX = 48.0
"""How far a caption may stand from its picture."""
_NEED_SOURCE = ("img", "input", "image")


def check_images(roles: Roles, wanted: Sequence[str]) -> None:
    """Enter each asked picture into the ledger; each has a picture of its own."""
    pictures = [e for e in roles.view.page.elements if is_picture(e)]
    seen = [e for e in pictures if is_seen_picture(e)]
    taken: set[int] = set()
    for text in wanted:
        own = next((e for e in seen if e.index not in taken and _is_called(roles, e, text)), None)
        if own is not None:
            taken.add(own.index)
            roles.ledger.ok()
            continue
        note = f"image {quoted(text)} missing"
        named = next((e for e in pictures if _alt(e) == normal(text)), None)
        if named is None:
            message = f"no picture called {quoted(text)} can be seen"
            roles.ledger.missing("image_missing", note, roles.page_box, message, axes=IMAGE_AXES)
            continue
        message = f"the picture called {quoted(text)} cannot be seen: {_why(named)}"
        region = named.clip if area(named.clip) else roles.page_box
        roles.ledger.missing(
            "image_unseen",
            note,
            region,
            message,
            span=roles.view.span(named.index),
            axes=IMAGE_AXES,
        )


def is_picture(element: PageElement) -> bool:
    return element.tag == "img" or (element.tag == "input" and element.loaded is not None)


def is_seen_picture(element: PageElement) -> bool:
    """Whether a picture is there, large enough, and seen."""
    if not element.loaded or not element.shown or min(element.clip[2:]) < SMALLEST_PX:
        return False
    return element.seen is not None and element.seen >= SEEN


def _is_called(roles: Roles, image: PageElement, text: str) -> bool:
    """By its alternative text, or by a caption that can be read at it."""
    if _alt(image) == normal(text):
        return True
    for place in roles.stream.find(text):
        across, down = gaps(place.box, image.clip)
        if across == 0.0 and down <= CAPTION_PX:
            roles.use(place)
            return True
    return False


def _alt(image: PageElement) -> str:
    return normal(image.attributes.get("alt", ""))


def _why(image: PageElement) -> str:
    if image.tag in _NEED_SOURCE and not image.loaded:
        return "it is broken"
    if min(image.clip[2:]) < SMALLEST_PX:
        return f"{image.clip[2]:.0f} x {image.clip[3]:.0f} px of it are on the page"
    return f"{image.seen or 0.0:.0%} of it is seen"
