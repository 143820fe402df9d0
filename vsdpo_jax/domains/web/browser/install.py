"""Install a Chromium and its fonts: python -m vsdpo_jax.domains.web.browser.install

Does nothing where there is one. As root on Debian it comes from there, with Chromium's own sandbox;
everywhere else Playwright downloads it. Whatever goes wrong, the last line says what to do by hand.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys

from vsdpo_jax.domains.debian import apt_install
from vsdpo_jax.domains.web.browser.find import SHARED, find_browser
from vsdpo_jax.sandbox import SandboxUnavailable

PACKAGES = ("chromium-headless-shell", "chromium-sandbox", "fonts-liberation")


def main() -> int:
    """Look for a browser, install one if there is none, look again.

    Returns:
      0 when pages can be rendered, otherwise 1.
    """
    if _found() is None:
        return 0
    sys.stderr.write("== set-up: installing a Chromium (about 400 MB, some minutes) ==\n")
    # Ubuntu has no such packages.
    if not (apt_install(PACKAGES) or _from_playwright()):
        sys.stderr.write("the installation failed; its messages stand above\n")
    missing = _found()
    if missing is not None:
        sys.stderr.write(f"error: {missing}\n")
    return 0 if missing is None else 1


def _found() -> str | None:
    """None when there is a browser, else what is missing."""
    try:
        find_browser()
    except SandboxUnavailable as error:
        return str(error)
    return None


def _from_playwright() -> bool:
    """Whether Playwright could download it; as root into a place that any user can read."""
    is_root = os.geteuid() == 0
    command = [sys.executable, "-m", "playwright", "install", "--only-shell", "chromium"]
    environment = dict(os.environ)
    if is_root:
        command.insert(4, "--with-deps")
        environment.setdefault("PLAYWRIGHT_BROWSERS_PATH", str(SHARED))
    return subprocess.run(command, env=environment, stdout=sys.stderr).returncode == 0


if __name__ == "__main__":
    argparse.ArgumentParser(description=__doc__).parse_args()  # --help installs nothing
    sys.exit(main())
