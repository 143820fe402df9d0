"""Which browser is taken, and what is said where there is none."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from vsdpo_jax.domains.web.browser import find
from vsdpo_jax.sandbox import SandboxUnavailable


@pytest.fixture
def bare(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A machine without a browser; everything below the folder is open to all."""
    monkeypatch.delenv(find.VARIABLE, raising=False)
    monkeypatch.delenv("PLAYWRIGHT_BROWSERS_PATH", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setattr(find, "SHARED", tmp_path / "shared")
    monkeypatch.setattr(find, "is_open_to_all", lambda path: bool(path.stat().st_mode & 1))
    (tmp_path / "bin").mkdir()
    return tmp_path


def _put(path: Path, text: str = "#!/bin/sh\n", mode: int = 0o755) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    path.chmod(mode)
    return path


def test_none_is_said_in_one_sentence(bare: Path) -> None:
    with pytest.raises(SandboxUnavailable) as raised:
        find.find_browser()
    text = str(raised.value)
    assert "apt-get install chromium-headless-shell" in text
    assert "playwright install" in text
    assert find.VARIABLE in text
    assert "\n" not in text


def test_the_headless_shell_comes_first(bare: Path) -> None:
    whole = _put(bare / "bin/chromium")
    assert find.find_browser() == whole
    own = _put(
        bare / "home/.cache/ms-playwright/chromium_headless_shell-1187/chrome-linux/headless_shell"
    )
    newer = _put(
        bare / "home/.cache/ms-playwright/chromium_headless_shell-1200/chrome-linux/headless_shell"
    )
    assert find.find_browser() == newer != own
    shell = _put(bare / "bin/chromium-headless-shell")
    assert find.find_browser() == shell


def test_a_snap_is_none(bare: Path) -> None:
    _put(bare / "bin/chromium-browser", '#!/bin/sh\nexec /snap/bin/chromium "$@"\n')
    with pytest.raises(SandboxUnavailable, match="there is no Chromium"):
        find.find_browser()


def test_the_variable_names_one(bare: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _put(bare / "bin/chromium")
    mine = _put(bare / "mine")
    monkeypatch.setenv(find.VARIABLE, str(mine))
    assert find.find_browser() == mine
    monkeypatch.setenv(find.VARIABLE, "no-such-browser")
    with pytest.raises(SandboxUnavailable, match=f"{find.VARIABLE} names 'no-such-browser'"):
        find.find_browser()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root hands its browser to another user")
def test_one_that_only_root_can_run_is_not_taken(bare: Path) -> None:
    _put(bare / "bin/chromium", mode=0o700)
    with pytest.raises(SandboxUnavailable, match="unprivileged user"):
        find.find_browser()
    other = _put(bare / "bin/google-chrome")
    assert find.find_browser() == other


def test_open_to_all(tmp_path: Path) -> None:
    assert find.is_open_to_all(Path("/bin/sh"))
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    assert not find.is_open_to_all(_put(closed / "x"))
