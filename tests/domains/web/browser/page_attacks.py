"""Pages that reach for what is outside. HOST stands for address and port of a live server."""

# ruff: noqa: E501  # a page reads best unbroken
from __future__ import annotations

STILL = {
    "image": "<img src='http://HOST/a.png'>",
    "image, named localhost": "<img src='http://localhost:PORT/a.png'>",
    "image, IPv6": "<img src='http://[::ffff:127.0.0.1]:PORT/a.png'>",
    "image, decimal address": "<img src='http://2130706433:PORT/a.png'>",
    "image, other scheme": "<img src='https://HOST/a.png'><img src='ftp://HOST/a.png'>",
    "image set": "<img srcset='http://HOST/a.png 1x'><picture><source srcset='//HOST/b.png'><img></picture>",
    "base": "<base href='http://HOST/'><img src='rick.jpg'>",
    "background": "<body background='http://HOST/a.png'><p style='background:url(//HOST/b.png)'>x",
    "style sheet": "<link rel=stylesheet href='http://HOST/a.css'><p>x",
    "import chain": "<style>@import url('http://HOST/a.css'); @import 'data:text/css,@import%20url(http://HOST/b.css)';</style><p>x",
    "font": "<style>@font-face{font-family:f;src:url(http://HOST/f.woff2)}p{font-family:f}</style><p>x",
    "cursor and list": "<style>p{cursor:url(http://HOST/c.cur),auto;list-style:url(http://HOST/d.png);display:list-item}</style><p>x",
    "generated content": "<style>p::before{content:url(http://HOST/a.png)}</style><p>x",
    "mask and filter": "<p style='mask:url(http://HOST/m.svg#a);filter:url(http://HOST/f.svg#a)'>x",
    "svg": "<svg width=9 height=9><image href='http://HOST/a.png' width=9 height=9/><use href='http://HOST/b.svg#a'/></svg>",
    "svg in an image": "<img src=\"data:image/svg+xml,<svg xmlns='http://www.w3.org/2000/svg'><image href='http://HOST/a.png'/></svg>\">",
    "frame": "<iframe src='http://HOST/'></iframe>",
    "frame set": "<frameset><frame src='http://HOST/'></frameset>",
    "frame of its own text": "<iframe srcdoc=\"<img src='http://HOST/a.png'><iframe src='http://HOST/'></iframe>\"></iframe>",
    "data frame": "<iframe src=\"data:text/html,<img src='http://HOST/a.png'><script>fetch('http://HOST/b')</script>\"></iframe>",
    "data frame, sandboxed": "<iframe sandbox='allow-scripts' src=\"data:text/html,<img src='http://HOST/a.png'><script>fetch('http://HOST/b')</script>\"></iframe>",
    "object and embed": "<object data='http://HOST/a'></object><embed src='http://HOST/b'>",
    "video and audio": "<video src='http://HOST/a.mp4' poster='http://HOST/b.png' autoplay></video><audio src='http://HOST/c.mp3' autoplay></audio><video><source src='http://HOST/d.mp4'><track default src='http://HOST/e.vtt'></video>",
    "preconnect": "<link rel=preconnect href='http://HOST'><link rel=dns-prefetch href='//HOST'><p>x",
    "preload": "<link rel=preload as=image href='http://HOST/a.png'><link rel=prefetch href='http://HOST/b'><link rel=modulepreload href='http://HOST/c.js'><link rel=prerender href='http://HOST/d'><p>x",
    "speculation rules": '<script type=speculationrules>{"prerender":[{"source":"list","urls":["http://HOST/a"],"eagerness":"immediate"}],"prefetch":[{"source":"list","urls":["http://HOST/b"],"eagerness":"immediate"}]}</script><p>x',
    "icon and manifest": "<link rel=icon href='http://HOST/i.png'><link rel=manifest href='http://HOST/m.json'><p>x",
    "refresh": "<meta http-equiv=refresh content='0;url=http://HOST/'><p>x",
    "input image": "<form action='http://HOST/'><input type=image src='http://HOST/a.png'></form>",
    "report": "<meta http-equiv='Content-Security-Policy' content=\"img-src 'none'; report-uri http://HOST/r\"><img src='http://HOST/a.png'>",
    "import map": '<script type=importmap>{"imports":{"a":"http://HOST/a.js"}}</script><script type=module>import \'a\'</script><p>x',
    "script": "<script src='http://HOST/a.js'></script><p>x",
    "link, pinged": "<a id=a href='http://HOST/' ping='http://HOST/p'>x</a>",
}
"""Name -> page that needs no script of its own."""

SCRIPTED = {
    "fetch": "fetch('http://HOST/a').catch(() => 0); fetch('http://HOST/b', {mode: 'no-cors', keepalive: true}).catch(() => 0)",
    "request": "const r = new XMLHttpRequest(); r.open('GET', 'http://HOST/a'); r.send()",
    "request, synchronous": "const r = new XMLHttpRequest(); r.open('GET', 'http://HOST/a', false); try { r.send() } catch {}",
    "beacon": "navigator.sendBeacon('http://HOST/a', 'x')",
    "event source": "new EventSource('http://HOST/a')",
    "web socket": "new WebSocket('ws://HOST/a')",
    "web socket stream": "try { new WebSocketStream('ws://HOST/a') } catch {}",
    "web transport": "try { new WebTransport('https://HOST/a').ready.catch(() => 0) } catch {}",
    "web rtc": "const p = new RTCPeerConnection({iceServers: [{urls: 'stun:HOST'}, {urls: 'turn:HOST?transport=tcp', username: 'a', credential: 'b'}]}); p.createDataChannel('x'); p.createOffer().then((o) => p.setLocalDescription(o))",
    "worker": "new Worker(URL.createObjectURL(new Blob([\"fetch('http://HOST/a'); new WebSocket('ws://HOST/b'); importScripts('http://HOST/c')\"])))",
    "shared worker": "new SharedWorker(URL.createObjectURL(new Blob([\"fetch('http://HOST/a'); new WebSocket('ws://HOST/b')\"])))",
    "service worker": "navigator.serviceWorker && navigator.serviceWorker.register('/s.js').catch(() => 0)",
    "worklet": "CSS.paintWorklet && CSS.paintWorklet.addModule('http://HOST/a.js').catch(() => 0)",
    "popup": "open('http://HOST/a'); open('http://HOST/b', '_blank', 'noopener')",
    "popup by a link": "const a = document.createElement('a'); a.href = 'http://HOST/a'; a.target = '_blank'; document.body.append(a); a.click()",
    "download": "const a = document.createElement('a'); a.href = 'http://HOST/a'; a.download = 'x'; document.body.append(a); a.click()",
    "going elsewhere": "location.href = 'http://HOST/a'",
    "going elsewhere later": "setTimeout(() => location.replace('http://HOST/a'), 5)",
    "form": "const f = document.createElement('form'); f.action = 'http://HOST/a'; f.method = 'post'; document.body.append(f); f.submit()",
    "import": "import('http://HOST/a.js').catch(() => 0)",
    "blob frame": "const f = document.createElement('iframe'); f.src = URL.createObjectURL(new Blob([\"<script>fetch('http://HOST/a'); new WebSocket('ws://HOST/b')<\" + '/script>'], {type: 'text/html'})); document.body.append(f)",
    "frame written into": "const f = document.createElement('iframe'); document.body.append(f); f.contentWindow.fetch('http://HOST/a').catch(() => 0); new f.contentWindow.WebSocket('ws://HOST/b')",
    "image of a script": "new Image().src = 'http://HOST/a'",
    "font face": "new FontFace('f', 'url(http://HOST/f)').load().catch(() => 0)",
    "style": "document.body.style.backgroundImage = \"url('http://HOST/a')\"",
}
"""Name -> script."""


def page(script: str) -> str:
    """A page that runs a script."""
    return f"<!DOCTYPE html><body><p>x</p><script>{script}</script>"


def at(source: str, port: int) -> str:
    """The page with a live server's address."""
    return source.replace("HOST", f"127.0.0.1:{port}").replace("PORT", str(port))
