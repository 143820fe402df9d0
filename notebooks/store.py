"""Execute the notebooks and store their outputs: python notebooks/store.py [NAME.py ...]

The .py of each is edited; the .ipynb beside it is made from that and from what its cells say here.
Nothing is written of a notebook in which a cell fails.
"""

import argparse
import sys
from pathlib import Path

import jupytext
import nbformat
from nbclient import NotebookClient

FOLDER = Path(__file__).parent


def store(source: Path) -> None:
    """Make the .ipynb of one .py."""
    notebook = jupytext.read(source)
    # No timings: the same outputs are the same file.
    place = {"metadata": {"path": str(FOLDER)}}
    NotebookClient(notebook, timeout=None, record_timing=False, resources=place).execute()
    for cell in notebook.cells:
        for output in cell.get("outputs", ()):
            output.get("data", {}).pop("image/jpeg", None)  # the same picture as its PNG
    nbformat.write(notebook, source.with_suffix(".ipynb"))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("names", nargs="*", type=Path, metavar="NAME.py", help="default: all")
    for source in parser.parse_args().names or sorted(FOLDER.glob("[0-9]*.py")):
        if not source.is_file():
            parser.error(f"there is no {source}")
        sys.stderr.write(f"== {source.name} ==\n")
        store(source)


if __name__ == "__main__":
    main()
