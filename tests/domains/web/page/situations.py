# ruff: noqa: E501  (pages are written on a line each)
"""Texts in every situation in which a page can put them, and what a person sees of each.

Each situation is the HTML of a place of its own, 600 x 120 px, in which the element with the id
``t`` holds the text; several share a page.
"""

from __future__ import annotations

from dataclasses import dataclass

WORDS = "Visible words here"


@dataclass(frozen=True)
class Situation:
    """What stands in a place, and bounds on the measures of its text."""

    html: str
    visible: tuple[float, float] = (0.97, 1.0)
    contrast: tuple[float, float] = (1.0, 21.0)
    font_px: tuple[float, float] = (20.0, 20.0)
    inside: tuple[float, float] = (0.0, 1.0)
    covered_by: str | None = None
    text: str = WORDS
    css: str = ""


def styled(style: str, after: str = "", **expected) -> Situation:
    return Situation(f'<p id=t style="{style}">{WORDS}</p>{after}', **expected)


def under(cover: str, **expected) -> Situation:
    """The text under something that fills the place."""
    full = "position:absolute;left:0;top:0;width:600px;height:110px"
    return styled("", cover.replace("FULL", full), **expected)


GONE = (0.0, 0.02)
CLEAR = (15.0, 21.0)

SITUATIONS: dict[str, Situation] = {
    # legible
    "plain": styled("", contrast=(21, 21), inside=(1, 1)),
    "grey": styled("color:#777", contrast=(4.3, 4.6)),
    "pale": styled("color:#ddd", contrast=(1.2, 1.5)),
    "alpha": styled("color:rgba(0,0,0,.5)", contrast=(3.8, 4.1)),
    "opacity": styled("opacity:.4", contrast=(2.7, 3.0)),
    "under a transparent box": under("<i style='FULL'></i>", contrast=CLEAR),
    "under a pale veil": under(
        "<i style='FULL;background:rgba(255,255,255,.5)'></i>", contrast=(3, 5)
    ),
    "on a gradient": styled(
        "background:linear-gradient(90deg,#fff,#ddd);width:200px", contrast=(12, 21)
    ),
    "into its own colour": styled(
        "background:linear-gradient(90deg,#111,#ddd);width:164px",
        contrast=(1, 2.5),
        visible=(0.8, 1),
    ),
    "on a picture": Situation(
        f"<img src=rick.jpg width=400 height=80 style='position:absolute'><p id=t style='position:absolute;color:#fff;background:#000'>{WORDS}</p>",
        contrast=CLEAR,
    ),
    "letters cut out of a gradient": styled(
        "background:linear-gradient(#00f,#00a);-webkit-background-clip:text;color:transparent",
        contrast=(7, 16),
    ),
    "outlined": styled("color:#fff;-webkit-text-stroke:1px #000", contrast=(8, 21)),
    "inverted by a blend mode": Situation(
        f"<div style='background:#000'><p id=t style='color:#fff;mix-blend-mode:difference'>{WORDS}</p></div>",
        contrast=CLEAR,
    ),
    "struck through": styled("text-decoration:line-through", contrast=(10, 21)),
    "underlined": styled("text-decoration:underline 3px", contrast=(10, 21)),
    "spaced": styled("letter-spacing:20px", contrast=CLEAR),
    "justified": styled("text-align-last:justify;width:500px", contrast=CLEAR),
    "rotated": styled("transform:rotate(20deg);width:200px;margin:40px", contrast=CLEAR),
    "scaled": styled(
        "transform:scale(.5);transform-origin:0 0", font_px=(10, 10), contrast=(10, 21)
    ),
    "zoomed": styled("zoom:2", font_px=(40, 40), contrast=CLEAR),
    "vertical": styled(
        "writing-mode:vertical-rl;height:110px;white-space:nowrap;font-size:12px", font_px=(12, 12)
    ),
    "right to left": styled("direction:rtl", contrast=CLEAR),
    "Hebrew": Situation("<p id=t dir=rtl>שלום עולם</p>", text="שלום עולם", contrast=CLEAR),
    "in a table": Situation(f"<table><tr><td id=t>{WORDS}</table>"),
    "fostered": Situation(f"<table><p id=t>{WORDS}</p><tr><td>cell</table>"),
    "in a flex item": Situation(
        f"<div style='display:flex;gap:9px'><b>x</b><span id=t>{WORDS}</span></div>"
    ),
    "in a grid item": Situation(
        f"<div style='display:grid;grid-template-columns:1fr 2fr'><b>x</b><p id=t>{WORDS}</p></div>"
    ),
    "in columns": Situation(f"<div style='columns:2;width:260px'><p id=t>{WORDS}</p></div>"),
    "out of a clip": Situation(
        f"<div style='height:0;overflow:hidden'><p id=t style='position:absolute'>{WORDS}</p></div>"
    ),
    "above in z": Situation(
        f"<div style='position:relative;z-index:2'><p id=t>{WORDS}</p></div><i style='position:absolute;left:0;top:0;width:600px;height:110px;background:#ff8'></i>",
        contrast=CLEAR,
    ),
    "in SVG": Situation(
        f"<svg width=400 height=60><text id=t x=5 y=30>{WORDS}</text></svg>", contrast=CLEAR
    ),
    "scaled in SVG": Situation(
        f"<svg width=400 height=60 viewBox='0 0 200 30'><text id=t x=5 y=20 font-size=8>{WORDS}</text></svg>",
        font_px=(16, 16),
    ),
    "upper case": styled("text-transform:uppercase", text=WORDS.upper()),
    "collapsed": Situation("<p id=t>  Visible \n\t words&nbsp; here </p>"),
    "inert": Situation(f"<p id=t inert>{WORDS}</p>"),
    "with !important of its own": styled(
        "-webkit-text-fill-color:#123!important;text-shadow:0 0 1px #abc!important",
        contrast=(10, 21),
    ),
    "layered !important": Situation(
        f"<p id=t class=lay>{WORDS}</p>",
        css="@layer z{.lay{-webkit-text-fill-color:#00c!important}}",
        contrast=(8, 13),
    ),
    # partly hidden
    "half covered": under(
        "<i style='FULL;width:82px;background:#abc'></i>", visible=(0.4, 0.6), covered_by="i"
    ),
    "lower half covered": under(
        "<i style='FULL;top:12px;background:#abc'></i>", visible=(0.2, 0.7), covered_by="i"
    ),
    "upper half covered": under(
        "<i style='FULL;height:14px;background:#abc'></i>", visible=(0.2, 0.6), covered_by="i"
    ),
    "half in its own colour": styled(
        "background:linear-gradient(90deg,#000 50%,#fff 50%);width:164px", visible=(0.35, 0.6)
    ),
    "half clipped": Situation(
        f"<div style='width:82px;overflow:hidden;white-space:nowrap'><p id=t>{WORDS}</p></div>",
        visible=(0.4, 0.6),
        inside=(0.4, 0.6),
    ),
    "cut by an ellipsis": styled(
        "width:90px;overflow:hidden;white-space:nowrap;text-overflow:ellipsis",
        visible=(0.3, 0.5),
        inside=(0.3, 0.5),
    ),
    "clamped to a line": styled(
        "width:90px;display:-webkit-box;-webkit-line-clamp:1;-webkit-box-orient:vertical;overflow:hidden",
        visible=(0.2, 0.55),
    ),
    "lower half clipped by a path": styled("clip-path:inset(0 0 50% 0)", visible=(0.3, 0.7)),
    "half masked": styled(
        "mask-image:linear-gradient(90deg,#000 50%,transparent 50%);width:164px", visible=(0.4, 0.6)
    ),
    "blurred": styled("filter:blur(4px)", visible=(0, 0.8), contrast=(1, 1.6)),
    # hidden
    "same colour": styled("color:#fff", visible=GONE),
    "nearly the same colour": styled("color:#fefefe", visible=GONE),
    "transparent": styled("color:transparent", visible=GONE),
    "one per cent": styled("color:rgba(0,0,0,.01)", visible=GONE),
    "no opacity": styled("opacity:0", visible=GONE),
    "opacities add up": Situation(
        f"<div style='opacity:.15'><div style='opacity:.1'><p id=t>{WORDS}</p></div></div>",
        visible=GONE,
    ),
    "filter": styled("filter:opacity(0)", visible=GONE),
    "inverted away": styled("filter:invert(1)", visible=GONE),
    "blurred away": styled("filter:blur(30px)", visible=GONE),
    "blended away": Situation(
        f"<div style='background:#000'><p id=t style='color:#fff;mix-blend-mode:multiply'>{WORDS}</p></div>",
        visible=GONE,
    ),
    "not visible": styled("visibility:hidden", visible=GONE),
    "not displayed": styled("display:none", visible=GONE),
    "in closed details": Situation(
        f"<details><summary>More</summary><p id=t>{WORDS}</p></details>", visible=GONE
    ),
    "content not visible": Situation(
        f"<div style='content-visibility:hidden'><p id=t>{WORDS}</p></div>", visible=GONE
    ),
    "one pixel": styled("font-size:1px", visible=GONE, font_px=(1, 1)),
    "no pixel": styled("font-size:0", visible=GONE, font_px=(0, 0)),
    "scaled away": styled("transform:scale(.04)", visible=GONE, font_px=(0.79, 0.81)),
    "on edge": Situation(
        f"<div style='perspective:300px'><p id=t style='transform:rotateX(90deg)'>{WORDS}</p></div>",
        visible=GONE,
        font_px=(0, 1),
    ),
    "left of the page": styled("position:absolute;left:-2000px", visible=GONE, inside=(0, 0)),
    "indented away": styled("text-indent:-2000px", visible=GONE, inside=(0, 0)),
    "clipped away": Situation(
        f"<div style='height:0;overflow:hidden'><p id=t>{WORDS}</p></div>",
        visible=GONE,
        inside=(0, 0),
    ),
    "contained away": Situation(
        f"<div style='height:1px;width:1px;contain:paint'><p id=t>{WORDS}</p></div>",
        visible=(0, 0.03),
    ),
    "clipped by a path": styled("clip-path:inset(100%)", visible=GONE),
    "clipped by a rectangle": styled("position:absolute;clip:rect(0,0,0,0)", visible=GONE),
    "masked": styled("mask-image:linear-gradient(transparent,transparent)", visible=GONE),
    "covered": under("<i style='FULL;background:#abc'></i>", visible=GONE, covered_by="i"),
    "covered by what lets the mouse through": under(
        "<i style='FULL;background:#abc;pointer-events:none'></i>", visible=GONE, covered_by="i"
    ),
    "covered by a picture": under(
        "<img src=rick.jpg style='FULL'>", visible=GONE, covered_by="img"
    ),
    "covered by an outline": under(
        "<i style='position:absolute;left:280px;top:20px;width:1px;height:1px;outline:300px solid gold;clip-path:inset(-20px -300px -80px -280px)'></i>",
        visible=GONE,
    ),
    "covered by a shadow": under(
        "<i style='position:absolute;left:0;top:60px;width:500px;height:9px;box-shadow:0 -50px 0 25px gold'></i>",
        visible=GONE,
    ),
    "covered by its own ::after": Situation(
        f"<p id=t class=own>{WORDS}</p>",
        css=".own{position:relative}.own::after{content:'';position:absolute;inset:0;background:gold}",
        visible=GONE,
    ),
    "covered by its own line": styled("text-decoration:line-through 24px #000", visible=GONE),
    "behind its parent's background": Situation(
        f"<div style='background:#eee;height:90px'><p id=t style='position:relative;z-index:-1'>{WORDS}</p></div>",
        visible=GONE,
    ),
    "behind a card": Situation(
        f"<p id=t style='position:absolute'>{WORDS}</p><p style='position:absolute;background:#fff;width:300px'>Another text over it</p>",
        visible=GONE,
        covered_by="p",
    ),
    "white under black words": Situation(
        f"<p id=t style='position:absolute;color:#fff'>{WORDS}</p><p style='position:absolute'>{WORDS}</p>",
        visible=GONE,
    ),
    "covered in SVG": Situation(
        f"<svg width=400 height=60><text id=t x=5 y=30>{WORDS}</text><rect width=400 height=60 fill=gold /></svg>",
        visible=GONE,
        covered_by="rect",
    ),
    "without fill in SVG": Situation(
        f"<svg width=400 height=60><text id=t x=5 y=30 fill=none>{WORDS}</text></svg>", visible=GONE
    ),
    "the back of a card": styled(
        "transform:rotateY(180deg);backface-visibility:hidden", visible=GONE
    ),
    # not what it says
    "dots": styled("-webkit-text-security:disc", text="••••••• ••••• ••••"),
    "turned around": styled("unicode-bidi:bidi-override;direction:rtl", text=WORDS[::-1]),
}


def page_of(names: list[str]) -> str:
    """A page with the places of some situations; their ids get the number of the place."""
    places = "".join(
        f"<section>{SITUATIONS[name].html.replace('id=t', f'id=t{number}')}</section>"
        for number, name in enumerate(names)
    )
    css = "".join(SITUATIONS[name].css for name in names)
    base = "body{margin:0;font:20px/1.3 'Liberation Sans'}p,section p{margin:0}section{position:relative;height:120px;width:600px;padding:2px 20px;z-index:0;box-sizing:border-box}"
    return f"<!DOCTYPE html><style>{base}{css}</style>{places}"
