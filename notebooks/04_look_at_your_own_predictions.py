# ---
# jupyter:
#   jupytext:
#     formats: ipynb,py:percent
#     text_representation:
#       extension: .py
#       format_name: percent
#       format_version: '1.3'
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# [![Open in Colab](https://colab.research.google.com/assets/colab-badge.svg)](https://colab.research.google.com/github/OWNER/vsdpo_jax/blob/main/notebooks/04_look_at_your_own_predictions.ipynb)
#
# # 4. Look at your own model's predictions
#
# A file of answers in, a table and annotated pictures out: which programs ran, which axes fail,
# and which lines are to blame. No model is needed.
#
# **Takes 1 minute on 2 cores for the four rows here (then about 5 programs a second and core), no
# accelerator, 1 GB of memory.**

# %%
from importlib.util import find_spec

from IPython import get_ipython

if find_spec("vsdpo_jax") is None:
    get_ipython().run_line_magic("pip", "install -q git+https://github.com/OWNER/vsdpo_jax@v0.1.0")
from vsdpo_jax.runtime import machine

print(machine.describe())

# %% [markdown]
# ## The rows
#
# One JSON object a line: `id`, `prediction` (what the model said, fences and prose included) and,
# if you like, `asked`: what the task asks for (`docs/architecture.md` has its fields). Put your
# file in place of these four.

# %%
import json
from pathlib import Path

DOMAIN, FILE = "chart", Path("predictions.jsonl")
PLOT = "import matplotlib.pyplot as plt\nfig, ax = plt.subplots(figsize=(5, 3))\n"
BARS = 'ax.bar(["Oak", "Elm", "Ash"], [41, 27, 33])\nax.set_title("Trees planted")\n'
ASKED = {"title": "Trees planted", "categories": ["Oak", "Elm", "Ash"]}
EXAMPLES = {
    "good": f"Here is the chart:\n```python\n{PLOT}{BARS}plt.show()\n```\nEnjoy!",
    "small": f"```python\n{PLOT}{BARS}ax.tick_params(labelsize=4)\nplt.show()\n```",
    "pale": f'```python\n{PLOT}{BARS.replace("planted", "cut")}ax.set_facecolor("C0")\n```',
    "broken": f"```python\n{PLOT}ax.bars([1, 2, 3])\n```",
}
if not FILE.exists():
    rows = [{"id": name, "prediction": said, "asked": ASKED} for name, said in EXAMPLES.items()]
    FILE.write_text("".join(json.dumps(row) + "\n" for row in rows))
rows = [json.loads(line) for line in FILE.read_text().splitlines() if line.strip()]
print(f"{len(rows)} rows; the first says:\n{rows[0]['prediction']}")

# %% [markdown]
# ## The programs in them
#
# The first fenced block of the domain's language counts, else the whole text.

# %%
from vsdpo_jax.domains.base import load_domain

language = load_domain(DOMAIN).language
programs = [language.extract(row["prediction"])[0] for row in rows]
print(programs[0])

# %% [markdown]
# ## May they run here?
#
# A model wrote these programs: they run only where every layer of the sandbox holds. Where one is
# missing, the next cell says which, and nothing is run. If you have read and trust all of them,
# say so: they then run behind the layers that are there.

# %%
from vsdpo_jax.domains.confinement import missing_layer

I_TRUST_THESE_PROGRAMS = False
missing = missing_layer(DOMAIN)
print(missing or "Every layer holds.")

# %%
from vsdpo_jax.domains.pool import Job, RenderPool

judged = []
if missing is None or I_TRUST_THESE_PROGRAMS:
    with RenderPool(DOMAIN, unsafe=missing is not None) as pool:
        judged = pool.map([
            Job(source=program, asked=row.get("asked"))
            for program, row in zip(programs, rows, strict=True)
        ])  # fmt: skip
print(f"{len(judged)} of {len(rows)} programs judged")

# %% [markdown]
# ## What became of each
#
# A reward is the share of satisfied axes, 0 for a program that draws nothing.

# %%
for row, result in zip(rows, judged, strict=False):
    diagnosis = result.diagnosis
    failed = [axis for axis, is_good in diagnosis.rubric.items() if not is_good]
    why = ", ".join(failed) or (result.render.error.strip().splitlines() or ["nothing wrong"])[-1]
    print(f"{row['id']:8} {result.render.status:14} {diagnosis.reward:.2f}  {why}")

# %% [markdown]
# ## Where the points go
#
# Axes by how often they fail, over all programs that draw: what to train first.

# %%
from collections import Counter

fails = Counter(
    axis for result in judged for axis, is_good in result.diagnosis.rubric.items() if not is_good
)
for axis, count in fails.most_common():
    print(f"{axis:10} {'#' * count} {count}")

# %% [markdown]
# ## The worst, with the lines to blame

# %%
from IPython.display import display
from PIL import Image

from vsdpo_jax import credit
from vsdpo_jax.domains.annotate import annotate, axis_colors

drawn = [place for place, result in enumerate(judged) if result.render.status == "ok"]
for place in sorted(drawn, key=lambda place: judged[place].diagnosis.reward)[:2]:
    render, diagnosis = judged[place].render, judged[place].diagnosis
    statements = credit.assign(programs[place], render.elements, diagnosis.defects, 4.0, language)
    title = f"{rows[place]['id']}: reward {diagnosis.reward:.2f}"
    colors = axis_colors(list(diagnosis.rubric))
    picture_YXC = annotate(
        render.image_YXC, diagnosis.defects, programs[place], statements, colors, title=title
    )
    display(Image.fromarray(picture_YXC))

# %% [markdown]
# ## What a teacher would be told
#
# The feedback of the worst row, word for word as it stands in a teacher's context in training.

# %%
for place in sorted(range(len(judged)), key=lambda place: judged[place].diagnosis.reward)[:1]:
    print(rows[place]["id"], judged[place].diagnosis.feedback)

# %%
assert len(judged) in (0, len(rows))
assert all(0 <= result.diagnosis.reward <= 1 for result in judged)

# %% [markdown]
# **Next**: `python -m vsdpo_jax.explain` writes this for single files, `vsdpo_jax.score` gives the
# published benchmarks' numbers for files like this one (`docs/benchmarks.md`),
# `vsdpo_jax.evaluate` samples from a checkpoint first.
