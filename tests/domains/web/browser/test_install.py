"""Installing a browser: none where there is one, apt before Playwright, a sentence at the end."""

from __future__ import annotations

import subprocess
from typing import Any

import pytest

from vsdpo_jax.domains import debian
from vsdpo_jax.domains.web.browser import install
from vsdpo_jax.sandbox import SandboxUnavailable


@pytest.fixture
def machine(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """A machine without a browser: what is run there, and which commands succeed."""
    state: dict[str, Any] = {"commands": [], "works": (), "root": True, "apt": True}

    def works(command: str) -> bool:
        return any(word in command for word in state["works"])

    def run(command: list[str], **options: Any) -> subprocess.CompletedProcess:
        state["commands"].append(" ".join(command))
        return subprocess.CompletedProcess(command, 0 if works(state["commands"][-1]) else 1)

    def find() -> None:
        installs = [c for c in state["commands"] if "--yes" in c or "playwright" in c]
        if not any(works(command) for command in installs):
            raise SandboxUnavailable("there is no Chromium: install one")

    monkeypatch.setattr(install, "find_browser", find)
    monkeypatch.setattr(install.subprocess, "run", run)
    monkeypatch.setattr(debian.os, "geteuid", lambda: 0 if state["root"] else 1000)
    monkeypatch.setattr(debian.shutil, "which", lambda name: name if state["apt"] else None)
    return state


def test_nothing_is_done_where_there_is_one(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(install, "find_browser", lambda: None)
    monkeypatch.setattr(install.subprocess, "run", lambda *a, **k: pytest.fail("nothing to run"))
    assert install.main() == 0


def test_as_root_on_debian_it_comes_from_there(machine: dict[str, Any]):
    machine["works"] = ("apt-get",)
    assert install.main() == 0
    assert "--yes" in machine["commands"][-1]
    assert not any("playwright" in command for command in machine["commands"])


@pytest.mark.parametrize(("root", "apt"), [(True, True), (True, False), (False, True)])
def test_elsewhere_playwright_brings_it(machine: dict[str, Any], root: bool, apt: bool):
    machine.update(root=root, apt=apt, works=("playwright",))
    assert install.main() == 0
    last = machine["commands"][-1]
    assert "playwright install" in last
    assert ("--with-deps" in last) == root
    assert not any("--yes" in command for command in machine["commands"])


def test_what_is_to_be_done_by_hand_is_said(machine: dict[str, Any], capsys: Any):
    assert install.main() == 1
    assert capsys.readouterr().err.splitlines()[-1] == "error: there is no Chromium: install one"
