"""The fonts that charts are drawn with: those that ship with matplotlib, on every host alike.

System fonts would make a picture depend on the machine it was drawn on, so both the program's
process and the painter restrict matplotlib's font manager to the bundled files.
"""

from __future__ import annotations

import functools
import logging
import os
from pathlib import Path
from typing import Any

import matplotlib
from matplotlib import font_manager
from matplotlib.font_manager import FontProperties

_FOREIGN = (
    "font file {!r} is not available: charts are drawn with matplotlib's own fonts only; name a "
    "family such as 'DejaVu Sans' or 'DejaVu Serif' instead"
)


@functools.cache
def bundled_folder() -> Path:
    """The folder of matplotlib's own TrueType files."""
    return Path(matplotlib.get_data_path(), "fonts", "ttf").resolve()


def restrict_to_bundled() -> None:
    """Keep only the bundled fonts in this process's font manager; safe and cheap to call again.

    The entries are sorted: the order of a freshly built font list is that of a set.
    """
    manager = font_manager.fontManager
    folders = {os.path.dirname(entry.fname) for entry in manager.ttflist}
    if {os.path.realpath(folder) for folder in folders} == {str(bundled_folder())}:
        return
    manager.ttflist = sorted(
        (entry for entry in manager.ttflist if _is_bundled(entry.fname)),
        key=lambda entry: (entry.fname, entry.name, str(entry.weight), entry.style),
    )
    if not manager.ttflist:
        raise RuntimeError(
            f"matplotlib's own fonts are missing from {bundled_folder()}: reinstall matplotlib"
        )
    # Requested families that are not bundled fall back to DejaVu Sans; the log line about it would
    # be repeated for every text.
    logging.getLogger("matplotlib.font_manager").setLevel(logging.ERROR)


def _is_bundled(path: str) -> bool:
    return os.path.realpath(os.path.dirname(path)) == str(bundled_folder())


def bundled_name(prop: FontProperties) -> str | None:
    """File name of the font file that ``prop`` names outright; None when it names a family.

    Raises:
      ValueError: the file is not one of matplotlib's own.
    """
    path = prop.get_file()
    if path is None:
        return None
    resolved = Path(str(path)).resolve()
    if resolved.parent != bundled_folder():
        raise ValueError(_FOREIGN.format(path))
    return resolved.name


def refuse_foreign_files(refusal: type[Exception]) -> None:
    """Make every use of a font file that is not one of matplotlib's own raise ``refusal``.

    Where a program names a file is not where it is drawn: matplotlib opens it to measure, and a
    locked process may not even read it. Not a ValueError: matplotlib takes that for a missing font.
    """
    manager: Any = font_manager.FontManager
    find, add = manager._findfont_cached, manager.addfont

    @functools.wraps(find)
    def find_own(self: Any, prop: Any, *args: Any) -> Any:
        if isinstance(prop, FontProperties):
            try:
                bundled_name(prop)
            except ValueError as error:
                raise refusal(str(error)) from None
        return find(self, prop, *args)

    @functools.wraps(add)
    def add_readable(self: Any, path: Any) -> None:
        try:
            add(self, path)
        except OSError:
            raise refusal(_FOREIGN.format(os.fsdecode(path))) from None

    find_own.cache_clear = find.cache_clear  # pyright: ignore[reportAttributeAccessIssue]
    manager._findfont_cached, manager.addfont = find_own, add_readable


def uses_bundled_only(prop: FontProperties) -> bool:
    """Whether every font that ``prop`` resolves to is one of matplotlib's own."""
    paths = font_manager.fontManager._find_fonts_by_props(prop)  # pyright: ignore[reportAttributeAccessIssue]
    return all(_is_bundled(str(path)) for path in paths)
