"""What an HTML document takes from the network, which no document is given here.

Web fonts do not count: without them the letters change, and the document is still itself.
"""

from __future__ import annotations

import re

_REMOTE = r"""["']?\s*((?:https?:)?//[^"'\s>)]+)"""
_STYLES = (
    re.compile(rf"<script\b[^>]*\bsrc\s*=\s*{_REMOTE}", re.IGNORECASE),
    re.compile(rf"@import\s+(?:url\(\s*)?{_REMOTE}", re.IGNORECASE),
)
_LINK = re.compile(r"<link\b[^>]*>", re.IGNORECASE)
_SHEET = re.compile(r"\brel\s*=\s*[\"']?[^\"'>]*stylesheet", re.IGNORECASE)
_HREF = re.compile(rf"\bhref\s*=\s*{_REMOTE}", re.IGNORECASE)
_FONTS = re.compile(r"//fonts\.(?:googleapis|gstatic)\.com/", re.IGNORECASE)
_PICTURES = (
    re.compile(rf"<(?:img|source|video|iframe|image)\b[^>]*\b(?:src|srcset|href)\s*=\s*{_REMOTE}",
               re.IGNORECASE),
    re.compile(rf"(?<!@import )url\(\s*{_REMOTE}", re.IGNORECASE),
)  # fmt: skip


def remote_styles(document: str) -> str | None:
    """The first address of a script or style sheet on which its layout may depend; None: of none.

    Tailwind's script is the usual one.
    """
    found = [match[1] for pattern in _STYLES for match in pattern.finditer(document)]
    for link in _LINK.findall(document):
        if _SHEET.search(link) and (match := _HREF.search(link)):
            found.append(match[1])
    return next((address for address in found if not _FONTS.search(address)), None)


def takes_pictures(document: str) -> bool:
    """Whether it shows files that are not in it."""
    return any(pattern.search(document) for pattern in _PICTURES)
