"""No page reaches anything, by any layer; the listener would see it."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from listener import Listener
from page_attacks import SCRIPTED, STILL, at, page
from plain_renders import renderer

from vsdpo_jax.domains.web.browser import contain, launch
from vsdpo_jax.domains.web.browser.launch import NOBODY, Browser
from vsdpo_jax.domains.web.browser.renderer import BrowserRenderer

WITHOUT_NETWORK_FLAGS = tuple(flag for flag in contain.FLAGS if flag not in contain.NETWORK_FLAGS)
ATTACKS = {**STILL, **{name: page(script) for name, script in SCRIPTED.items()}}
_SETTLES_S = 0.1  # what was begun when the page had been drawn
# Nobody comes for these by themselves, or comes only where they are registered first.
_SHY = {
    "svg in an image",
    "preconnect",
    "icon and manifest",
    "report",
    "link, pinged",
    "web transport",
    "shared worker",
    "service worker",
    "worklet",
}


@pytest.mark.parametrize("name", STILL)
def test_no_page_reaches_a_server(
    name: str, either: BrowserRenderer, listener: Listener, is_healthy: Callable
) -> None:
    """Everything that HTML and CSS can load; the answer is the page without it."""
    artifact = either.run(at(STILL[name], listener.port))
    assert artifact.status == "ok", artifact.error
    is_healthy(either)
    assert listener.taken() == []


@pytest.mark.parametrize("name", SCRIPTED)
def test_no_script_reaches_a_server(
    name: str, scripted: BrowserRenderer, listener: Listener, is_healthy: Callable
) -> None:
    artifact = scripted.run(at(page(SCRIPTED[name]), listener.port))
    assert artifact.status in ("ok", "program_error"), artifact.error
    time.sleep(_SETTLES_S)
    is_healthy(scripted)
    assert listener.taken() == []


def test_scripts_do_not_run_unless_they_are_asked_for(
    still: BrowserRenderer, listener: Listener, good: bytes
) -> None:
    every = "".join(
        f"<script>try {{ {script} }} catch {{}}</script>" for script in SCRIPTED.values()
    )
    handlers = '<img src=x onerror="document.body.textContent = \'no\'"><svg onload="alert(1)">'
    artifact = still.run(at(f"<p>x</p>{every}", listener.port))
    assert artifact.payload == still.run("<p>x</p>").payload
    assert still.run(handlers + "</svg>").payload == still.run("<img src=x><svg></svg>").payload
    assert listener.taken() == []


def _visit(browser: Browser, sources: list[str], wait_ms: float) -> None:
    """Open pages side by side, as a browser would that nothing else contains."""
    context = browser.browser.new_context()
    for source in sources:
        tab = context.new_page()
        tab.set_content(source, wait_until="commit")
        tab.wait_for_timeout(wait_ms)
    context.close()


@pytest.mark.long
def test_the_listener_sees_what_nothing_contains(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the layers the attacks arrive; otherwise no test here could fail."""
    monkeypatch.setattr(launch, "FLAGS", WITHOUT_NETWORK_FLAGS)
    seen = set()
    with Listener() as listener, Browser(network="host") as browser:
        for name, source in ATTACKS.items():
            _visit(browser, [at(source, listener.port)], 400.0)
            if listener.taken():
                seen.add(name)
    assert {*ATTACKS} - seen <= _SHY


@pytest.mark.slow
@pytest.mark.parametrize(
    ("flags", "network"),
    [(WITHOUT_NETWORK_FLAGS, "host"), (contain.FLAGS, "host"), (WITHOUT_NETWORK_FLAGS, "none")],
    ids=["none", "flags", "namespace"],
)
def test_one_layer_is_enough(
    flags: tuple[str, ...], network: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither the answers nor being offline nor the other layer stand behind it."""
    monkeypatch.setattr(launch, "FLAGS", flags)
    with Listener() as listener, Browser(network=network) as browser:
        if network == "none" and _network_of(browser.family.root) == _network_of(os.getpid()):
            pytest.skip("this kernel grants no network namespace")
        sources = [at(source, listener.port) for source in ATTACKS.values()]
        for first in range(0, len(sources), 12):
            _visit(browser, sources[first : first + 12], 30.0)
        hits = listener.taken()
    if flags is WITHOUT_NETWORK_FLAGS and network == "host":
        assert len(hits) > 40
    else:
        assert hits == []


def _network_of(pid: int) -> set[str]:
    """The network namespaces of a process and of its children."""
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return {os.readlink(f"/proc/{each}/ns/net") for each in children or [pid]}


def test_pages_are_read_by_a_confined_process_of_another_user() -> None:
    with Browser() as browser:
        browser.browser.new_page().evaluate("1")
        commands = {
            pid: Path(f"/proc/{pid}/cmdline").read_bytes() for pid in browser.family.members()
        }
        readers = [pid for pid, command in commands.items() if b"--type=renderer" in command]
        assert readers
        assert not any(b"--no-sandbox" in command for command in commands.values())
        for pid in readers:
            status = Path(f"/proc/{pid}/status").read_text()
            assert "Seccomp:\t2\n" in status
            if os.geteuid() == 0:
                assert f"Uid:\t{NOBODY}\t{NOBODY}\t{NOBODY}\t{NOBODY}\n" in status
            assert "CapEff:\t0000000000000000\n" in status


def test_no_sandbox_only_where_it_is_said(caplog: pytest.LogCaptureFixture, good: bytes) -> None:
    with renderer(unsafe=True) as opened:
        assert "without the browser's own sandbox" in caplog.text
        assert opened.run("<p>x").status == "ok"


KEEPING = """
const found = [];
found.push(document.cookie, localStorage.a, sessionStorage.a, name, history.length > 2);
const wait = indexedDB.databases().then((all) => found.push(all.length))
  .then(() => window.caches && caches.keys()).then((all) => found.push(all && all.length));
document.cookie = 'a=1; max-age=9999';
localStorage.a = sessionStorage.a = name = 'kept';
indexedDB.open('a');
window.caches && caches.open('a');
history.pushState(0, '', '#a');
history.pushState(0, '', '#b');
document.write('<p id=p>waiting</p>');
wait.then(() => { p.textContent = JSON.stringify(found) });
"""


def test_no_page_finds_what_another_kept(scripted: BrowserRenderer) -> None:
    pictures = {scripted.run(page(KEEPING)).payload for _ in range(3)}
    assert len(pictures) == 1


def test_no_link_is_visited(either: BrowserRenderer) -> None:
    style = "<style>a { color: blue } a:visited { color: red }</style>"
    plain = either.run(f"{style}<a href='http://elsewhere.invalid/'>x</a>").payload
    for target in ("#", "#a", "/", "?", "rick.jpg"):
        assert either.run(f"{style}<a href='{target}'>x</a>").payload == plain
