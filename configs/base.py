"""Every setting, with its unit and its reason. Other configs start from this one and override.

COMMAND   python -m vsdpo_jax.train --config=configs/base.py --workdir=runs/base
This config is complete but has no expected figure of its own: see configs/mini_chart.py.
"""

from ml_collections import ConfigDict


def get_config() -> ConfigDict:
    c = ConfigDict()
    c.seed = 0  # root of every key: tasks, sampling

    c.model = ConfigDict()
    c.model.path = "mini"  # Hugging Face folder of a Qwen3-VL; "mini" is the one that we ship
    c.model.remat = True  # recompute activations in the backward pass: less memory; on CPU faster

    c.data = ConfigDict()
    c.data.domain = "chart"  # what the programs draw
    c.data.train = "lab"  # JSONL file of tasks, or "lab": synthetic tasks, fresh ones every step
    c.data.heldout = "lab"  # JSONL file of held-out tasks, or "lab": disjoint from training
    c.data.num_heldout = 128  # tasks of the before/after table; its error goes with 1/sqrt

    c.rollout = ConfigDict()
    c.rollout.prompts_per_step = 4  # groups per update
    c.rollout.group_size = 8  # rollouts of one prompt (G)
    c.rollout.prompt_limit = 112  # tokens; longer prompts are an error, never cut
    c.rollout.max_new_tokens = 224  # tokens; longer programs end with stop reason "length"
    c.rollout.temperature = 1.0  # of sampling, and of both sides of the divergence
    c.rollout.eval_batch = 32  # prompts sampled at a time in evaluation

    c.sandbox = ConfigDict()
    c.sandbox.num_workers = 0  # render workers; 0: one per available core
    c.sandbox.cpu_s = 8  # CPU seconds of one program: the real limit
    c.sandbox.wall_s = 60.0  # wall seconds of one program: a backstop on loaded machines
    c.sandbox.memory_mb = 2048  # address space of one program, MiB
    c.sandbox.interpreter = ""  # Python that runs the programs; "": the one that trains
    c.sandbox.unsafe = False  # run without kernel layers: trusted programs only

    c.rubric = ConfigDict()
    # Weight of each axis in r_vis, normalised over the axes in force. What an axis is worth is a
    # choice of the experiment; the default treats all alike.
    c.rubric.weights = ConfigDict()
    for axis in (
        "overlap", "clip", "legend", "ticks", "contrast", "tiny", "empty", "range", "content",
        "ref_text", "ref_layout", "ref_type", "ref_color", "ref_visual",
    ):  # fmt: skip
        c.rubric.weights[axis] = 1.0

    c.credit = ConfigDict()
    c.credit.alpha = 4.0  # Eq. 5: weight of a fully responsible statement; 1: uniform

    c.teacher = ConfigDict()
    c.teacher.kind = "frozen"  # "live" (the paper's), "ema" or "frozen" (steady at mini size)
    c.teacher.ema_rate = 0.05  # share of the new weights in the average, for kind "ema"
    c.teacher.context = "rubric"  # "rubric", or "none": the control without feedback
    c.teacher.templates = "mini"  # "mini", "default", or a folder with your own
    c.teacher.prompt_limit = 240  # tokens of prompt and feedback; longer feedback loses its end

    c.objective = ConfigDict()
    c.objective.beta = 5.0  # Eq. 7: weight of the GRPO term
    c.objective.clip_low = 0.2  # GRPO clips the ratio to [1 - low, 1 + high]
    c.objective.clip_high = 0.28
    c.objective.aggregation = "sequence_mean"  # of GRPO: "sequence_mean" or "token_mean"
    c.objective.normalize_std = True  # divide group advantages by the group's deviation
    c.objective.importance = "none"  # weights on the divergence: "none", "stale", "context", "both"
    c.objective.head_chunk = 512  # tokens per chunk of the pass over the vocabulary

    c.optim = ConfigDict()
    c.optim.learning_rate = 2e-4  # peak, Adam
    c.optim.warmup_steps = 2  # updates of linear warm-up
    c.optim.final_share = 0.1  # the rate falls linearly to this share of the peak
    c.optim.weight_decay = 0.0
    c.optim.b1 = 0.9
    c.optim.b2 = 0.95
    c.optim.grad_clip = 1.0  # global norm

    c.train = ConfigDict()
    c.train.num_steps = 24  # updates
    c.train.num_microbatches = 1  # splits of a batch, for memory; the result does not depend on it
    c.train.checkpoint_every = 6  # updates; the last one is always saved
    c.train.keep_checkpoints = 2
    c.train.warn_drop = 0.1  # warn when exec or content rate falls this far below its best

    c.mesh = ConfigDict()
    c.mesh.data = -1  # devices along each axis; -1: all that remain
    c.mesh.fsdp = 1
    c.mesh.tensor = 1

    c.log = ConfigDict()
    c.log.episode_images = 8  # pictures kept per step in the episode files
    return c
