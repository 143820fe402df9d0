"""Install LibreOffice and fonts: python -m vsdpo_jax.domains.slide.render.install

Does nothing where both are. As root on Debian and Ubuntu it takes them from there; whatever goes
wrong, the last line says what to do by hand.
"""

from __future__ import annotations

import argparse
import sys

from vsdpo_jax.domains.debian import apt_install
from vsdpo_jax.domains.slide.render import fonts
from vsdpo_jax.domains.slide.render.office import INSTALL, find_office
from vsdpo_jax.sandbox import SandboxUnavailable

PACKAGES = (
    "libreoffice-impress",
    "fonts-crosextra-carlito",
    "fonts-crosextra-caladea",
    "fonts-liberation",
    "fonts-dejavu-core",
)


def main() -> int:
    """Look for the suite and the fonts, install what is missing, look again.

    Returns:
      0 when slides can be rendered as everywhere, otherwise 1.
    """
    if not missing():
        return 0
    sys.stderr.write("== set-up: installing LibreOffice Impress and fonts (about 300 MB) ==\n")
    if not apt_install(PACKAGES):
        sys.stderr.write("the installation failed; its messages stand above\n")
    fonts.forget()
    said = missing()
    for line in said:
        sys.stderr.write(f"error: {line}\n")
    return 1 if said else 0


def missing() -> list[str]:
    """What is missing, a sentence each."""
    said = []
    try:
        find_office()
    except SandboxUnavailable as error:
        said.append(str(error))
    absent = fonts.missing()
    if absent:
        said.append(
            f"the fonts {', '.join(absent)} are missing, so that texts of slides are drawn wider "
            f"than they are meant and rewards differ: {INSTALL}"
        )
    return said


if __name__ == "__main__":
    argparse.ArgumentParser(description=__doc__).parse_args()  # --help installs nothing
    sys.exit(main())
