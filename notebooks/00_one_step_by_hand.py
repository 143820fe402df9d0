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
# [![Open in Colab](https://colab.research.google.com/assets/colab-badge.svg)](https://colab.research.google.com/github/OWNER/vsdpo_jax/blob/main/notebooks/00_one_step_by_hand.ipynb)
#
# # 0. One step by hand
#
# One prompt goes through the seven stages of `vsdpo_jax/train.py`, and every intermediate is
# looked at: a prompt, four programs, their pictures, what is wrong with them, which statement did
# it, what the teacher reads, and one update. The policy is the mini one that the package ships: 2
# M weights, charts alone.
#
# **Takes 1 minute on 2 cores, no accelerator, 2 GB of memory.** The first call of each function
# compiles.

# %%
from importlib.util import find_spec

from IPython import get_ipython

if find_spec("vsdpo_jax") is None:
    get_ipython().run_line_magic("pip", "install -q git+https://github.com/OWNER/vsdpo_jax@v0.1.0")
from vsdpo_jax.runtime import machine

print(machine.describe())

# %% [markdown]
# ## Can programs be confined here?
#
# The policy writes programs and we run them, each in a locked child (Landlock, seccomp).
# Containers sometimes lack a layer. Then one sentence says which, and the programs run behind what
# is there: fit for this mini policy, which has only ever seen charts, and not for anybody else's
# programs.

# %%
from vsdpo_jax.domains.confinement import missing_layer

missing = missing_layer("chart")
print(missing or "Every layer holds.")

# %% [markdown]
# ## Settings
#
# `configs/base.py` lists every one with its reason. We take the demo's and make it one prompt,
# four rollouts.

# %%
from configs import mini_chart
from vsdpo_jax.run.settings import from_config

config = mini_chart.get_config()
config.rollout.prompts_per_step, config.rollout.group_size = 1, 4
config.data.num_heldout = config.rollout.eval_batch = 2
config.sandbox.unsafe = missing is not None
settings = from_config(config)

# %% [markdown]
# Opening a run checks everything that can be checked, loads the model and starts the render
# workers.

# %%
from contextlib import ExitStack

import jax

from vsdpo_jax.run.opening import open_run

stack = ExitStack()
run = stack.enter_context(open_run(settings))
state = run.fresh_state()

# %% [markdown]
# ## 1. Prompts
#
# The brief is all that the student sees. Decoding the ids shows where the special tokens landed.

# %%
from vsdpo_jax.domains.prompts import student_messages, teacher_messages
from vsdpo_jax.run import stages

tasks = run.tasks.train(step=3, count=1)
chats = stages.encode_prompts(run.processor, settings, tasks)
messages = student_messages(tasks[0].brief, settings.teacher.templates, (), "chart")
print(f"{len(chats[0].ids)} tokens\n{run.processor.chat_text(messages)}")

# %% [markdown]
# ## 2. Rollouts
#
# Four programs from one prompt. The log-probability of every token is kept: GRPO's ratio needs it
# later.

# %%
rollouts = stages.sample_rollouts(
    run.sampler, run.policy(state.params), run.processor, run.config, settings, tasks, chats,
    jax.random.key(5), group_size=4, policy_version=0,
)  # fmt: skip
print([f"{rollout.logp_T.sum():.1f} nats" for rollout in rollouts])
print(rollouts[0].text)

# %% [markdown]
# ## 3. Render and diagnose
#
# Each program runs in its child; a trusted process paints what it sent and reads the finished
# picture.

# %%
import numpy as np
from IPython.display import display
from PIL import Image

judged = stages.judge_rollouts(run.pool, settings, tasks, rollouts, has_targets=False)
drawn = [Image.fromarray(each.render.image_YXC) for each in judged if each.render.status == "ok"]
display(Image.fromarray(np.concatenate([each.resize((320, 220)) for each in drawn], axis=1)))

# %% [markdown]
# We follow the one with the fewest defects (but some). A reward is the share of satisfied axes
# (Eq. 8): what is missing or hidden fails every axis that would have judged it.

# %%
flawed = [number for number in range(4) if judged[number].diagnosis.defects]
shown = min(flawed, key=lambda number: len(judged[number].diagnosis.defects))
diagnosis = judged[shown].diagnosis
for defect in diagnosis.defects:
    print(f"{defect.axis}: {defect.message}")

# %% [markdown]
# ## 4. Credit
#
# A statement is as responsible as its best overlap with a defect (Eq. 4); its tokens weigh 1 +
# (alpha - 1) responsibility (Eq. 5).

# %%
from vsdpo_jax.domains.annotate import annotate, axis_colors

credits_ = stages.assign_credits(settings, rollouts, judged, step=0)
picture_YXC = annotate(
    judged[shown].render.image_YXC, diagnosis.defects, rollouts[shown].text, credits_[shown][0],
    axis_colors(list(diagnosis.rubric)), title=f"rollout {shown}",
)  # fmt: skip
display(Image.fromarray(picture_YXC))

# %% [markdown]
# The advantage compares the four rewards with each other: it is 0 where all earned alike.

# %%
from vsdpo_jax.core.advantages import group_advantages

reward_PG = np.array([[result.diagnosis.reward for result in judged]], np.float32)
kept_B = np.array([not result.diagnosis.masked for result in judged])
advantage_B = np.asarray(group_advantages(reward_PG, kept_B[None], normalize_std=True))[0]
print(f"rewards {reward_PG[0].round(2)}, advantages {advantage_B.round(2)}")

# %% [markdown]
# ## 5. Teacher contexts
#
# The teacher has the same weights and reads one thing more: the feedback on this very rollout.

# %%
contexts = stages.teacher_contexts(settings, tasks, rollouts, judged)
teacher_chats, _ = stages.encode_teachers(run.processor, settings, tasks, rollouts, contexts)
heard = teacher_messages(tasks[0].brief, contexts[shown], settings.teacher.templates, (), "chart")
print(run.processor.chat_text(heard))

# %% [markdown]
# ## 6. Update
#
# Student and teacher score the student's own tokens; one step descends the weighted KL (Eq. 6)
# plus GRPO (Eq. 7). We take three steps on the same batch to see the divergence fall (training
# takes one).

# %%
batch = run.make_batch(
    chats, teacher_chats, rollouts, kept_B,
    weights=[weight_T for _, weight_T in credits_], advantages=advantage_B,
    **stages.option_fields(rollouts, judged, reward_PG, kept_B[None]),
)  # fmt: skip
divergences = []
for _ in range(3):
    state, metrics = run.train_step(state, batch)
    divergences.append(float(metrics["loss/vsdpo"]))
print(f"weighted KL {np.round(divergences, 4)}, gradient {float(metrics['grad/norm']):.3f}")
assert divergences[-1] < divergences[0], "three steps on one batch must lower its divergence"

# %% [markdown]
# ## 7. Record
#
# Everything above is written as an episode, from which any stage can be run again.

# %%
from pathlib import Path

from vsdpo_jax.runtime.episodes import Sample, write_episode

samples = [
    Sample(task=tasks[0], rollout=r, judged=j, statements=s, weight_T=w, advantage=float(a))
    for r, j, (s, w), a in zip(rollouts, judged, credits_, advantage_B, strict=True)
]
write_episode(Path("runs/by_hand"), "step_00000", samples, num_images=4)
stack.close()

# %% [markdown]
# **Next**: `01_from_pixel_to_token` looks closer at stages 3 and 4 in every domain,
# `02_train_the_mini_policy` repeats this step until pictures improve. The loop itself:
# `vsdpo_jax/train.py`.
