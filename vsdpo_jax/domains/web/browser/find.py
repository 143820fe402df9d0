"""Which Chromium renders pages."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from vsdpo_jax.sandbox import SandboxUnavailable

VARIABLE = "VSDPO_CHROMIUM"
"""Environment variable that names the browser's executable, before every other."""
INSTALL = (
    "install one as root with `apt-get install chromium-headless-shell fonts-liberation`, or with "
    "`PLAYWRIGHT_BROWSERS_PATH=/opt/playwright python -m playwright install --with-deps "
    f"--only-shell chromium`, or name one in {VARIABLE}"
)
# The headless shell is the same engine with less around it: it starts in half the time.
_SHELLS = ("chromium-headless-shell", "chrome-headless-shell", "headless_shell")
_BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
_PLAYWRIGHTS = (
    "chromium_headless_shell-*/*/headless_shell",
    "chromium_headless_shell-*/*/chrome-headless-shell",
    "chromium-*/chrome-linux*/chrome",
)
SHARED = Path("/opt/playwright")  # where INSTALL puts it


def find_browser() -> Path:
    """The executable of a Chromium: a headless shell before a whole browser.

    Raises:
      SandboxUnavailable: there is none, with what to install; or none that the user under which it
        would run can execute.
    """
    named = os.environ.get(VARIABLE)
    if named:
        path = shutil.which(named)
        if path is None:
            raise SandboxUnavailable(f"{VARIABLE} names {named!r}, which is no executable file")
        return Path(path)
    found = [path for path in _candidates() if not _is_snap(path)]
    usable = [path for path in found if os.geteuid() != 0 or is_open_to_all(path)]
    if usable:
        return usable[0]
    if found:
        raise SandboxUnavailable(
            f"the browser {found[0]} cannot be run by an unprivileged user, as it must be where "
            f"this program runs as root: {INSTALL}"
        )
    raise SandboxUnavailable(f"there is no Chromium to render pages with: {INSTALL}")


def is_open_to_all(path: Path) -> bool:
    """Whether any user may execute a file, by the permissions of it and of its folders."""
    real = path.resolve()
    return all(place.stat().st_mode & 0o001 for place in (real, *real.parents))


def _candidates() -> list[Path]:
    shells = [shutil.which(name) for name in _SHELLS]
    browsers = [shutil.which(name) for name in _BROWSERS]
    own = [path for pattern in _PLAYWRIGHTS for path in _playwrights(pattern)]
    return [Path(path) for path in (*shells, *own, *browsers) if path is not None]


def _playwrights(pattern: str) -> list[Path]:
    """Browsers that Playwright has downloaded, the newest first."""
    given = os.environ.get("PLAYWRIGHT_BROWSERS_PATH", "")
    folders = [Path(given)] if given not in ("", "0") else []
    folders += [SHARED, Path("~/.cache/ms-playwright").expanduser()]
    return [path for folder in folders for path in sorted(folder.glob(pattern), reverse=True)]


def _is_snap(path: Path) -> bool:
    """Ubuntu's package only starts a snap, which keeps neither pipes nor a home of our choice."""
    real = path.resolve()
    if "snap" in real.parts or real.name == "snap":
        return True
    return real.stat().st_size < 1 << 16 and b"/snap/" in real.read_bytes()
