"""Pages that no author should write."""

# ruff: noqa: E501  # a page reads best unbroken
from __future__ import annotations

ODD = {
    "empty": "",
    "white space": " \n\t\n ",
    "plain text": "just words & more <",
    "binary": bytes(range(256)).decode("latin-1") * 40,
    "not even text": "\ud800<p>a\udfff</p>\udc00",
    "null": "\0<p>a\0b</p>\0",
    "byte order mark": "\ufeff<p>a</p>",
    "unclosed": "<div><table><td><p><b><i><a href='" + "x" * 5000,
    "tags by the thousand": "<b>" * 21_000,
    "nested": "<div>" * 30_000 + "x",
    "nested, closed": "<div>" * 19_000 + "x" + "</div>" * 19_000,
    "nested formatting": ("<b><p><i>" * 3000) + "x",
    "tables in tables": "<table><tr><td>" * 3000 + "x",
    "one long word": "<p>" + "W" * 200_000,
    "one attribute": "<p title='" + "y" * 200_000 + "'>x",
    "xml": "<?xml version='1.0'?><html xmlns='http://www.w3.org/1999/xhtml'><body><p/>x</body></html>",
    "no body": "<html><head><title>t</title></head></html>",
    "frame set": "<frameset cols='50%,50%'><frame><frame></frameset>",
    "only a comment": "<!-- x",
    "refresh to itself": "<meta http-equiv=refresh content=0><p>x",
    "refresh to nothing": "<meta http-equiv=refresh content='0;url=about:blank'><p>x",
    "refresh to data": "<meta http-equiv=refresh content='0;url=data:text/html,y'><p>x",
    "own policy": "<meta http-equiv=Content-Security-Policy content=\"default-src 'none'; style-src 'none'\"><p>x",
    "wide": "<div style='width:200000px;height:9px'>x</div>",
    "high": "<div style='height:200000px'>x</div>",
    "high by transform": "<div style='transform:scale(1,9999);height:100px'>x</div>",
    "large": "<div style='height:15000px;width:15000px'>x</div>",
    "endless animation": "<style>@keyframes k{to{transform:translateX(300px);background:red}}p{animation:k .3s infinite alternate}</style><p>x",
    "marquee": "<marquee>x</marquee>",
    "moving svg": "<svg width=90 height=90><rect width=9 height=9><animate attributeName=x to=80 dur=1s repeatCount=indefinite /></rect></svg>",
    "focus": "<input autofocus value=x>",
    "frames in frames": "<iframe srcdoc=\"<iframe srcdoc='<p>x'></iframe>\"></iframe>" * 20,
    "huge font": "<p style='font-size:100000px'>x",
    "blur": "<div style='filter:blur(900px);width:600px;height:9000px;background:red'></div>" * 2,
    "many shadows": "<p style='box-shadow:" + ",".join(["0 0 90px red"] * 500) + "'>x",
    "popover and dialog": "<dialog open>x</dialog><div popover>y</div><details open>z</details>",
    "files": "<img src='file:///etc/hostname'><iframe src='file:///etc/passwd'></iframe><link rel=stylesheet href='file:///etc/passwd'><object data='file:///etc/passwd'></object>",
    "browser's own": "<iframe src='chrome://version'></iframe><img src='chrome://favicon/'><iframe src='view-source:http://a/'></iframe><iframe src='about:blank'></iframe>",
}  # fmt: skip
"""Name -> page; each of them has a status, with scripts or without."""

LIMIT = {
    "tags by the thousand": "elements",
    "nested": "elements",
    "nested formatting": "elements",
    "tables in tables": "canvas",
    "one long word": "canvas",
    "wide": "canvas",
    "high": "canvas",
    "high by transform": "canvas",
    "large": "canvas",
    "huge font": "canvas",
    "blur": "canvas",
}
"""Name -> the limit that a page meets; every other is drawn."""

SCRIPTS = {
    "loop": "for (;;) {}",
    "loop, later": "setTimeout(() => { for (;;) {} }, 0)",
    "loop of promises": "(function f() { Promise.resolve().then(f) })()",
    "loop of frames": "(function f() { requestAnimationFrame(f); let t = performance.now(); while (performance.now() - t < 30); })()",
    "timers": "for (let i = 0; i < 5000; i++) setInterval(() => document.body.append('x'.repeat(50)), 0)",
    "reloads": "setInterval(() => location.reload(), 0); location.reload()",
    "reload at once": "location.reload(); location = location.href + '?a'; location.hash = 'b'",
    "dialogs": "alert(1); confirm(2); prompt(3); print(); onbeforeunload = () => 'stay'",
    "dialogs for ever": "setInterval(() => alert(1), 0)",
    "writes": "document.open(); document.write('<p>y'); document.close()",
    "writes for ever": "document.open(); document.write('<p>y')",
    "no document": "document.documentElement.remove()",
    "memory": "const a = []; for (;;) a.push(new Uint8Array(1 << 20).fill(1))",
    "memory of elements": "for (;;) { const d = document.createElement('div'); d.innerHTML = '<p>x</p>'.repeat(1000); document.body.append(d) }",
    "memory of canvases": "window.a = []; setInterval(() => { for (let i = 0; i < 20; i++) { const c = document.createElement('canvas'); c.width = c.height = 4000; const x = c.getContext('2d'); x.fillRect(0, 0, 4000, 4000); x.getImageData(0, 0, 1, 1); a.push(c) } }, 0)",
    "memory of strings": "let s = 'x'; for (;;) s += s",
    "deep": "(function f() { f() })()",
    "elements": "document.body.innerHTML = '<i></i>'.repeat(60000)",
    "overwritten": "for (const k of ['querySelectorAll', 'getElementsByTagName', 'createElement', 'getAnimations']) Document.prototype[k] = () => { throw 1 }; Promise.prototype.then = () => { throw 2 }; Object.defineProperty(Document.prototype, 'fonts', {get() { throw 3 }}); Array.prototype.filter = 4; window.getComputedStyle = 5; Object.prototype.toJSON = () => 'no'",
    "history": "for (let i = 0; i < 300; i++) history.pushState(i, '', '#' + i)",
    "full screen": "document.documentElement.requestFullscreen().catch(() => 0); document.documentElement.requestPointerLock()",
    "permissions": "Notification.requestPermission(); navigator.geolocation && navigator.geolocation.getCurrentPosition(() => 0); navigator.mediaDevices && navigator.mediaDevices.getUserMedia({audio: true}).catch(() => 0); navigator.clipboard && navigator.clipboard.readText().catch(() => 0)",
    "console": "for (let i = 0; i < 3000; i++) console.log('x'.repeat(100), {i})",
    "requests": "for (let i = 0; i < 500; i++) new Image().src = '/' + i",
    "errors": "setInterval(() => { throw new Error('x') }, 0); throw 1",
    "closing": "window.close(); self.stop()",
}  # fmt: skip
"""Name -> script."""

SCRIPT_LIMITS = {
    "loop": "cpu",
    "loop, later": "cpu",
    "loop of promises": "cpu",
    "timers": "canvas",
    "memory": "memory",
    "memory of elements": "memory",
    "memory of canvases": "memory",
    "elements": "elements",
}
"""Name -> the limit that a script meets; with every other the page is drawn."""
