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
# [![Open in Colab](https://colab.research.google.com/assets/colab-badge.svg)](https://colab.research.google.com/github/OWNER/vsdpo_jax/blob/main/notebooks/03_finetune_qwen3_vl_2b.ipynb)
#
# # 3. Fine-tune Qwen3-VL-2B with adapters on one accelerator
#
# Notebook 2 with a model that people use. Only what changes is said here: another config, adapters
# on frozen weights, and a teacher that also sees the picture which the student drew.
#
# **Needs one GPU or TPU chip with 16 GB (by the planner: 13.6 GiB for the update; not yet measured
# on one) and 10 GB of disk.** Without one the cells go on with the mini policy to show the way, in
# 3 minutes on 2 cores and 2 GB: the outputs stored here are of that kind, so their scores say
# nothing about the 2B model.

# %%
from importlib.util import find_spec

from IPython import get_ipython

if find_spec("vsdpo_jax") is None:
    get_ipython().run_line_magic(
        "pip", 'install -q "vsdpo_jax[cuda] @ git+https://github.com/OWNER/vsdpo_jax@v0.1.0"'
    )
from vsdpo_jax.runtime import machine

print(machine.describe())

# %% [markdown]
# ## Does it fit?
#
# The planner compiles the real update from shapes alone, on the CPU, before anything is downloaded
# (a minute).

# %%
import os
import subprocess
import sys

from configs import chart_2b

plan = subprocess.run(
    [sys.executable, "-m", "vsdpo_jax.plan", f"--config={chart_2b.__file__}", "--devices=1",
     f"--hbm_gib={machine.device_bytes() / 2**30:.1f}"],
    capture_output=True, text=True, env={**os.environ, "JAX_PLATFORMS": "cpu"}, check=False,
)  # fmt: skip
print(plan.stdout or plan.stderr)

# %% [markdown]
# ## Settings
#
# `configs/chart_2b.py`: rank-16 adapters, bfloat16, a live teacher. `VSDPO_NOTEBOOK_CHECKPOINT`
# names a stand-in for tests.

# %%
import jax

config, UPDATES = chart_2b.get_config(), 40
stand_in = os.environ.get("VSDPO_NOTEBOOK_CHECKPOINT")
is_real = stand_in is None and plan.returncode == 0 and jax.default_backend() != "cpu"
if not is_real:
    print("No accelerator with the room: the cells below go on with a small stand-in.")
    UPDATES, config.model.path, config.model.size = 2, stand_in or "mini", ""
    config.model.dtype, config.optim.learning_rate = "float32", 1e-3
    config.rollout.max_new_tokens = 32 if stand_in else 224
    config.rollout.group_size, config.data.num_heldout, config.rollout.eval_batch = 2, 8, 8
    config.train.num_microbatches = 1
if config.model.path == "mini":  # it reads no pictures
    config.teacher.context, config.teacher.templates = "rubric", "mini"
config.train.num_steps = UPDATES

# %% [markdown]
# Programs of a general model are anybody's programs. They are run where every layer of the sandbox
# holds; the mini policy's own, and those of a stand-in, also behind what is left of them.

# %%
from vsdpo_jax.domains.confinement import missing_layer
from vsdpo_jax.run.settings import from_config, to_dict

missing = missing_layer("chart")
print(missing or "Every layer of the sandbox holds.")
config.sandbox.unsafe = missing is not None and not is_real
settings = from_config(config)

# %%
import time
from contextlib import ExitStack
from pathlib import Path

from vsdpo_jax.run.opening import open_run
from vsdpo_jax.runtime.metrics import StageClock
from vsdpo_jax.runtime.workdir import claim_workdir

workdir = Path("runs", f"finetune-{time.strftime('%H%M%S')}")
stack = ExitStack()
stack.enter_context(claim_workdir(workdir, to_dict(settings)))
run = stack.enter_context(open_run(settings))  # downloads the checkpoint, 4.3 GB
state = run.fresh_state()

# %% [markdown]
# ## What is trained
#
# Adapters are siblings of their matrices; the rest has no gradient and no optimizer state.

# %%
print(f"{sum(leaf.size for leaf in jax.tree.leaves(state.params)):,} weights of adapters")

# %% [markdown]
# ## One prompt, before training

# %%
from vsdpo_jax.domains.prompts import student_messages

brief = run.tasks.train(step=0, count=1)[0].brief
print(run.processor.chat_text(student_messages(brief, settings.teacher.templates, (), "chart")))

# %%
from vsdpo_jax.evaluate import as_json, evaluate

before = evaluate(run, run.policy(state.params), workdir, "before", version=0)

# %% [markdown]
# ## Train

# %%
from vsdpo_jax import reporting, train
from vsdpo_jax.runtime import checkpoint

first = jax.device_get(jax.tree.leaves(state.params))  # the step donates them
for step in range(UPDATES):
    state, row = train.update(run, state, step, StageClock(), workdir)
    print(f"update {step + 1}: reward {row['reward']:.2f}, KL {row['kl/mean']:.4f}")
checkpoint.save(workdir, state, keep=1)
last = jax.device_get(jax.tree.leaves(state.params))
assert any((old != new).any() for old, new in zip(first, last, strict=True)), "nothing moved"

# %% [markdown]
# ## Before and after, on the same held-out tasks

# %%
from IPython.display import display
from PIL import Image

from vsdpo_jax.runtime.episodes import read_episode

after = evaluate(run, run.policy(state.params), workdir, "after", version=UPDATES)
stack.close()
print(reporting.format_table({"before": as_json(before), "after": as_json(after)}))
strip = Image.new("RGB", (4 * 300, 400), "lightgray")  # gray: a program that failed
for line, name in enumerate(("before", "after")):
    for place, sample in enumerate(read_episode(workdir / "eval", name)[:4]):
        if sample.judged.render.status == "ok":
            picture = Image.fromarray(sample.judged.render.image_YXC).resize((296, 198))
            strip.paste(picture, (300 * place, 200 * line))
display(strip)

# %% [markdown]
# ## Take it along
#
# Adapters are merged; transformers and vLLM load the folder unchanged.

# %%
from vsdpo_jax import export

export.export(workdir, workdir / "exported", dtype="bfloat16")
print(sorted(file.name for file in (workdir / "exported").iterdir()))

# %% [markdown]
# **Next**: `configs/chart_8b.py` reads a picture and reproduces it, on more chips; `python -m
# vsdpo_jax.plan` finds what fits yours.
