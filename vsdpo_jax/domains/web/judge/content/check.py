"""The content axis: each asked thing is there, to be seen, and in its role."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from vsdpo_jax.domains.ledger import Content, Ledger
from vsdpo_jax.domains.web.judge.content.asked import validate_asked
from vsdpo_jax.domains.web.judge.content.axes import TEXT_AXES
from vsdpo_jax.domains.web.judge.content.extras import check_extras
from vsdpo_jax.domains.web.judge.content.fields import Fields
from vsdpo_jax.domains.web.judge.content.images import check_images
from vsdpo_jax.domains.web.judge.content.roles import Roles
from vsdpo_jax.domains.web.judge.content.stream import Stream
from vsdpo_jax.domains.web.judge.content.tables import check_table
from vsdpo_jax.domains.web.judge.view import View


def check_content(view: View, asked: Mapping[str, Any]) -> Content:
    """Look for everything that was asked in the finished picture.

    Args:
      view: the page.
      asked: see docs/architecture.md.

    Raises:
      ValueError: ``asked`` does not follow its schema.
    """
    validate_asked(asked)
    ledger = Ledger(TEXT_AXES)
    roles = Roles(view, Stream(view), ledger)
    if asked.get("heading"):
        roles.heading(asked["heading"])
    roles.texts(asked.get("texts") or ())
    roles.links(asked.get("links") or ())
    roles.buttons(asked.get("buttons") or ())
    check_images(roles, asked.get("images") or ())
    for number, table in enumerate(asked.get("tables") or (), start=1):
        check_table(roles, number, table)
    Fields(roles).check(asked.get("fields") or ())
    check_extras(roles, asked)
    return ledger.close()
