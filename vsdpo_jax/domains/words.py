"""Texts as readers take them, and as messages name them."""

from __future__ import annotations

import unicodedata

NAME_LENGTH = 24
"""Characters of a text that stand for it in messages and notes."""
_SAME = str.maketrans({
    "\u00a0": " ", "\u202f": " ", "\u2009": " ", "\u00ad": None, "\u200b": None, "\u200c": None,
    "\u200d": None, "\ufeff": None, "\u2060": None, "\u200e": None, "\u200f": None,
    "\u2018": "'", "\u2019": "'", "\u201b": "'", "\u201c": '"', "\u201d": '"',
    "\u2010": "-", "\u2011": "-", "\u2026": "...",
})  # fmt: skip


def normal(text: str) -> str:
    """A text as a reader takes it: one case, one kind of white space, quote and hyphen."""
    folded = unicodedata.normalize("NFC", text).translate(_SAME).casefold()
    return " ".join(folded.split())


def quoted(text: str) -> str:
    """A text in single quotes, cut after some words so that it stays a name."""
    words = " ".join(text.split())
    if len(words) > NAME_LENGTH:
        cut = words[: NAME_LENGTH + 1].rsplit(" ", 1)[0]
        words = cut if len(cut) > NAME_LENGTH // 2 else words[:NAME_LENGTH]
    return f"'{words}'"
