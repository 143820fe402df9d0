"""Pages that would look different from one moment to the next."""

# ruff: noqa: E501  # a page reads best unbroken
from __future__ import annotations

import base64
import io

from PIL import Image


def _gif() -> str:
    frames = [Image.new("RGB", (60, 60), color) for color in ("red", "lime", "blue", "yellow")]
    buffer = io.BytesIO()
    frames[0].save(buffer, "GIF", save_all=True, append_images=frames[1:], duration=40, loop=0)
    return base64.b64encode(buffer.getvalue()).decode()


_KEYS = (
    "<style>@keyframes k{to{transform:translateX(300px)}}p{animation:k .3s infinite}</style><p>x"
)
MOVING = {
    "endless": _KEYS,
    "in a frame": f'<iframe srcdoc="{_KEYS}"></iframe>',
    "in a closed tree": f"<div><template shadowrootmode=closed>{_KEYS}</template></div>",
    "in an open tree": f"<div><template shadowrootmode=open>{_KEYS}</template></div>",
    "marquee": "<marquee scrollamount=50>text text text text</marquee>",
    "marquee to and fro": "<marquee behavior=alternate truespeed scrolldelay=1>text</marquee><p style='height:2000px'>x",
    "marquee that stops": "<marquee behavior=slide direction=right loop=1 scrollamount=90>text</marquee>",
    "marquee upwards": "<div style='height:900px'>x</div><marquee direction=up height=80 scrollamount=9>text<br>more</marquee>",
    "gif": f"<img src='data:image/gif;base64,{_gif()}'>",
    "gif behind": f"<p style='height:99px;background:url(data:image/gif;base64,{_gif()})'>",
    "svg": "<svg width=90 height=90><rect width=9 height=9><animate attributeName=x to=80 dur=.5s repeatCount=indefinite /></rect></svg>",
    "svg image": "<img src=\"data:image/svg+xml,<svg xmlns='http://www.w3.org/2000/svg' width='90' height='90'><rect width='9' height='9'><animate attributeName='x' to='80' dur='.5s' repeatCount='indefinite'/></rect></svg>\">",
    "controls": "<progress></progress><meter value=.5></meter><input type=date><input type=range><input type=color><select><option>a</select><textarea>x</textarea><video controls></video><audio controls></audio>",
    "caret": "<input autofocus value=x style='height:90px;font-size:80px'>",
    "transition": "<style>p{opacity:1;transition:opacity 2s}@starting-style{p{opacity:0}}</style><p>x",
    "scroll": "<style>@keyframes k{to{background:red}}p{animation:k linear;animation-timeline:scroll();height:2000px}</style><p>x",
    "drawing": "<div style='height:300px;background:conic-gradient(red,blue,red);filter:blur(3px);border-radius:50%;box-shadow:0 9px 30px #0008;transform:rotate(7deg)'>x</div><img src=rick.jpg style='width:37%;mix-blend-mode:multiply'>",
    "fonts": "<p>日本語 العربية <i>f</i> <b style='font-family:serif'>ffi</b> <code>x</code><p style='font:300 italic 33.3px/1.1 cursive'>abc",
}  # fmt: skip
"""Name -> page."""
ENDED = "<style>@keyframes k{from{opacity:0;transform:translateX(200px)}}p{animation:k 300s 9s both}</style><p>x"
"""An animation that ends, in the end, with the page as if it had none."""
