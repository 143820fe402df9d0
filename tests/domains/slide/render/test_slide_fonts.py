"""Fonts decide rewards: what stands in for what, and what is done where fonts are missing."""

from __future__ import annotations

import io
import os

import pytest
from fontTools.ttLib import TTFont

from vsdpo_jax.domains.slide.render import fonts, install, office
from vsdpo_jax.domains.slide.render.fonts import STYLES, drawn_with, faces, lacks, lent


def test_the_office_families_have_stand_ins_of_the_same_widths():
    assert drawn_with("Calibri") == "Carlito"
    assert drawn_with(" cambria ") == "Caladea"
    assert drawn_with("Arial") == drawn_with("Helvetica") == "Liberation Sans"
    assert drawn_with("Times New Roman") == "Liberation Serif"
    assert drawn_with("Courier New") == "Liberation Mono"
    assert drawn_with("DejaVu Serif") == "DejaVu Serif"
    assert drawn_with("Nonesuch") == "Carlito"


@pytest.mark.parametrize("family", ["Carlito", "Liberation Serif", "DejaVu Sans", "DejaVu Serif"])
def test_blank_fonts_have_the_same_widths_and_no_outlines(family):
    for face in faces(family):
        own, blank = (TTFont(io.BytesIO(data)) for data in (face.data, face.blank))
        assert own["hmtx"].metrics == blank["hmtx"].metrics
        assert own.getBestCmap() == blank.getBestCmap()
        assert all(glyph.numberOfContours == 0 for glyph in blank["glyf"].glyphs.values())
        assert 0.5 < face.ascent < 0.85
        assert 0.1 < face.descent < 0.3


def test_the_four_files_of_a_family_are_four_styles():
    assert len({face.data for face in faces("Carlito")}) == 4
    for face, (bold, _) in zip(faces("Liberation Sans"), STYLES, strict=True):
        with TTFont(io.BytesIO(face.data)) as font:
            assert bool(font["head"].macStyle & 1) == bold


def test_letters_are_lent_where_one_font_lacks_them_and_the_other_has_them():
    assert lacks("Calibri", "done ✓")
    assert not lacks("Calibri", "Überblick → •")
    assert not lacks("Calibri", "漢字")
    assert drawn_with(lent("Calibri")) == "DejaVu Sans"
    assert fonts.asked(lent("Calibri")) == "Calibri"


@pytest.fixture
def bare(monkeypatch):
    """A machine with matplotlib's fonts alone."""
    monkeypatch.setattr(fonts, "FOLDERS", ())
    fonts.forget()
    yield
    monkeypatch.undo()
    fonts.forget()


@pytest.mark.usefixtures("bare")
def test_where_only_matplotlib_has_fonts_everything_is_drawn_with_its_own():
    assert drawn_with("Calibri") == drawn_with("Arial") == "DejaVu Sans"
    assert fonts.missing() == list(fonts.WANTED)
    assert any("rewards differ" in line for line in install.missing())


def test_nothing_is_installed_where_nothing_is_missing(monkeypatch):
    monkeypatch.setattr(install, "apt_install", lambda packages: pytest.fail("nothing is missing"))
    assert install.main() == 0


@pytest.mark.usefixtures("bare")
def test_what_cannot_be_installed_is_said(monkeypatch, capsys):
    monkeypatch.setenv(office.VARIABLE, "/nonesuch")
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    assert install.main() == 1
    said = capsys.readouterr().err
    assert "apt-get install" in said
    assert "Carlito" in said
