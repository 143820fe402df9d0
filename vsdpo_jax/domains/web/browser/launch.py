"""Start and end a browser: its folder, its user, its processes."""

from __future__ import annotations

import fcntl
import logging
import os
import select
import shlex
import shutil
import sys
import tempfile
from pathlib import Path
from types import TracebackType

from playwright.sync_api import Browser as PlaywrightBrowser
from playwright.sync_api import Error, Playwright, sync_playwright

from vsdpo_jax.domains.web.browser import keeper
from vsdpo_jax.domains.web.browser.contain import FLAGS
from vsdpo_jax.domains.web.browser.find import find_browser
from vsdpo_jax.domains.web.browser.watch import Family, end
from vsdpo_jax.sandbox import LayerUnavailable

_LOGGER = logging.getLogger(__name__)
NOBODY = 65534
_PREFIX = "vsdpo-web-"
# What Chromium says where it has no sandbox; the last where a container forbids namespaces and the
# setuid helper is there, but has no effect.
_UNCONFINED = ("No usable sandbox", "sandbox_host_linux", "Failed to move to new namespace")
_START_MS = 60_000.0
_END_S = 10.0
_REMEDY = (
    "let unprivileged users make user namespaces (sysctl kernel.unprivileged_userns_clone=1, "
    "user.max_user_namespaces above 0, kernel.apparmor_restrict_unprivileged_userns=0, and no "
    "seccomp profile of a container that forbids them), or install Chromium's setuid helper "
    "(Debian: chromium-sandbox). To render trusted pages without it, set sandbox.unsafe"
)


class StartFailed(Exception):
    """The machine does not start a browser now."""


class _Driver:
    """Playwright's driver, which a process can have once. Counts who uses it."""

    def __init__(self) -> None:
        self._users = 0
        self._playwright: Playwright | None = None

    def take(self) -> Playwright:
        """Have it started if it does not run."""
        if self._playwright is None:
            self._playwright = sync_playwright().start()
        self._users += 1
        return self._playwright

    def leave(self) -> None:
        """The last one stops it."""
        self._users -= 1
        if self._users == 0 and self._playwright is not None:
            playwright, self._playwright = self._playwright, None
            playwright.stop()


_DRIVER = _Driver()


class Browser:
    """A contained Chromium; a context manager.

    Attributes:
      browser: Playwright's.
      family: its processes, for the watch.
    """

    browser: PlaywrightBrowser
    family: Family

    def __init__(self, unsafe: bool = False, network: str = "none") -> None:
        """Describe it; entering the context starts it.

        Args:
          unsafe: without Chromium's own sandbox; for trusted pages only.
          network: "none": without one where the kernel grants that; "host": the machine's, which
            the other layers keep it from (contain.py).
        """
        self._unsafe = unsafe
        self._network = network
        self._folder = ""
        self._owned: int | None = None

    def __enter__(self) -> Browser:
        """Start it.

        Raises:
          SandboxUnavailable: there is none.
          LayerUnavailable: none that this machine can contain.
          StartFailed: it does not start.
        """
        executable = find_browser()
        if self._unsafe:
            _LOGGER.warning("unsafe: pages are rendered without the browser's own sandbox")
        playwright = _DRIVER.take()
        try:
            _sweep()
            self._folder = tempfile.mkdtemp(prefix=f"{_PREFIX}{os.getpid()}-")
            self._owned = _own(self._folder)
            self.browser = playwright.chromium.launch(
                executable_path=self._launcher(executable),
                args=list(FLAGS),
                chromium_sandbox=not self._unsafe,
                timeout=_START_MS,
                handle_sigint=False,
                handle_sigterm=False,
                handle_sighup=False,
            )
            pid = int(Path(self._folder, "keeper").read_text())
            self.family = Family(pid, others=[keeper.parent_of(pid)])
            if not self._unsafe:
                self._check_sandbox()
        except BaseException as error:
            self.__exit__(None, None, None)
            if isinstance(error, Error):
                raise _why(error.message) from error
            if isinstance(error, OSError):
                raise StartFailed(f"the browser does not start: {error}") from error
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """End every process of it and remove its files."""
        if self._folder:
            self._end_processes()
            shutil.rmtree(self._folder, ignore_errors=True)
            self._folder = ""
        if self._owned is not None:
            os.close(self._owned)
            self._owned = None
        _DRIVER.leave()

    @property
    def is_alive(self) -> bool:
        """Whether it still answers."""
        return self.browser.is_connected()

    def _end_processes(self) -> None:
        try:
            pid = int(Path(self._folder, "keeper").read_text())
            handle = os.pidfd_open(pid)
        except (OSError, ValueError):
            return  # it has ended by itself, or never began
        try:
            end(pid)
            if not select.select([handle], [], [], _END_S)[0]:
                _LOGGER.warning("the keeper %d of a browser does not end", pid)
        finally:
            os.close(handle)

    def _launcher(self, executable: Path) -> str:
        """The program that the driver starts in the browser's stead: the keeper.

        The folder stays closed to everybody but for passing through it to home/.
        """
        home = Path(self._folder, "home")
        home.mkdir(mode=0o700)
        os.chmod(self._folder, 0o711)
        uid = -1
        if os.geteuid() == 0 and not self._unsafe:
            uid = NOBODY
            os.chown(home, uid, uid)
        command = [sys.executable, "-I", "-S", keeper.__file__, str(os.getpid()), self._folder]
        command += [str(uid), self._network, str(executable)]
        launcher = Path(self._folder, "launch")
        launcher.write_text(f'#!/bin/sh\nexec {shlex.join(command)} "$@"\n')
        launcher.chmod(0o700)
        return str(launcher)

    def _check_sandbox(self) -> None:
        """A process that reads pages must be another user's, where we are root, and filtered.

        Raises:
          LayerUnavailable: it is not.
          StartFailed: there is none.
        """
        page = self.browser.new_page()
        try:
            page.evaluate("1")
            readers = [pid for pid in self.family.members() if _reads_pages(pid)]
            if not readers:
                raise StartFailed("the browser has no process of its own that reads pages")
            for pid in readers:
                status = Path(f"/proc/{pid}/status").read_text()
                if "\nSeccomp:\t2\n" not in status:
                    text = f"Chromium reads pages unfiltered (seccomp): {_REMEDY}"
                    raise LayerUnavailable(text)
                if os.geteuid() == 0 and f"\nUid:\t{NOBODY}\t{NOBODY}\t" not in status:
                    raise LayerUnavailable("Chromium reads pages as root, which it must not")
        finally:
            page.close()


def _own(folder: str) -> int:
    """Lock a folder for as long as this process lives; never seen unlocked while it does."""
    path = Path(folder, "owner")
    made = path.with_suffix(".new")
    handle = os.open(made, os.O_CREAT | os.O_RDWR, 0o600)
    fcntl.flock(handle, fcntl.LOCK_EX)
    made.rename(path)
    return handle


def _sweep() -> None:
    """Remove what browsers left whose worker and keeper were both killed.

    Process ids would not do: another container may share the folder of temporary files.
    """
    for owner in Path(tempfile.gettempdir()).glob(f"{_PREFIX}*/owner"):
        try:
            with owner.open() as file:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                shutil.rmtree(owner.parent, ignore_errors=True)
        except OSError:
            continue  # somebody's, or gone


def _reads_pages(pid: int) -> bool:
    return b"--type=renderer" in Path(f"/proc/{pid}/cmdline").read_bytes()


def _why(message: str) -> Exception:
    """What a failed launch means."""
    if any(sign in message for sign in _UNCONFINED):
        return LayerUnavailable(f"Chromium finds no way to confine pages here: {_REMEDY}")
    return StartFailed(f"the browser does not start: {message}")
