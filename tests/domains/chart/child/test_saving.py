"""Saving and showing: the picture is what plain matplotlib saves, and the file is there."""

from __future__ import annotations

import numpy as np
import pytest
from recorded import Recorded, plain_pictures, record_all

from vsdpo_jax.domains.chart.drawlist.codec import DrawList, decode
from vsdpo_jax.domains.chart.drawlist.records import MarkersOp, PathOp, TextOp
from vsdpo_jax.domains.chart.paint import measure
from vsdpo_jax.domains.chart.paint.raster import paint

HEAD = "import matplotlib.pyplot as plt\nimport numpy as np\n"
ONE = HEAD + "fig, ax = plt.subplots(figsize=(4, 3))\nax.plot([1, 3, 2], 'o-', label='line')\n"
LONG = HEAD + "x = np.linspace(0, 100, 3000)\n"

# Every program saves a PNG (or leaves a figure); its picture must equal matplotlib's.
PICTURES = {
    "tight": ONE + "ax.set_title('title')\nfig.savefig('a.png', bbox_inches='tight')\n",
    "tight_legend_outside": ONE + "ax.legend(bbox_to_anchor=(1.02, 1), loc='upper left')\n"
    "plt.savefig('a.png', bbox_inches='tight')\n",
    "tight_figure_legend": ONE + "fig.legend(loc='upper left', bbox_to_anchor=(1, 0.9))\n"
    "plt.savefig('a.png', bbox_inches='tight', pad_inches=0.4)\n",
    "tight_by_settings": ONE + "plt.rcParams['savefig.bbox'] = 'tight'\n"
    "plt.rcParams['savefig.pad_inches'] = 0.02\nfig.savefig('a.png')\n",
    "tight_constrained": HEAD + "fig, axs = plt.subplots(2, 2, layout='constrained')\n"
    "axs[0, 1].set_ylabel('wide label')\nfig.suptitle('top')\n"
    "fig.savefig('a.png', bbox_inches='tight', pad_inches='layout')\n",
    "tight_aspect": HEAD + "fig, (a, b) = plt.subplots(1, 2)\nim = a.imshow(np.eye(3))\n"
    "fig.colorbar(im, ax=a)\nb.set_aspect('equal')\nb.plot([0, 1])\n"
    "fig.savefig('a.png', bbox_inches='tight', dpi=70)\n",
    "tight_3d": HEAD + "ax = plt.figure().add_subplot(projection='3d')\n"
    "ax.scatter([0, 1], [0, 1], [0, 1])\nax.set_zlabel('z')\n"
    "plt.savefig('a.png', bbox_inches='tight')\n",
    "tight_polar": HEAD + "ax = plt.subplot(projection='polar')\nax.plot([0, 1, 2], [1, 2, 3])\n"
    "plt.savefig('a.png', bbox_inches='tight', dpi=80)\n",
    "extra_artists": ONE + "note = fig.text(1.1, 0.5, 'far right')\n"
    "fig.savefig('a.png', bbox_inches='tight', bbox_extra_artists=[ax])\n",
    "box_in_inches": ONE + "from matplotlib.transforms import Bbox\n"
    "fig.savefig('a.png', bbox_inches=Bbox([[0.5, 0.25], [3.2, 2.75]]))\n",
    "fine": ONE + "fig.savefig('a.png', dpi=200)\n",
    "coarse": ONE + "fig.savefig('a.png', dpi=50)\n",
    "fine_by_settings": ONE + "plt.rcParams['savefig.dpi'] = 150\nfig.savefig('a.png')\n",
    "own_dpi": HEAD + "plt.figure(figsize=(4, 3), dpi=130)\nplt.bar([1, 2], [3, 4])\n"
    "plt.savefig('a.png')\n",
    "transparent": ONE + "fig.set_facecolor('0.8')\nfig.savefig('a.png', transparent=True)\n",
    "face_color": ONE + "fig.savefig('a.png', facecolor='tab:red', edgecolor='k')\n",
    "face_color_by_settings": ONE + "plt.rcParams['savefig.facecolor'] = 'teal'\n"
    "fig.savefig('a.png')\n",
    "animated": ONE + "ax.plot([3, 1, 2], animated=True)\nfig.savefig('a.png')\n",
    "animated_current": ONE + "ax.plot([3, 1, 2], animated=True)\n",
    "cursor": ONE + "from matplotlib.widgets import Cursor\n"
    "cursor = Cursor(ax, useblit=True)\nfig.savefig('a.png')\n",
    "blit_animation": ONE + "from matplotlib.animation import FuncAnimation\n"
    "line, = ax.plot([], [], 'r', animated=True)\ndef step(k):\n"
    "    line.set_data([0, 1, 2], [k, 1, 3 - k])\n    return [line]\n"
    "anim = FuncAnimation(fig, step, frames=3, blit=True)\nplt.show()\n",
    "artist_animation": ONE + "from matplotlib.animation import ArtistAnimation\n"
    "frames = [ax.plot([0, k], 'g') for k in range(3)]\n"
    "anim = ArtistAnimation(fig, frames)\nfig.savefig('a.png')\n",
    "tight_layout": HEAD + "fig, axs = plt.subplots(2, 2)\naxs[0, 0].set_title('a')\n"
    "axs[1, 0].set_xlabel('x')\nfig.tight_layout()\nfig.savefig('a.png')\n",
    "compressed": HEAD + "fig, axs = plt.subplots(1, 2, layout='compressed')\n"
    "for ax in axs:\n    ax.imshow(np.arange(12).reshape(3, 4))\nfig.savefig('a.png')\n",
    "constrained_best_legend": HEAD + "fig, ax = plt.subplots(layout='constrained')\n"
    "ax.plot([3, 1, 2], label='a')\nax.legend()\nax.set_title('t')\nfig.savefig('a.png')\n",
    "subfigures": HEAD + "fig = plt.figure(layout='constrained')\n"
    "left, right = fig.subfigures(1, 2)\n"
    "left.subplots().plot([1, 2])\nright.subplots(2, 1)[1].bar([1, 2], [2, 1])\n"
    "left.suptitle('left')\nfig.savefig('a.png', bbox_inches='tight')\n",
    "style_context": HEAD + "with plt.style.context('dark_background'):\n"
    "    plt.plot([1, 2])\n    plt.title('t')\n    plt.savefig('a.png')\n",
    "without_pyplot": "from matplotlib.figure import Figure\nfig = Figure(figsize=(3, 2))\n"
    "fig.subplots().plot([1, 2])\nfig.savefig('a.png', bbox_inches='tight')\n",
    "canvas_figure": "from matplotlib.figure import Figure\n"
    "from matplotlib.backends.backend_agg import FigureCanvasAgg\nfig = Figure()\n"
    "canvas = FigureCanvasAgg(fig)\nfig.add_subplot().plot([1, 2])\ncanvas.print_figure('a.png')\n",
    "canvas_png": "from matplotlib.figure import Figure\n"
    "from matplotlib.backends.backend_agg import FigureCanvasAgg\nfig = Figure()\n"
    "canvas = FigureCanvasAgg(fig)\nfig.add_subplot().plot([1, 2], animated=True)\n"
    "canvas.print_png('a.png')\n",
    "other_backend": HEAD + "plt.switch_backend('svg')\nplt.plot([1, 2])\nplt.savefig('a.png')\n",
    "changed_after": ONE + "fig.savefig('a.png')\nax.set_title('later')\nax.set_xlim(0, 9)\n",
    "cleared_after": ONE + "fig.savefig('a.png')\nplt.clf()\nplt.plot([9, 1])\n",
    "saved_then_shown": ONE + "fig.savefig('a.png', bbox_inches='tight')\nplt.show()\n",
    "two_formats": ONE + "fig.savefig('a.png', dpi=90)\nfig.savefig('a.pdf', dpi=90)\n",
    "same_figure_twice": ONE + "fig.savefig('a.png')\nax.set_title('t')\nfig.savefig('b.png')\n",
    "label_moved_between": ONE + "fig.savefig('a.png')\nax.get_xticklabels()[1].set_color('r')\n"
    "fig.savefig('b.png')\n",
    "picture_of_a_picture": ONE + "import io\nfrom PIL import Image\nfile = io.BytesIO()\n"
    "fig.savefig(file, format='png')\nfile.seek(0)\nother, ax = plt.subplots()\n"
    "ax.imshow(Image.open(file))\nother.savefig('b.png')\n",
    "buffer_as_picture": ONE + "fig.canvas.draw()\nseen = np.asarray(fig.canvas.buffer_rgba())\n"
    "plt.figure()\nplt.imshow(seen)\nplt.savefig('b.png')\n",
    "pickled": ONE + "import pickle\nagain = pickle.loads(pickle.dumps(fig))\n"
    "again.axes[0].set_title('copy')\nagain.savefig('a.png')\n",
    "deep_copied": ONE + "import copy\nagain = copy.deepcopy(fig)\nagain.savefig('a.png')\n",
    "images_and_meshes": HEAD + "fig, (a, b) = plt.subplots(1, 2)\n"
    "a.pcolormesh(np.arange(12).reshape(3, 4))\nb.imshow(np.eye(5), interpolation='bilinear')\n"
    "b.tripcolor([0, 4, 2], [0, 0, 3], [1, 2, 3], shading='gouraud')\n"
    "fig.savefig('a.png', bbox_inches='tight', dpi=77)\n",
    "figure_image": HEAD + "fig = plt.figure(figsize=(3, 2))\n"
    "fig.figimage(np.arange(4800.0).reshape(60, 80), 20, 30)\nfig.savefig('a.png')\n",
}  # fmt: skip
SIZES = [(9.2, 5), (2.3, 4.1), (4.6, 3.5), (8.2, 3.3), (5.7, 2.3), (3.333, 2.777)]
PICTURES |= {
    f"size_{width}_{height}_{dpi}": HEAD + f"fig, ax = plt.subplots(figsize=({width}, {height}))\n"
    f"ax.plot([1, 3, 2])\nfig.savefig('a.png', dpi={dpi}{tight})\n"
    for (width, height), dpi, tight in zip(
        SIZES, [100, 50, 200, 100, 72, 101], ["", "", "", ", bbox_inches='tight'", "", ""],
        strict=True,
    )
}  # fmt: skip
# Lines of more than 1000 sorted points, of which plain matplotlib draws a slice.
LONG_LINES = {
    "zoomed": "plt.plot(x, np.sin(x**2 / 99))\nplt.xlim(20, 45)\n",
    "thick_and_dashed": "plt.plot(x, np.cos(x), '--', lw=6)\nplt.xlim(30.01, 31)\n",
    "markers": "plt.plot(x, np.sin(x), 'o-', ms=9)\nplt.xlim(10, 12)\n",
    "only_markers": "plt.plot(x, np.sin(x), 's')\nplt.xlim(-5, 12)\n",
    "steps": "plt.step(x, np.round(np.sin(x)))\nplt.xlim(10, 70)\n",
    "level": "plt.plot(x, 0 * x)\nplt.plot(x, x)\nplt.xlim(10, 30)\n",
    "gaps": "y = np.sin(x)\ny[1000:1010] = np.nan\nplt.plot(x, y)\nplt.xlim(30, 40)\n",
    "reversed": "plt.plot(x, np.sin(x))\nplt.xlim(70, 20)\n",
    "all_outside": "plt.plot(x, np.sin(x))\nplt.xlim(200, 300)\n",
    "effects": "import matplotlib.patheffects as pe\nplt.plot(x, np.sin(x), path_effects=["
    "pe.withStroke(linewidth=5, foreground='y')])\nplt.xlim(20, 50)\n",
}
PICTURES |= {f"long_line_{name}": LONG + source for name, source in LONG_LINES.items()}

# Programs that read back what they saved; they raise when it is not there.
READERS = {
    "buffer": "import io\nfrom PIL import Image\nfile = io.BytesIO()\n"
    "plt.savefig(file, format='png')\n"
    "file.seek(0)\nassert Image.open(file).size == (400, 300)\n",
    "file": "import os\nplt.savefig('a.png', dpi=50)\nassert os.path.getsize('a.png') > 1000\n"
    "assert plt.imread('a.png').shape == (150, 200, 4)\n",
    "path_object": "from pathlib import Path\nfig.savefig(Path('b.png'))\n"
    "assert Path('b.png').read_bytes()[:4] == b'\\x89PNG'\n",
    "raster_formats": "from PIL import Image\n"
    "for fmt in ('png', 'jpg', 'jpeg', 'tif', 'tiff', 'webp', 'gif'):\n"
    "    fig.savefig('x.' + fmt)\n    assert Image.open('x.' + fmt).size == (400, 300), fmt\n",
    "raw": "fig.savefig('x.raw')\nfig.savefig('x.rgba')\nimport os\n"
    "assert os.path.getsize('x.raw') == os.path.getsize('x.rgba') == 400 * 300 * 4\n",
    "vector_formats": "import gzip, re\n"
    "for fmt in ('pdf', 'svg', 'svgz', 'ps', 'eps', 'pgf'):\n    fig.savefig('x.' + fmt)\n"
    "assert open('x.pdf', 'rb').read()[:5] == b'%PDF-'\n"
    "assert re.search('<svg .*width=\"288pt\"', open('x.svg').read())\n"
    "assert b'<svg' in gzip.open('x.svgz').read()\n"
    "assert open('x.eps', 'rb').read()[:11] == b'%!PS-Adobe-'\n"
    "assert 'pgfpicture' in open('x.pgf').read()\n",
    "text_file": "import io\nfile = io.StringIO()\nfig.savefig(file, format='svg')\n"
    "assert file.getvalue().rstrip().endswith('</svg>')\n",
    "print_to_buffer": "data, size = fig.canvas.print_to_buffer()\nassert size == (400, 300)\n"
    "assert len(data) == 400 * 300 * 4\n",
    "print_jpg": "from PIL import Image\nfig.canvas.print_jpg('x.jpg')\n"
    "assert Image.open('x.jpg').size == (400, 300)\n",
    "svg_canvas": "from matplotlib.backends.backend_svg import FigureCanvasSVG\n"
    "FigureCanvasSVG(fig).print_svg('x.svg')\nassert '</svg>' in open('x.svg').read()\n",
    "pdf_pages": "from matplotlib.backends.backend_pdf import PdfPages\n"
    "with PdfPages('book.pdf') as book:\n    book.savefig()\n    book.savefig(fig)\n"
    "    fig.savefig(book, format='pdf')\n    assert book.get_pagecount() == 3\n"
    "assert b'/Count 3' in open('book.pdf', 'rb').read()\n",
    "gif": "from matplotlib.animation import FuncAnimation\nfrom PIL import Image\n"
    "line = ax.lines[0]\nanim = FuncAnimation(fig, lambda k: line.set_ydata([k, 1, 2]), frames=3)\n"
    "anim.save('a.gif', writer='pillow', fps=5)\nassert Image.open('a.gif').n_frames == 3\n",
    "movie": "from matplotlib.animation import FFMpegWriter, FuncAnimation\nfrom PIL import Image\n"
    "line = ax.lines[0]\nanim = FuncAnimation(fig, lambda k: line.set_ydata([k, 1, 2]), frames=3)\n"
    "anim.save('a.mp4')\nanim.save('b.mp4', writer='ffmpeg', dpi=50)\n"
    "anim.save('c.mp4', writer=FFMpegWriter(fps=9, bitrate=1800, metadata={'artist': 'me'}))\n"
    "assert all(Image.open(f'{name}.mp4').n_frames == 3 for name in 'abc')\n",
    "html_animation": "from matplotlib.animation import FuncAnimation\n"
    "anim = FuncAnimation(fig, lambda k: None, frames=2)\nassert 'base64' in anim.to_jshtml()\n",
    "read_pixels": "fig.canvas.draw()\nseen = np.asarray(fig.canvas.buffer_rgba())\n"
    "assert seen.shape == (300, 400, 4) and (seen[..., :3] < 200).any()\n"
    "assert len(fig.canvas.tostring_argb()) == seen.size\n",
    "pickle": "import pickle\nassert len(pickle.dumps(fig)) > 1000\n",
    "event_canvas": "canvas = fig.canvas\ndef seen(event):\n    assert event.canvas is canvas\n"
    "canvas.mpl_connect('draw_event', seen)\nfig.savefig('a.png')\nplt.show()\n",
    "canvas_class": "from matplotlib.backends.backend_agg import FigureCanvasAgg\n"
    "assert type(fig.canvas) is FigureCanvasAgg\nfig.canvas.draw()\n",
    "no_such_folder": "fig.savefig('/no/such/folder/a.png')\nfig.savefig('neither/a.pdf')\n",
}  # fmt: skip


@pytest.fixture(scope="module")
def runs() -> dict[str, Recorded]:
    return record_all(PICTURES | {f"read_{name}": ONE + s for name, s in READERS.items()} | OTHERS)


@pytest.fixture(scope="module")
def plain() -> dict[str, np.ndarray]:
    return plain_pictures(PICTURES)


def _drawn(recorded: Recorded) -> DrawList:
    assert recorded.payload is not None, recorded.error
    return decode(recorded.payload)


def _texts(recorded: Recorded) -> list[str]:
    return [op.text for op in _drawn(recorded).ops if isinstance(op, TextOp)]


@pytest.mark.parametrize("name", PICTURES)
def test_the_picture_is_what_plain_matplotlib_saves(name, runs, plain):
    image = paint(_drawn(runs[name])).image_YXC
    expected = measure.on_white(plain[name])
    assert image.shape == expected.shape
    assert int((image != expected).any(axis=-1).sum()) == 0


@pytest.mark.parametrize("name", READERS)
def test_what_was_saved_can_be_read(name, runs):
    _drawn(runs[f"read_{name}"])


# Path effects draw a line more than once; a level line alone would be snapped to pixels.
SLICED = ("effects", "level")


@pytest.mark.parametrize("name", LONG_LINES)
def test_long_lines_are_recorded_whole(name, runs):
    draw_list = _drawn(runs[f"long_line_{name}"])
    counts = [
        len(vertices)
        for op in draw_list.ops
        if isinstance(op, PathOp | MarkersOp) and draw_list.artists[op.artist].role == "data"
        if (vertices := draw_list.outlines[op.outline].vertices) is not None
    ]
    assert (min(counts) > 2900) == (name not in SLICED)


_COUNTED = (
    "drawn = []\nclass Counted(type(ax.lines[0])):\n    def draw(self, renderer):\n"
    "        drawn.append(1)\n        super().draw(renderer)\n"
    "ax.add_line(Counted([0, 1], [0, 1]))\n"
    "def told():\n    fig2, ax2 = plt.subplots()\n    ax2.set_title(f'drawn {len(drawn)}')\n"
    "    fig2.savefig('told.png')\n"
)
OTHERS = {
    "drawn_once": ONE + _COUNTED + "fig.savefig('a.png')\ntold()\n",
    "drawn_once_with_layout": ONE + _COUNTED + "fig.set_layout_engine('constrained')\n"
    "fig.savefig('a.png')\ntold()\n",
    "drawn_once_for_two_formats": ONE + _COUNTED + "plt.savefig('a.png')\nplt.savefig('a.pdf')\n"
    "plt.savefig('b.png')\nplt.show()\ntold()\n",
    "drawn_again_when_changed": ONE + _COUNTED + "plt.savefig('a.png')\nax.set_xlim(0, 9)\n"
    "plt.savefig('a.pdf')\nplt.rcParams['font.family'] = 'serif'\nplt.savefig('a.png')\n"
    "plt.savefig('a.png', dpi=55)\ntold()\n",
    "too_fine": ONE + "plt.savefig('a.png', dpi=3000)\n"
    "from PIL import Image\nwidth, _ = Image.open('a.png').size\n"
    "ax.set_title(f'{width}')\nplt.savefig('b.png')\n",
    "too_fine_tight": ONE + "plt.savefig('a.png', dpi=3000, bbox_inches='tight')\n",
    "pixels_only": "from matplotlib.figure import Figure\n"
    "from matplotlib.backends.backend_agg import FigureCanvasAgg\nfig = Figure()\n"
    "canvas = FigureCanvasAgg(fig)\nfig.add_subplot().set_title('read')\ncanvas.draw()\n"
    "data = bytes(canvas.buffer_rgba())\n",
    "many_saves": ONE + "for k in range(5):\n    ax.set_title(f'step {k}')\n"
    "    fig.savefig(f'{k}.png')\n",
    "last_page": ONE + "from matplotlib.backends.backend_pdf import PdfPages\n"
    "with PdfPages('b.pdf') as book:\n    for k in range(3):\n        ax.set_title(f'page {k}')\n"
    "        book.savefig(fig)\nplt.close('all')\n",
    "shown_and_closed": ONE + "ax.set_title('shown')\nplt.show()\nplt.close('all')\n",
    "saved_and_dropped": ONE + "ax.set_title('saved')\nplt.savefig('a.png')\nplt.close('all')\n"
    "del fig, ax\nimport gc\ngc.collect()\n",
    "regions": HEAD + "fig = plt.figure(figsize=(4, 4))\n"
    "ax = fig.add_axes([0.5, 0.5, 0.25, 0.25])\n"
    "ax.axis('off')\nax.patch.set_visible(True)\nax.add_patch(plt.Rectangle((0, 0), 1, 1))\n"
    "fig.savefig('a.png', bbox_inches='tight', pad_inches=0.1)\n",
}  # fmt: skip


@pytest.mark.parametrize("name", [name for name in OTHERS if name.startswith("drawn_once")])
def test_an_unchanged_figure_is_drawn_once(name, runs):
    assert "drawn 1" in _texts(runs[name])


def test_a_changed_figure_is_drawn_again(runs):
    assert "drawn 4" in _texts(runs["drawn_again_when_changed"])


def test_resolution_is_lowered_to_the_largest_picture(runs):
    (width,) = [int(t) for t in _texts(runs["too_fine"]) if t.isdigit() and len(t) == 4]
    assert 4500 < width <= np.sqrt(16e6 * 4 / 3)
    tight = _drawn(runs["too_fine_tight"])
    assert 0.7 * 16e6 < tight.width * tight.height <= 16e6


def test_which_picture_counts(runs):
    assert "read" in _texts(runs["pixels_only"])
    assert "step 4" in _texts(runs["many_saves"])
    assert "page 2" in _texts(runs["last_page"])
    assert "shown" in _texts(runs["shown_and_closed"])
    assert "saved" in _texts(runs["saved_and_dropped"])


def test_regions_are_in_pixels_of_the_saved_picture(runs):
    draw_list = _drawn(runs["regions"])
    assert draw_list.width == draw_list.height
    assert np.allclose(draw_list.axes[0].region, (10, 10, 100, 100), atol=1)
