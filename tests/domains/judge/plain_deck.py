"""A deck drawn the plain way, in an office suite of its own: python plain_deck.py deck.py"""

from __future__ import annotations

import runpy
import subprocess
import sys
from pathlib import Path

from vsdpo_jax.domains.slide.child import photo
from vsdpo_jax.domains.slide.render.office import find_office

if __name__ == "__main__":
    program = Path(sys.argv[1]).resolve()
    (program.parent / photo.NAME).write_bytes(photo.photo())
    runpy.run_path(str(program), run_name="__main__")
    deck = max(program.parent.glob("*.pptx"), key=lambda file: file.stat().st_mtime)
    profile = (program.parent / "profile").as_uri()  # of the user's, another one may be using
    office = [str(find_office() / "soffice"), f"-env:UserInstallation={profile}", "--headless"]
    subprocess.run([*office, "--convert-to", "pdf", deck.name], cwd=program.parent, check=True)
