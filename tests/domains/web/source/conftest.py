"""A browser for what only a browser can say."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

_NOBODY = 65534


@pytest.fixture(scope="session")
def source_page(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """A page of Chromium without scripts, which ``evaluate`` works in nevertheless."""
    from playwright.sync_api import sync_playwright

    program = shutil.which("chromium-headless-shell") or shutil.which("chromium")
    if program is None:
        pytest.skip("no Chromium is installed")
    folder = tmp_path_factory.mktemp("browser")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=str(_launcher(folder, program)),
            chromium_sandbox=True,
            args=["--font-render-hinting=none", "--disable-gpu"],
        )
        context = browser.new_context(java_script_enabled=False, offline=False)
        yield context.new_page()
        browser.close()


def _launcher(folder: Path, program: str) -> Path:
    """Root starts it as nobody, so that Chromium's own sandbox stays on."""
    home, launcher = folder / "home", folder / "launch"
    home.mkdir()
    become = ""
    if os.geteuid() == 0:
        os.chown(home, _NOBODY, _NOBODY)
        for above in (folder, *folder.parents):
            if above.stat().st_uid == 0 and above != Path("/"):
                above.chmod(above.stat().st_mode | 0o011)
        become = f"setpriv --reuid={_NOBODY} --regid={_NOBODY} --clear-groups"
    launcher.write_text(
        f'#!/bin/sh\nexport HOME="{home}" TMPDIR="{home}"\nexec {become} "{program}" "$@"\n'
    )
    launcher.chmod(0o755)
    return launcher
