"""Running programs: which figure is the artifact, what saving means, errors, limits, tampering."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import dataclass

import numpy as np
import pytest
from recorded import ROOT, Recorded, record_all

from vsdpo_jax.domains.chart.drawlist.codec import decode
from vsdpo_jax.domains.chart.drawlist.records import TextOp
from vsdpo_jax.domains.chart.paint.raster import paint

HEAD = "import matplotlib.pyplot as plt\n"
ONE = HEAD + "fig, ax = plt.subplots(figsize=(4, 3))\nax.plot([1, 2])\nax.set_title('one')\n"
TWO = ONE + "fig2, ax2 = plt.subplots(figsize=(5, 3))\nax2.set_title('two')\n"


@dataclass(frozen=True)
class Case:
    """A program and the texts that its artifact must (and must not) hold, or its error."""

    name: str
    source: str
    texts: tuple[str, ...] = ()
    without: tuple[str, ...] = ()
    error: str | None = None
    message: str = ""
    line: int | None = None


ARTIFACTS = [
    Case("current", TWO, ("two",), ("one",)),
    Case("last_saved", TWO + "fig2.savefig('b.png'); fig.savefig('a.png')\n", ("one",), ("two",)),
    Case("saved_beats_current", TWO + "fig.savefig('a.png')\n", ("one",)),
    Case("shown_after_saved", TWO + "fig.savefig('a.png')\nplt.show()\n", ("two",)),
    Case("figure_show", TWO + "fig.show()\n", ("one",)),
    Case("saved_then_closed", ONE + "plt.savefig('a.png')\nplt.close('all')\n", ("one",)),
    Case("closed_unsaved", ONE + "plt.close('all')\n", error="NoArtifact",
         message="without a figure"),
    Case("nothing", "x = 1\n", error="NoArtifact"),
    Case("empty", "", error="NoArtifact"),
    Case("show_without_figure", HEAD + "plt.show()\n", error="NoArtifact"),
    Case("blank_figure", HEAD + "plt.figure()\n"),
    Case(
        "without_pyplot",
        "from matplotlib.figure import Figure\nfig = Figure()\nax = fig.add_subplot()\n"
        "ax.set_title('bare')\nfig.savefig('x.png')\n",
        ("bare",),
    ),
    Case(
        "unsaved_without_pyplot",
        "from matplotlib.figure import Figure\nFigure().add_subplot()\n",
        error="NoArtifact",
    ),
    Case("saved_then_cleared", ONE + "plt.savefig('a.png')\nplt.clf()\n", ("one",)),
    Case(
        "saved_cleared_saved",
        ONE + "plt.savefig('a.png')\nplt.clf()\nplt.title('new')\nplt.savefig('b.png')\n",
        ("new",), ("one",),
    ),
    Case("axes_cleared_after", ONE + "plt.savefig('a.png')\nax.cla()\n", ("one",)),
    Case("axes_removed_after", ONE + "plt.savefig('a.png')\nax.remove()\n", ("one",)),
    Case(
        "style_context_is_kept",
        HEAD + "with plt.rc_context({'font.family': 'monospace', 'text.hinting': 'none'}):\n"
        "    plt.title('mono')\n    plt.savefig('a.png')\n",
        ("mono",),
    ),
    Case("exit_zero", ONE + "import sys\nsys.exit(0)\n", ("one",)),
    Case("exit_none", ONE + "raise SystemExit\n", ("one",)),
    Case("exit_three", ONE + "import sys\nsys.exit(3)\n", error="SystemExit", message="3", line=6),
    Case("main_guard", "if __name__ == '__main__':\n" + "".join(
        f"    {line}\n" for line in ONE.splitlines()), ("one",)),
    Case("pickles_of_main", ONE + "import pickle\nclass A: pass\npickle.loads(pickle.dumps(A()))\n",
         ("one",)),
    Case("caught_error", ONE + "ax.text(0, 0, '$\\\\frac$')\ntry:\n    plt.savefig('a.png')\n"
         "except ValueError:\n    ax.texts[0].remove()\n", ("one",)),
    Case("impossible_path", ONE + "plt.savefig('/no/such/folder/a.png')\n", ("one",)),
    Case("pdf_and_svg", ONE + "plt.savefig('a.pdf')\nplt.savefig('b', format='svg')\n", ("one",)),
    Case("options", ONE + "plt.savefig('a.png', dpi=70, bbox_inches='tight', pad_inches=0.1,"
         " transparent=True, metadata={'a': 'b'}, pil_kwargs={'optimize': True})\n", ("one",)),
    Case("buffer", ONE + "import io\nb = io.BytesIO()\nfig.savefig(b)\nb.seek(0)\nb.read()\n",
         ("one",)),
    Case("path_object", ONE + "from pathlib import Path\nfig.savefig(Path('x') / 'a.jpg')\n",
         ("one",)),
    Case("no_suffix", ONE + "fig.savefig('picture')\n", ("one",)),
    Case("unknown_format", ONE + "fig.savefig('a.xyz')\n", error="ValueError",
         message="Format 'xyz' is not supported", line=5),
    Case("no_file_name", ONE + "fig.savefig()\n", error="TypeError", message="fname", line=5),
    Case("bad_target", ONE + "fig.savefig(3)\n", error="ValueError", message="PathLike", line=5),
    Case("animation", HEAD + "from matplotlib.animation import FuncAnimation\n"
         "fig, ax = plt.subplots()\n"
         "anim = FuncAnimation(fig, lambda i: ax.set_title(f'frame {i}'), frames=5)\nplt.show()\n"),
    Case("draw_event", HEAD + "fig, ax = plt.subplots()\nseen = []\n"
         "fig.canvas.mpl_connect('draw_event', lambda e: print('drawn'))\nax.set_title('t')\n",
         ("t",)),
    Case("backends", "import matplotlib\nmatplotlib.use('pdf')\n" + ONE, ("one",)),
    Case("agg_backend", "import matplotlib\nmatplotlib.use('Agg')\n" + ONE + "plt.show()\n",
         ("one",)),
    Case("own_artist", HEAD + "from matplotlib.lines import Line2D\nclass Mine(Line2D):\n"
         "    def draw(self, renderer):\n        super().draw(renderer)\n"
         "fig, ax = plt.subplots()\nax.add_line(Mine([0, 1], [0, 1]))\nax.set_title('own')\n",
         ("own",)),
    Case("patched_show", ONE + "plt.show = lambda: None\nplt.show()\n", ("one",)),
]  # fmt: skip

ERRORS = [
    Case("raises", ONE + "1 / 0\n", error="ZeroDivisionError", line=5),
    Case("syntax", "import x y\n", error="SyntaxError"),
    Case("null_byte", "x = '\0'\n", error="SyntaxError", message="null"),
    Case("bad_formula", ONE + "ax.set_xlabel(r'$\\frac{1}$')\nplt.tight_layout\n",
         error="ValueError", message="frac", line=5),
    *(Case(f"usetex_{name}", source, error="UnsupportedDrawing", message="LaTeX", line=line)
      for name, source, line in (
          ("text", ONE + "ax.set_xlabel('x', usetex=True)\n", 5),
          ("measured", ONE + "ax.set_xlabel('x', usetex=True)\nplt.tight_layout()\n", 5),
          ("setting", HEAD + "plt.rcParams['text.usetex'] = True\nplt.plot([1])\nplt.show()\n", 2),
          ("rc", HEAD + "plt.rc('text', usetex=True)\nplt.plot([1])\nplt.savefig('a.pdf')\n", 2),
          ("path", HEAD + "from matplotlib.textpath import TextPath\n"
           "TextPath((0, 0), 'x', usetex=True)\n", 3),
      )),
    *(Case(f"system_font_{name}", ONE + "from matplotlib import font_manager as fm\n"
           f"path = '/usr/share/fonts/truetype/x/Xyz.ttf'\n{source}\n", error="UnsupportedDrawing",
           message="'/usr/share/fonts/truetype/x/Xyz.ttf' is not available: charts are", line=7)
      for name, source in (
          ("text", "ax.set_xlabel('x', fontproperties=fm.FontProperties(fname=path))"),
          ("measured", "ax.set_title('x', font=fm.FontProperties(fname=path)); plt.tight_layout()"),
          ("formula", "ax.set_xlabel('$x$', fontproperties=fm.FontProperties(fname=path))"),
          ("legend", "ax.legend(['a'], prop=fm.FontProperties(fname=path))"),
          ("added", "fm.fontManager.addfont(path)"),
          ("named", "print(fm.FontProperties(fname=path).get_name())"),
      )),
    Case("far_text", ONE + "ax.set_xlim(0, 1)\nax.text(5e8, 2, 'lost')\nplt.savefig('a.png')\n",
         error="UnsupportedDrawing", message="the text 'lost' stands 2e+11 pixels away", line=6),
    Case("far_note", ONE + "ax.annotate('far', (1, 2), (1, 1e9))\n",
         error="UnsupportedDrawing", message="the text 'far' stands", line=5),
    Case("far_text_tight", ONE + "ax.text(9e4, 2, 'lost')\nplt.savefig('a', bbox_inches='tight')\n",
         error="CanvasLimit", message="the text 'lost' reaches", line=5),
    Case("far_image", ONE + "fig.figimage([[1, 2]], 3, -2e9)\n", ("one",)),
    Case("bad_formula_saved", ONE + "ax.set_xlabel(r'$\\frac{1}$')\nfor k in range(2):\n"
         "    plt.savefig('a.png', bbox_inches='tight')\n", error="ValueError", message="frac",
         line=5),
    Case("own_callback", ONE + "def show(x, _):\n    return 1 / 0\n"
         "ax.xaxis.set_major_formatter(show)\nplt.savefig('a.png')\n",
         error="ZeroDivisionError", line=6),
    Case("huge_shape", ONE + "ax.plot([1, 2], lw=1e7)\n", error="UnsupportedDrawing",
         message="cannot be painted"),
    Case("agg_filter", ONE + "ax.lines[0].set_agg_filter(lambda a, dpi: (a, 0, 0))\n",
         error="UnsupportedDrawing", message="set_agg_filter", line=3),
    Case("font_file", ONE + "from matplotlib.font_manager import FontProperties\n"
         "open('x.ttf', 'wb').write(open(plt.matplotlib.get_data_path() +"
         " '/fonts/ttf/cmr10.ttf', 'rb').read())\n"
         "ax.set_xlabel('x', fontproperties=FontProperties(fname='x.ttf'))\n",
         error="UnsupportedDrawing", message="matplotlib's own fonts", line=7),
    Case("added_font", ONE + "import shutil\nfrom matplotlib import font_manager as fm\n"
         "shutil.copy(plt.matplotlib.get_data_path() + '/fonts/ttf/cmr10.ttf', 'y.ttf')\n"
         "import dataclasses\nfm.fontManager.addfont('y.ttf')\nfonts = fm.fontManager.ttflist\n"
         "fonts[-1] = dataclasses.replace(fonts[-1], name='Mine')\n"
         "ax.set_xlabel('x', family='Mine')\n",
         error="UnsupportedDrawing", message="'cmr10' is not available"),
    Case("huge_canvas", HEAD + "plt.figure(figsize=(100, 100), dpi=100)\n", error="CanvasLimit",
         message="10000 x 10000 pixels"),
    Case("no_canvas", HEAD + "plt.figure(figsize=(0.001, 3))\n", error="ValueError",
         message="give it a size"),
    Case("too_many_calls", HEAD + "from matplotlib.patches import Rectangle\nax = plt.gca()\n"
         "for i in range(21000): ax.add_artist(Rectangle((0, 0), 1, 1))\n",
         error="DrawingLimit", message="draw calls"),
    Case("huge_text", ONE + "ax.text(0, 0, 'x' * 400, fontsize=900)\n", error="UnsupportedDrawing",
         message="400 characters"),
]  # fmt: skip

ATTACKS = {
    "savefig": "from matplotlib.figure import Figure\nFigure.savefig = lambda *a, **k: None\n",
    "figure_draw": "from matplotlib.figure import Figure\nFigure.draw = lambda self, r: None\n",
    "artist_draw": "import matplotlib.artist as a\na.Artist.draw = lambda self, r: None\n",
    "code_object": "from matplotlib.text import Text\n"
    "Text.get_rotation.__code__ = (lambda self: 0).__code__\n",
    "renderer": "from matplotlib.backends.backend_agg import RendererAgg\n"
    "RendererAgg.get_text_width_height_descent = lambda *a: (0, 0, 0)\n",
    "canvas": "import matplotlib.backends.backend_agg as b\n"
    "b.FigureCanvasAgg.draw = lambda self: None\n",
    "canvas_class": "import matplotlib.backends.backend_agg as b\n"
    "class C(b.FigureCanvasAgg): pass\nb.FigureCanvasAgg = C\n",
    "recorder": "import sys\nm = sys.modules['vsdpo_jax.domains.chart.child.recorder']\n"
    "m.record = lambda *a: None\n",
    "encode": "import sys\nm = sys.modules['vsdpo_jax.domains.chart.drawlist.codec']\n"
    "m.encode = lambda *a: b'forged'\n",
    "recording": "import sys\nm = sys.modules['vsdpo_jax.domains.chart.child.recording']\n"
    "m.RecordingRenderer.draw_text = lambda *a, **k: None\n",
    "module": "import sys, types\nsys.modules['vsdpo_jax.domains.chart.drawlist.codec'] ="
    " types.ModuleType('x')\n",
    "json": "import json\njson.dumps = lambda *a, **k: '{}'\n",
    "deleted": "from matplotlib.axis import Axis\ndel Axis.draw\n",
}
HARMLESS = {
    "own_attribute": "from matplotlib.axes import Axes\nAxes.my_helper = lambda self: 1\n",
    "pyplot": "plt.savefig = lambda *a, **k: None\nplt.savefig('x')\n",
    "rc": "plt.rcParams['figure.dpi'] = 50\n",
    "instance": "fig.savefig = lambda *a: None\nfig.savefig('x')\n",
    "seaborn": "import seaborn as sns\nsns.set_theme()\n",
    "builtins": "import builtins\nbuiltins.print = lambda *a: None\n",
}


@pytest.fixture(scope="module")
def runs() -> dict[str, Recorded]:
    sources = {case.name: case.source for case in [*ARTIFACTS, *ERRORS]}
    sources |= {f"attack_{name}": ONE + source for name, source in ATTACKS.items()}
    sources |= {f"harmless_{name}": ONE + source for name, source in HARMLESS.items()}
    sources |= {
        "seeds": HEAD + "import numpy as np, random\n"
        "plt.title(f'{np.random.rand()} {random.random()} {np.random.default_rng().random()}')\n",
        "seeds_again": HEAD + "import numpy as np, random\n"
        "plt.title(f'{np.random.rand()} {random.random()} {np.random.default_rng().random()}')\n",
        "facecolor": ONE + "fig.savefig('a.png', facecolor='red')\n",
        "white": ONE + "fig.savefig('a.png')\n",
        "restyled": ONE + "plt.rcParams['savefig.facecolor'] = 'blue'\nfig.savefig('a.png')\n",
        "writes": ONE + "import os\nplt.savefig('a.png')\nfig.savefig('b.pdf')\n"
        "found = sorted(name for name in os.listdir() if name[:2] in ('a.', 'b.'))\n"
        "ax.set_title(f'files {found}')\nplt.show()\n",
        "counts": HEAD + "from matplotlib.lines import Line2D\nclass Counted(Line2D):\n"
        "    drawn = 0\n    def draw(self, renderer):\n        Counted.drawn += 1\n"
        "        ax.set_title(f'drawn {Counted.drawn}')\n        super().draw(renderer)\n"
        "fig, ax = plt.subplots(layout='constrained')\nax.add_line(Counted([0, 1], [0, 1]))\n"
        "for name in 'abc': plt.savefig(name + '.png')\nplt.show()\n",
    }
    return record_all(sources)


def _texts(recorded: Recorded) -> list[str]:
    assert recorded.payload is not None, recorded.error
    return [op.text for op in decode(recorded.payload).ops if isinstance(op, TextOp)]


@pytest.mark.parametrize("case", [*ARTIFACTS, *ERRORS], ids=lambda case: case.name)
def test_what_a_program_comes_to(case, runs):
    recorded = runs[case.name]
    if case.error is None:
        texts = _texts(recorded)
        assert set(case.texts) <= set(texts)
        assert not set(case.without) & set(texts)
        return
    assert recorded.error is not None
    if case.error:
        assert recorded.error["type"] == case.error, recorded.error
    assert case.message in recorded.error["message"]
    if case.line is not None:
        assert recorded.error["lines"][-1:] == [case.line]


def test_limits_carry_their_name(runs):
    assert runs["huge_canvas"].error["limit"] == "canvas"
    assert runs["too_many_calls"].error["limit"] == "payload"


@pytest.mark.parametrize("name", ATTACKS)
def test_replaced_functions_are_noticed(name, runs):
    error = runs[f"attack_{name}"].error
    assert error is not None
    assert error["status"] == "tamper"
    assert error["message"].startswith("the program replaced ")


@pytest.mark.parametrize("name", HARMLESS)
def test_harmless_changes_are_no_tampering(name, runs):
    assert "one" in _texts(runs[f"harmless_{name}"])


def test_generators_are_seeded(runs):
    assert _texts(runs["seeds"])[-1] == _texts(runs["seeds_again"])[-1]


def test_saving_writes_files(runs):
    assert "files ['a.png', 'b.pdf']" in _texts(runs["writes"])


def test_a_figure_is_drawn_once_however_often_it_is_saved(runs):
    assert "drawn 1" in _texts(runs["counts"])


def test_colours_given_to_savefig_are_kept(runs):
    def corner(name: str) -> list[int]:
        return paint(decode(runs[name].payload)).image_YXC[0, 0].tolist()

    assert corner("facecolor") == [255, 0, 0]
    assert corner("white") == [255, 255, 255]
    assert corner("restyled") == [0, 0, 255]


def test_settings_at_saving_time_are_those_of_the_picture(runs):
    draw_list = decode(runs["style_context_is_kept"].payload)
    assert draw_list.style["font.family"] == ("monospace",)
    assert draw_list.style["text.hinting"] == "none"


def test_cleared_figure_is_the_one_that_was_saved(runs):
    before = paint(decode(runs["saved_then_closed"].payload)).image_YXC
    for name in ("saved_then_cleared", "axes_cleared_after", "axes_removed_after"):
        assert np.array_equal(paint(decode(runs[name].payload)).image_YXC, before), name


def test_child_needs_neither_painter_nor_detectors_nor_jax():
    """The recorder's imports: standard library and plotting stack only."""
    code = (
        "import sys\nimport vsdpo_jax.domains.chart.child.recorder\n"
        "bad = {'jax', 'flax', 'torch', 'paint', 'judge', 'lab'}\n"
        "ours = [m for m in sys.modules if m.startswith(('jax', 'flax', 'torch', 'vsdpo_jax'))]\n"
        "print([name for name in ours if bad & set(name.split('.'))])\n"
    )
    found = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT
    )
    assert found.stdout.strip() == "[]"


def test_a_figure_can_be_recorded_by_hand():
    source = (
        "import matplotlib.pyplot as plt\n"
        "from vsdpo_jax.domains.chart.child import recorder\n"
        "from vsdpo_jax.domains.chart.drawlist import codec\n"
        "from vsdpo_jax.domains.chart.child.attribution import SourceMap\n"
        "fig, ax = plt.subplots()\nax.plot([1, 3, 2])\n"
        "found = recorder.record(fig, SourceMap(''))\n"
        "assert codec.decode(codec.encode(found)).width == 640.0\n"
        "assert {artist.role for artist in found.artists} >= {'data', 'spine', 'x_tick_label'}\n"
    )
    assert record_all({"by_hand": source})["by_hand"].error is None
