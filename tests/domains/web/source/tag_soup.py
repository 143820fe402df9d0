"""Tag soup: pieces that break parsers, mixed by a seed."""

from __future__ import annotations

import random

_TAGS = """
b i a a/ p div div/ table tr td tbody caption col colgroup th select option optgroup hr input
svg math mi title desc foreignObject style script textarea xmp iframe noembed noframes noscript
template head form li ul dd dt h1 h2 button nobr big object marquee image ruby rt rp rb rtc
annotation-xml mglyph malignmark plaintext pre listing address center dialog details summary
search menu main selectedcontent video source track param embed meta link base span x-y SVG DESC
legend fieldset canvas area image/ svg/ math/ path/ u s code em strong small isindex keygen wbr
bgsound picture slot mtext mo g lineargradient dir applet frameset frame br/
"""
_ENDS = """
b i a p br div table tr td caption select option svg math mi title style script textarea xmp
iframe noframes noscript template head body html form li h1 h2 h3 button nobr object marquee
ruby span em SvG foreignobject font dd dt applet fieldset
"""
_ODD = [
    "<html a=1>",
    "<body b=2>",
    "<input type=hidden>",
    "<font size=7>",
    "<font color=red>",
    "<annotation-xml encoding=text/html>",
    "<svg viewBox='0 0'>",
    "<a href='<p>'>",
    "<a b='>'>",
    "<p a=b/>",
    '<p a="b"c>',
    "<p a =>",
    "<p =a>",
    "<p/a/b>",
    '<p"x">',
    "<div a=1 A=2>",
    "<p\0q>",
    "<td x>",
    "</body x>",
    "<a xlink:href=#x>",
    '<p onclick=">\'">',
    "<img ",
    '<p a="b ',
    "</title ",
    "<!do ",
    "</script x=\"a'>",
    "<!--",
    "-->",
    "<!-->",
    "<!--->",
    "--!>",
    "<![CDATA[",
    "]]>",
    "<!doctype html>",
    "<?",
    "?>",
    "</",
    "<",
    ">",
    '"',
    "'",
    "=",
    "/",
    "&",
    "&amp;",
    "&#x20;",
    "\0",
    "\r\n",
    "\f",
    " ",
    "x ",
    "<!--<script>",
    "<i\r\n>",
    "\ufeff",
]
PIECES = [f"<{name}>" for name in _TAGS.split()] + [f"</{name}>" for name in _ENDS.split()] + _ODD
_FRONT = [
    "",
    "",
    "<!doctype html>",
    "<table>",
    "<svg>",
    "<body>",
    "<select>",
    "<math>",
    "<template>",
]


def soup(seed: int) -> str:
    """A page of up to sixty pieces from a few kinds, with texts in between."""
    rng = random.Random(seed)
    kinds = rng.sample(PIECES, rng.choice([4, 8, 20, len(PIECES)]))
    parts = [rng.choice(_FRONT)]
    for index in range(rng.choice([3, 6, 12, 25, 60])):
        parts.append(rng.choice(kinds))
        if rng.random() < 0.4:
            parts.append(rng.choice([f"m{index} ", f"m{index}", " "]))
    return "".join(parts)
