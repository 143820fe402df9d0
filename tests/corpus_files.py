"""Small corpora in the real ones' schema, made here: none of the data is theirs."""

from __future__ import annotations

import io
import json
import zipfile
from pathlib import Path
from typing import Any

from PIL import Image, ImageDraw

PROGRAM = """\
import matplotlib.pyplot as plt

# ===================
# Part 2: Data Preparation
# ===================
months = ["Jan", "Feb", "Mar"]
tons = [{values}]

# ===================
# Part 3: Plot Configuration and Rendering
# ===================
fig, ax = plt.subplots(figsize=(6.0, 4.0))
ax.bar(months, tons, color="#1f77b4")
ax.set_title("Tea {number}")
plt.tight_layout()
plt.savefig("{path}", bbox_inches="tight")
"""
PAGE = """\
<html>
<style>
body {{ font-family: Arial; margin: 20px; }}
h1 {{ color: #224466; }}
</style>
<body>
<h1>Harbour {number}</h1>
<p>Boats leave every hour from pier {number}.</p>
</body>
</html>"""
TAILWIND = """\
<html><head>
<link href="https://cdn.jsdelivr.net/npm/tailwindcss@2.2.19/dist/tailwind.min.css" rel="stylesheet">
</head><body class="bg-gray-100"><h1 class="text-4xl">Harbour {number}</h1>
<img src="https://source.unsplash.com/random/300x200/?harbour"></body></html>"""


def program(number: int, path: str = "plot.pdf") -> str:
    values = ", ".join(str((number * step) % 40 + 5) for step in (3, 7, 11))
    return PROGRAM.format(number=number, values=values, path=path)


def png(number: int, size: tuple[int, int] = (64, 48)) -> bytes:
    """A picture like no other number's."""
    image = Image.new("RGB", size, (250, 250, 250))
    ImageDraw.Draw(image).rectangle((2, 2, 5 + number % 50, 30), fill=(number % 256, 80, 120))
    image.putpixel((0, 0), (number % 256, number // 256 % 256, 7))
    data = io.BytesIO()
    image.save(data, "PNG")
    return data.getvalue()


def write_parquet(path: Path, columns: dict[str, list[Any]], rows_per_group: int = 4) -> None:
    """As the library "datasets" writes it: pictures are structs of bytes and a path."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    arrays = {}
    for name, values in columns.items():
        kind = None
        if name == "image":
            kind = pa.struct([("bytes", pa.binary()), ("path", pa.string())])
        elif name in ("scale", "tokens"):
            kind = pa.list_(pa.int64())
        arrays[name] = pa.array(values, kind)
    path.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(pa.table(arrays), path, row_group_size=rows_per_group)


def pictures(numbers: range) -> list[dict[str, Any]]:
    return [{"bytes": png(number), "path": None} for number in numbers]


def write_websight(root: Path, part: str = "v0.1", files: int = 2, rows: int = 8) -> Path:
    """data/train-*.parquet (v0.1) or v0.2/train-*.parquet."""
    folder = root / "websight" / {"v0.1": "data", "v0.2": "v0.2"}[part]
    for number in range(files):
        numbers = range(number * rows, (number + 1) * rows)
        page = PAGE if part == "v0.1" else TAILWIND
        columns: dict[str, list[Any]] = {
            "image": pictures(numbers), "text": [page.format(number=n) for n in numbers],
        }  # fmt: skip
        if part == "v0.2":
            columns["llm_generated_idea"] = [f"A harbour, {n}" for n in numbers]
        write_parquet(folder / f"train-{number:05}-of-{files:05}-0a1b.parquet", columns)
    return root / "websight"


def write_webcode2m(root: Path, rows: int = 6) -> Path:
    numbers = range(100, 100 + rows)
    box = {"type": "body", "bbox": [0, 0, 64, 48], "style": "", "content": "", "children": []}
    columns = {
        "image": pictures(numbers),
        "bbox": [json.dumps(box)] * rows,
        "text": [PAGE.format(number=n) for n in numbers],
        "scale": [[64, 48]] * rows,
        "lang": ["en"] * rows,
        "tokens": [[40, 60]] * rows,
        "score": [4] * rows,
        "hash": [f"{n:032x}" for n in numbers],
    }
    write_parquet(root / "webcode2m" / "data" / "0000.parquet", columns)
    return root / "webcode2m"


def conversation(number: int, answer: str | None = None) -> dict[str, Any]:
    path = f"/data/user/plots/{number}.png"
    text = f"Here it is.\n```python\n{program(number, path)}```\n"
    return {
        "id": number,
        "image": f"images/{number}.png",
        "conversations": [
            {"from": "human", "value": "<image>\nRedraw this chart with Python."},
            {"from": "gpt", "value": text if answer is None else answer},
        ],
    }


def write_chart2code(root: Path, rows: int = 6, name: str = "chart2code.json") -> Path:
    folder = root / "chart2code_160k"
    (folder / "images").mkdir(parents=True, exist_ok=True)
    (folder / name).write_text(json.dumps([conversation(n) for n in range(rows)], indent=1))
    for number in range(rows):
        (folder / "images" / f"{number}.png").write_bytes(png(number))
    return folder


def write_chartmimic(root: Path, rows: int = 4, part: str = "direct_600") -> Path:
    folder = root / "chartmimic" / "dataset-iclr" / part
    folder.mkdir(parents=True)
    for number in range(1, rows + 1):
        (folder / f"bar_{number}.py").write_text(program(number, f"bar_{number}.pdf"))
        (folder / f"bar_{number}.png").write_bytes(png(number))
        (folder / f"bar_{number}.pdf").write_bytes(b"%PDF-1.4\n")
    return root / "chartmimic"


def write_design2code(root: Path, ids: tuple[int, ...] = (2, 6, 7713)) -> Path:
    folder = root / "design2code"
    folder.mkdir(parents=True)
    for number in ids:
        (folder / f"{number}.html").write_text(PAGE.format(number=number))
        (folder / f"{number}.png").write_bytes(png(number))
    (folder / "rick.jpg").write_bytes(b"\xff\xd8\xff")
    return folder


def write_hard(root: Path, rows: int = 3) -> Path:
    folder = root / "design2code_hard"
    folder.mkdir(parents=True)
    with zipfile.ZipFile(folder / "hard.zip", "w") as archive:
        for number in range(rows):
            archive.writestr(f"hard/g{number}.html", PAGE.format(number=number))
            archive.writestr(f"hard/g{number}.png", png(number))
        archive.writestr("__MACOSX/hard/._g0.html", b"\0\5")
    return folder


def write_aeslides(root: Path, decks: int = 12, pages: int = 3) -> Path:
    folder = root / "aeslides"
    folder.mkdir(parents=True)
    lines = [
        {"id": f"d{deck}-{page}", "deck_id": f"deck-{deck}", "page_idx": page, "lang": "en",
         "prompt": f"Make the slide {page} of a talk on boats, part {deck}."}
        for deck in range(decks) for page in range(1, pages + 1)
    ]  # fmt: skip
    (folder / "prompts.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    return folder
