"""Screenshots and the HTML behind them: WebSight, WebCode2M, Design2Code.

What is known of their files, and what is not, is in docs/corpora.md.
"""

from __future__ import annotations

from pathlib import Path

from vsdpo_jax.data.corpora.base import Corpus, Draft, Hub, parquet_files
from vsdpo_jax.data.errors import BadRow, CorpusError
from vsdpo_jax.data.files import Folder, Zip
from vsdpo_jax.data.tables import PairTable, ParquetTable, Row, Table, picture_bytes
from vsdpo_jax.domains.remote import remote_styles, takes_pictures

REBUILD = (
    "This is a screenshot of a page. Write one HTML file with all its CSS inside that looks the "
    "same: sizes, texts, positions, colours and layout. Load nothing from elsewhere; where the "
    'screenshot shows a picture, use <img src="rick.jpg">.'
)

REMOTE_STYLES = "takes its styles from the network: no reference, the picture alone"
REMOTE_PICTURES = "takes pictures from the network, which are missing where it is drawn"


def _draft_page(row_id: str, page: object, picture: Path | bytes) -> Draft:
    """A page whose styles are elsewhere is drawn bare here: as a reference it would reward bare
    pages, and the screenshot shows another."""
    if not isinstance(page, str) or not page.strip():
        raise BadRow("program is empty")
    is_bare = remote_styles(page) is not None
    notes = [REMOTE_STYLES] * is_bare + [REMOTE_PICTURES] * takes_pictures(page)
    return Draft(
        row_id=row_id,
        brief=REBUILD,
        reference=None if is_bare else page,
        picture=picture,
        notes=tuple(notes),
    )


_COLUMNS = {"image": "picture", "text": "text"}


def _draft_parquet(number: int, row: Row) -> Draft:
    return _draft_page(str(number), row["text"], picture_bytes(row["image"]))


def _draft_either(number: int, row: Row) -> Draft:
    if "code" in row:
        return _draft_page(row["id"], row["code"], row["picture"])
    return _draft_parquet(number, row)


def _parquet(folder: Path, patterns: tuple[str, ...], get: str) -> ParquetTable:
    for pattern in patterns:
        if files := parquet_files(folder, pattern):
            return ParquetTable(files, _COLUMNS)
    raise CorpusError(f"{folder}: no file {' or '.join(patterns)} there; {get}")


_GET_WEBSIGHT = "get v0.2/*.parquet or data/*.parquet of HuggingFaceM4/WebSight (docs/corpora.md)"
# Version 0.1 lies in "data" on the hub.
_WEBSIGHT_FILES = {
    "v0.1": ("data/*.parquet", "v0.1/*.parquet"),
    "v0.2": ("v0.2/*.parquet",),
}


def _find_websight(folder: Path, part: str) -> Table:
    return _parquet(folder, _WEBSIGHT_FILES[part], _GET_WEBSIGHT)


WEBSIGHT = Corpus(
    name="websight",
    parts=("v0.1", "v0.2"),
    language="HTML",
    find=_find_websight,
    draft=_draft_parquet,
    columns=_COLUMNS,
    hub={
        "v0.1": Hub(repo="HuggingFaceM4/WebSight", config="v0.1"),
        "v0.2": Hub(repo="HuggingFaceM4/WebSight", config="v0.2"),
    },
    caution={
        "v0.2": "its pages take Tailwind and their pictures from the network, which no page is "
        "given: such a page comes without a reference, so that axes against one do not judge it; "
        "v0.1 has its styles inside",
    },
    is_disjoint=True,
    get=_GET_WEBSIGHT,
)

_GET_WEBCODE = "get data/*.parquet of xcodemind/webcode2m (docs/corpora.md)"


def _find_webcode(folder: Path, part: str) -> Table:
    inner = folder / part
    patterns = ("data/*.parquet", "*.parquet")
    return _parquet(inner if inner.is_dir() else folder, patterns, _GET_WEBCODE)


WEBCODE2M = Corpus(
    name="webcode2m",
    parts=("full", "purified"),
    language="HTML",
    find=_find_webcode,
    draft=_draft_parquet,
    columns=_COLUMNS,
    hub={
        "full": Hub(repo="xcodemind/webcode2m"),
        "purified": Hub(repo="xcodemind/webcode2m_purified"),
    },
    get=_GET_WEBCODE,
)


def _find_pages(folder: Path, part: str) -> Table:
    if files := parquet_files(folder, "*.parquet") or parquet_files(folder, "data/*.parquet"):
        return ParquetTable(files, _COLUMNS)
    archives = sorted(folder.glob("*.zip"))
    if archives and not any(folder.glob("*.html")):
        return PairTable(Zip(archives[0], (".html", ".png")), ".html", ".png")
    inner = [folder, *sorted(path for path in folder.iterdir() if path.is_dir())]
    place = next((path for path in inner if any(path.glob("*.html"))), folder)
    return PairTable(Folder(place, (".html", ".png")), ".html", ".png")


DESIGN2CODE = Corpus(
    name="design2code",
    parts=("test",),
    language="HTML",
    find=_find_pages,
    draft=_draft_either,
    columns=_COLUMNS,
    hub={"test": Hub(repo="SALT-NLP/Design2Code-hf")},
    get="get the folder of SALT-NLP/Design2Code, or the parquet files of SALT-NLP/Design2Code-hf "
    "(docs/corpora.md)",
)

DESIGN2CODE_HARD = Corpus(
    name="design2code_hard",
    parts=("test",),
    language="HTML",
    find=_find_pages,
    draft=_draft_either,
    columns=_COLUMNS,
    get="get the folder or the zip archive of SALT-NLP/Design2Code-HARD (docs/corpora.md)",
)
