"""What the judge of the high-level score is shown and told."""

from __future__ import annotations

import base64
import io

import numpy as np
import pytest
from PIL import Image

from vsdpo_jax.benchmarks.base import Scoring, load_benchmark, outcome_of
from vsdpo_jax.benchmarks.chartmimic.high import ROOM
from vsdpo_jax.domains.pool import Job, RenderPool

BENCHMARK = load_benchmark("chartmimic")
OLD = (
    "import matplotlib.pyplot as plt\nimport numpy as np\n"
    "plt.figure(figsize=(5, 4))\n"
    "plt.bar(['a', 'b'], [1, np.trapz([1, 1])], color=plt.cm.get_cmap('viridis')(0.5))\n"
)


def test_the_reference_is_shown_first_and_all_points_are_named():
    assert BENCHMARK.judged is not None
    chat = BENCHMARK.judged.question(b"\x89PNG reference", b"\x89PNG candidate")
    (turn,) = chat.messages
    text, first, second = turn.parts
    assert (first, second) == (b"\x89PNG reference", b"\x89PNG candidate")
    assert "The first is the reference" in text
    points = [
        int(line.split("(")[1].split()[0]) for line in text.splitlines() if " points)" in line
    ]
    assert points == [20, 10, 20, 20, 20, 10]
    assert (chat.temperature, chat.top_p, chat.max_tokens) == (0.1, 0.95, 4096)


def test_high_is_in_shares_and_overall_is_the_mean_of_low_and_high():
    axis = BENCHMARK.judged
    assert axis is not None
    assert axis.score("Comments: ...\nScore: 85/100") == 0.85
    assert axis.score("no idea") is None
    high, overall = axis.columns
    parts = {axis: {"f1": 0.5} for axis in ("text", "layout", "chart_type", "color")}
    assert high.value({"high": 0.9}) == 0.9
    assert overall.value({**parts, "high": 0.9}) == pytest.approx(0.7)
    assert overall.value({**parts, "high": None}) is None


@pytest.mark.slow
def test_pictures_are_drawn_by_our_painter_under_current_libraries():
    axis = BENCHMARK.judged
    assert axis is not None
    fenced = f"```python\n{OLD}plt.show()\n```"
    requests = [
        axis.picture(f"{OLD}plt.savefig('a.pdf')\n", "a", False),
        axis.picture(fenced, "a", True),
        axis.picture("```python\nimport matplotlib.pyplot as plt\nplt.figure()\n```", "a", True),
    ]
    options = BENCHMARK.rooms(Scoring(edition="code_pass"))[ROOM]
    with RenderPool(ROOM, num_workers=1, options=options) as pool:
        found = [outcome_of(j) for j in pool.map([Job(source=r.source) for r in requests])]
    assert [outcome.status for outcome in found] == ["ok", "ok", "ok"], found
    pictures = []
    for outcome in found:
        assert outcome.reading is not None
        with Image.open(io.BytesIO(base64.b64decode(outcome.reading["picture"]))) as image:
            pictures.append(np.asarray(image))
    assert pictures[0].shape == (640, 800, 3)
    assert np.array_equal(pictures[0], pictures[1]), "the same program, the same picture"
    assert [outcome.reading["is_blank"] for outcome in found if outcome.reading] == [
        False, False, True,
    ]  # fmt: skip
