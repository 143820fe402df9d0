"""Packages of Debian and Ubuntu that a renderer needs."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys


def apt_install(packages: tuple[str, ...]) -> bool:
    """Whether apt installed them: only as root, and where all of them exist."""
    if os.geteuid() != 0 or shutil.which("apt-get") is None:
        return False
    quiet = ("-qq", "-o", "DPkg::Lock::Timeout=300")
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}

    def apt(*arguments: str) -> bool:
        command = ("apt-get", *quiet, *arguments)
        return subprocess.run(command, env=environment, stdout=sys.stderr).returncode == 0

    apt("update")
    if not apt("install", "--dry-run", "--no-install-recommends", *packages):
        return False
    return apt("install", "--yes", "--no-install-recommends", *packages)
