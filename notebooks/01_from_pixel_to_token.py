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
# [![Open in Colab](https://colab.research.google.com/assets/colab-badge.svg)](https://colab.research.google.com/github/OWNER/vsdpo_jax/blob/main/notebooks/01_from_pixel_to_token.ipynb)
#
# # 1. From pixel to token
#
# Why is this picture bad, and which words of the program made it so? No model is needed: a chart,
# a web page and a slide are drawn, judged and traced to their statements, then to tokens. Put in
# programs of your own.
#
# **Takes 1 minute on 2 cores (some more where a browser and fonts have to be installed), no
# accelerator, 1 GB of memory.**

# %%
from importlib.util import find_spec

from IPython import get_ipython

if find_spec("vsdpo_jax") is None:
    get_ipython().run_line_magic("pip", "install -q git+https://github.com/OWNER/vsdpo_jax@v0.1.0")
from vsdpo_jax.runtime import machine

print(machine.describe())

# %% [markdown]
# ## What draws here, and is it confined?
#
# Charts need nothing but the package. Pages want a Chromium, slides fonts; as root both are
# installed, and found where they are there already. What this machine lacks is said in one
# sentence, and our own three programs below run behind what is left. (Never do that with programs
# that you have not read.)

# %%
import subprocess
import sys

for module in ("web.browser.install", "slide.render.install"):
    subprocess.run([sys.executable, "-m", f"vsdpo_jax.domains.{module}"], check=False)

# %%
from vsdpo_jax.domains.confinement import missing_layer
from vsdpo_jax.sandbox import SandboxUnavailable

missing = {}
for domain in ("chart", "web", "slide"):
    try:
        missing[domain] = missing_layer(domain)
        print(f"{domain}: {missing[domain] or 'every layer holds'}")
    except SandboxUnavailable as error:  # nothing to draw with: the domain is left out
        print(f"{domain}: {str(error).splitlines()[0]}")

# %% [markdown]
# ## A chart with three mistakes

# %%
CHART = """import matplotlib.pyplot as plt

days = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday"]
fig, ax = plt.subplots(figsize=(5, 3.2))
ax.plot(days, [31, 42, 55, 47, 62], marker="o", label="Ferry")
ax.plot(days, [24, 28, 26, 35, 39], marker="s", label="Bridge", color="#fbfaec")
ax.set(title="Crossings of the sound", ylabel="Cars (hundreds)")
ax.set_ylim(0, 50)
ax.set_xlabel("Weekday", fontsize=4)
ax.legend(loc="lower right")
"""
asked = {"title": "Crossings of the sound", "x_label": "Weekday", "y_label": "Cars (hundreds)"}

# %% [markdown]
# The program runs in a locked child that sends draw calls; a trusted process paints them.

# %%
from IPython.display import HTML, display
from PIL import Image

from vsdpo_jax.domains.pool import Job, RenderPool

with RenderPool("chart", num_workers=1, unsafe=missing["chart"] is not None) as pool:
    (judged,) = pool.map([Job(source=CHART, asked=asked)])
display(Image.fromarray(judged.render.image_YXC))

# %% [markdown]
# ## The judge reads the finished picture
#
# Each defect has an axis, a region and a sentence. The teacher reads the same findings in
# training.

# %%
for defect in judged.diagnosis.defects:
    print(f"{defect.axis:9} {defect.message}   at {[round(value) for value in defect.region]}")

# %% [markdown]
# ## Everything drawn knows its statement
#
# The recorder notes which characters of the program drew what, whatever helper functions it went
# through.

# %%
for element in [each for each in judged.render.elements if each.text][-9:]:
    start, end = element.span
    print(f"{element.role:12} {element.text[:24]:24} <- {CHART[start:end][:60]}")

# %% [markdown]
# ## Responsibility (Eq. 4) and weight (Eq. 5)
#
# A statement's responsibility is its best IoU with a defect; where the detector knows the call at
# fault (the one that set the pale colour), that call has all of it. Where it knows none, whoever
# drew in the region is credited: a label that cannot be read is missing from the whole plot, so
# `subplots` is blamed as well.

# %%
from vsdpo_jax import credit

ALPHA = 4.0
statements = credit.assign(CHART, judged.render.elements, judged.diagnosis.defects, ALPHA)
for statement in statements:
    text = CHART[slice(*statement.span)]
    print(f"{statement.responsibility:.2f} {statement.weight:.2f}  {text[:84]}")
    assert statement.responsibility == 1 or "fontsize=4" not in text  # that call has all of it

# %% [markdown]
# ## Tokens
#
# The mini policy's tokenizer cuts the program; each token weighs as much as its statement. Dark is
# 4, white is 1.

# %%
import html

import numpy as np

from vsdpo_jax.domains.base import load_domain
from vsdpo_jax.rollout.processor import Processor

processor = Processor(load_domain("chart").mini)
text, offsets_T2 = processor.decode(processor.encode(CHART))
weight_S = [statement.weight for statement in statements]
weight_T = credit.token_weights(offsets_T2, credit.PYTHON.parse(CHART), weight_S, 0)
tokens = [
    f'<span style="background:rgba(255,150,0,{(weight - 1) / (ALPHA - 1):.2f})">'
    f"{html.escape(text[start:end])}</span>"
    for (start, end), weight in zip(offsets_T2, weight_T, strict=True)
]
display(HTML("<pre>" + "|".join(tokens) + "</pre>"))

# %% [markdown]
# ## A page and a slide: two changes
#
# Another domain's name and another program, here one that the lab's careless author writes; all
# else is the same. On pages, elements, CSS rules and declarations are the statements.

# %%
from vsdpo_jax.domains.annotate import annotate, axis_colors

programs = {"chart": CHART}
for name in ("web", "slide"):
    lab = load_domain(name).lab()
    task = lab.make_task(3, "train")
    choices = lab.random_choices(np.random.default_rng(3), task, mistake_share=0.0)
    programs[name] = lab.write_program(task, choices).source

# %%
for name in missing:
    domain, source = load_domain(name), programs[name]
    with RenderPool(name, 1, unsafe=bool(missing[name]), options=domain.lab().options) as pool:
        (judged,) = pool.map([Job(source=source)])
    defects = judged.diagnosis.defects
    statements = credit.assign(source, judged.render.elements, defects, ALPHA, domain.language)
    picture_YXC = annotate(
        judged.render.image_YXC, defects, source, statements,
        axis_colors(list(judged.diagnosis.rubric)), title=name,
    )  # fmt: skip
    display(Image.fromarray(picture_YXC))

# %% [markdown]
# The same from the command line, which writes `diagnosis.json` and both pictures beside it:
#
# ```
# python -m vsdpo_jax.explain --domain=chart --out=out program.py
# ```
#
# **Next**: `04_look_at_your_own_predictions` does this for a whole file of answers. The rules that
# every judge keeps are in `docs/architecture.md`, the law of every judge.
