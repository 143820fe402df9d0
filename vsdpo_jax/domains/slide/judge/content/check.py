"""The content axis: each asked thing is there, to be seen, and in its role."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from vsdpo_jax.domains.ledger import Content, Ledger
from vsdpo_jax.domains.slide.judge.content.asked import validate_asked
from vsdpo_jax.domains.slide.judge.content.axes import TEXT_AXES
from vsdpo_jax.domains.slide.judge.content.charts import check_chart
from vsdpo_jax.domains.slide.judge.content.extras import check_extras
from vsdpo_jax.domains.slide.judge.content.images import check_images
from vsdpo_jax.domains.slide.judge.content.reading import Reader
from vsdpo_jax.domains.slide.judge.content.roles import (
    check_bullets,
    check_subtitle,
    check_texts,
    check_title,
)
from vsdpo_jax.domains.slide.judge.content.surplus import check_surplus
from vsdpo_jax.domains.slide.judge.content.tables import check_table
from vsdpo_jax.domains.slide.judge.view import View


def check_content(view: View, asked: Mapping[str, Any]) -> Content:
    """Look for everything that was asked in the finished picture of a slide.

    Args:
      view: the slide.
      asked: see docs/architecture.md.

    Raises:
      ValueError: ``asked`` does not follow its schema.
    """
    validate_asked(asked)
    reader = Reader(view, Ledger(TEXT_AXES))
    if asked.get("title"):
        check_title(reader, asked["title"])
    if asked.get("subtitle"):
        check_subtitle(reader, asked["subtitle"], asked.get("title"))
    check_bullets(reader, asked.get("bullets") or ())
    check_texts(reader, asked.get("texts") or ())
    check_images(reader, asked.get("images") or 0)
    for number, table in enumerate(asked.get("tables") or (), start=1):
        check_table(reader, number, table)
    taken: set[int] = set()
    for number, chart in enumerate(asked.get("charts") or (), start=1):
        check_chart(reader, number, chart, taken)
    check_surplus(reader, asked)
    check_extras(reader, asked, view.deck.num_slides)
    return reader.ledger.close()
