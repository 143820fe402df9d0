import base64
import io

import numpy as np
import pytest
from PIL import Image

from vsdpo_jax.reporting.picture_files import MOST_EMBEDDED, Pictures
from vsdpo_jax.runtime.files import DamagedFileError

MANY = MOST_EMBEDDED + 1


@pytest.fixture
def picture(tmp_path):
    path = tmp_path / "run" / "eval" / "a #1%" / "000.png"
    path.parent.mkdir(parents=True)
    Image.fromarray(np.full((30, 40, 3), 200, np.uint8)).save(path)
    return path


def test_few_pictures_are_inside_the_page(tmp_path, picture):
    made = Pictures(tmp_path / "report.html", MOST_EMBEDDED).add(picture)
    head, data = made.source.split(",")
    assert (head, made.width, made.height) == ("data:image/png;base64", 40, 30)
    shown = Image.open(io.BytesIO(base64.b64decode(data))).convert("RGB")
    assert shown.getpixel((5, 5)) == (200, 200, 200)


def test_many_stay_where_they_are_below_the_page(tmp_path, picture):
    pictures = Pictures(tmp_path / "run" / "report.html", MANY)
    assert pictures.add(picture).source == "eval/a%20%231%25/000.png"
    assert pictures.add(picture, embed=True).source.startswith("data:")
    pictures.finish()
    assert sorted(path.name for path in (tmp_path / "run").iterdir()) == ["eval"]


def test_many_are_copied_beside_a_page_elsewhere_in_place_of_earlier_ones(tmp_path, picture):
    page = tmp_path / "shared" / "report.html"
    old = page.with_name("report_files") / "000009.png"
    old.parent.mkdir(parents=True)
    old.touch()
    pictures = Pictures(page, MANY)
    assert pictures.add(picture).source == "report_files/000000.png"
    assert old.exists()  # until the new page is whole
    pictures.finish()
    assert [path.name for path in old.parent.iterdir()] == ["000000.png"]


def test_a_page_that_is_not_written_leaves_nothing(tmp_path, picture):
    (tmp_path / "shared").mkdir()
    pictures = Pictures(tmp_path / "shared" / "report.html", MANY)
    pictures.add(picture)
    pictures.abandon()
    assert list((tmp_path / "shared").iterdir()) == []


def test_a_file_that_is_no_picture_is_named(tmp_path, picture):
    picture.write_bytes(picture.read_bytes()[:60])
    with pytest.raises(DamagedFileError, match=r"000\.png: this is no picture"):
        Pictures(tmp_path / "report.html", 1).add(picture)
