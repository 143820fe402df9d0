"""Pictures of plots and the Python that drew them: Chart2Code-160K, ChartMimic.

What is known of their files, and what is not, is in docs/corpora.md.
"""

from __future__ import annotations

import re
from pathlib import Path, PurePosixPath

from vsdpo_jax.data.corpora.base import Corpus, Draft
from vsdpo_jax.data.errors import BadRow, CorpusError
from vsdpo_jax.data.files import Archive, Folder
from vsdpo_jax.data.tables import JsonTable, PairTable, Row

_FENCE = re.compile(r"```(?:python3?|py)?[ \t]*\r?\n(.*?)```", re.DOTALL | re.IGNORECASE)
_PATH = re.compile(r"""(\.savefig\(\s*(?:fname\s*=\s*)?[rf]?)(["'])([^"'\n]*[/\\])([^"'\n]*)\2""")
_SAVED = re.compile(
    r"""(\.savefig\(\s*(?:fname\s*=\s*)?[rf]?)(["'])([^"'\n]*?)(?:\.[a-zA-Z]{2,4})?\2"""
)
_FIGSIZE = re.compile(r"figsize\s*=\s*\(\s*(\d+(?:\.\d+)?)\s*,\s*(\d+(?:\.\d+)?)\s*\)")

REDRAW = (
    "This picture is a figure from a scientific paper; its source is lost. Write Python with "
    "matplotlib that draws it again: the same kind of plot, the same layout of panels, texts, "
    "values read from the picture, colours, markers and lines."
)
SIZE = " Use figsize=({width}, {height}), in inches."


def without_folders(program: str) -> str:
    """``program`` with files that it saves beside it: folders of its author's are not here."""
    return _PATH.sub(lambda found: f"{found[1]}{found[2]}{found[4]}{found[2]}", program)


def saved_as_pdf(program: str) -> str:
    """``program`` with its pictures saved as PDF: the form of ChartMimic's references, whose texts
    are read where they are drawn into one."""
    return _SAVED.sub(lambda found: f"{found[1]}{found[2]}{found[3]}.pdf{found[2]}", program)


# Chart2Code-160K: one JSON list of conversations, pictures beside it.
_JSON = {
    "direct": ("chart2code_160k.json", "chart2code.json"),
    "sot": ("chart2code_sot.json",),
}


def _find_conversations(folder: Path, part: str) -> JsonTable:
    places = [folder / inner / name for name in _JSON[part] for inner in ("", "json", "data")]
    path = next((place for place in places if place.is_file()), None)
    if path is None:
        raise CorpusError(
            f"{folder}: none of {', '.join(_JSON[part])} there; unpack json.tar.gz: "
            "python -m vsdpo_jax.corpus --corpus=chart2code_160k --unpack"
        )
    if not (folder / "images").is_dir():
        raise CorpusError(
            f"{folder / 'images'}: there is no such folder; unpack images.tar.gz: "
            "python -m vsdpo_jax.corpus --corpus=chart2code_160k --unpack"
        )
    return JsonTable(path, ("image", "conversations"), extra={"folder": folder})


def _draft_conversation(number: int, row: Row) -> Draft:
    turns = row["conversations"]
    if not isinstance(turns, list) or [
        turn.get("from") if isinstance(turn, dict) else None for turn in turns
    ] != ["human", "gpt"]:
        raise BadRow("not one question and one answer")
    question, answer = (turn.get("value") for turn in turns)
    if not isinstance(question, str) or not isinstance(answer, str):
        raise BadRow("a turn without text")
    return Draft(
        row_id=str(row.get("id", number)),
        brief=question.replace("<image>", "").strip() or REDRAW,
        reference=without_folders(last_program(answer)),
        picture=_picture(row["folder"], row["image"]),
    )


def last_program(answer: str) -> str:
    """The last fenced block: an answer in steps ends with the whole program.

    Raises:
      BadRow: there is none.
    """
    blocks = _FENCE.findall(answer)
    if not blocks:
        raise BadRow("answer has no fenced program")
    return blocks[-1].strip() + "\n"


def _picture(folder: Path, name: object) -> Path:
    if not isinstance(name, str) or not name:
        raise BadRow("picture has no name")
    inner = PurePosixPath(name)
    if inner.is_absolute() or ".." in inner.parts:
        raise BadRow("picture lies outside the folder", name)
    places = (folder / inner, folder / "images" / inner)
    return next((place for place in places if place.is_file()), places[0])


CHART2CODE = Corpus(
    name="chart2code_160k",
    parts=("direct", "sot"),
    language="Python",
    find=_find_conversations,
    draft=_draft_conversation,
    scored_form=saved_as_pdf,
    archives=(Archive(name="json.tar.gz"), Archive(name="images.tar.gz")),
    get="get json.tar.gz and images.tar.gz of xxxllz/Chart2Code-160k on the hub (docs/corpora.md)",
)


# ChartMimic: <id>.py, <id>.png and <id>.pdf in a folder.
def _find_pairs(folder: Path, part: str) -> PairTable:
    places = [folder / part, *sorted(folder.glob(f"*/{part}"))]
    inner = next((place for place in places if place.is_dir()), None)
    if inner is None:
        raise CorpusError(
            f"{folder}: no folder {part} there; unpack dataset-iclr.tar.gz: "
            "python -m vsdpo_jax.corpus --corpus=chartmimic --unpack"
        )
    return PairTable(Folder(inner, (".py", ".png")), ".py", ".png")


def _draft_pair(number: int, row: Row) -> Draft:
    size = _FIGSIZE.search(row["code"])
    # The set states the size in its own prompt; the first one in the program is the figure's.
    asked = SIZE.format(width=float(size[1]), height=float(size[2])) if size else ""
    return Draft(
        row_id=row["id"],
        brief=REDRAW + asked,
        reference=without_folders(row["code"]),
        picture=row["picture"],
        notes=() if size else ("no figsize in the program, so none in the brief",),
    )


CHARTMIMIC = Corpus(
    name="chartmimic",
    parts=("direct_600", "direct_1800"),
    language="Python",
    find=_find_pairs,
    draft=_draft_pair,
    archives=(
        Archive(
            name="dataset-iclr.tar.gz",
            sha256="a9b774a165e2e534f02b269285736cb2eed6bdb433d603a66e835fd768336866",
            num_bytes=388_886_108,
        ),
    ),
    is_disjoint=True,
    get="get dataset-iclr.tar.gz of ChartMimic/ChartMimic on the hub (docs/corpora.md)",
)
