"""Every setting, with its unit and its reason. Other configs start from this one and override.

COMMAND   python -m vsdpo_jax.train --config=configs/base.py --workdir=runs/base
This config is complete but has no expected figure of its own: see configs/mini_chart.py.
"""

from ml_collections import ConfigDict


def get_config() -> ConfigDict:
    c = ConfigDict()
    c.seed = 0  # root of every key: tasks, sampling; 0 to 2**32 - 1

    # "env": one of several processes where JAX_COORDINATOR_ADDRESS, JAX_NUM_PROCESSES and
    # JAX_PROCESS_ID say so, else alone; "auto": else what JAX finds (TPU pod, Slurm, GKE)
    c.distributed = "env"

    # Where the run is shown while it goes on: "tensorboard" (WORKDIR/tensorboard), "wandb",
    # "trackio", several joined by "+", or "none"; metrics.jsonl has everything in any case
    c.trackers = "tensorboard"

    c.model = ConfigDict()
    c.model.path = "mini"  # Hugging Face folder of a Qwen3-VL; "mini" is what the domain ships
    c.model.size = ""  # "2b" ... "32b", "30b_a3b": the planner's shapes where there is no folder
    c.model.dtype = "float32"  # of activations and of the sampler's cache
    c.model.param_dtype = "float32"  # of the parameters that are kept; updates are float32
    c.model.attention = "xla"  # "xla" everywhere, "cudnn" on GPU, "splash" on TPU
    c.model.max_pixels = 262144  # area of a picture in prompts; 32 x 32 pixels are a token
    c.model.remat = True  # recompute activations in the backward pass: less memory; on CPU faster

    c.model.freeze = ()  # parts without gradient and optimizer state: "vision", "embeddings"
    c.model.lora_rank = 0  # 0: train the weights; more: low-rank adapters on frozen weights
    c.model.lora_alpha = 16.0  # an adapter's product is scaled by alpha / rank
    c.model.lora_targets = (
        "q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj",
    )  # fmt: skip

    c.data = ConfigDict()
    c.data.domain = "chart"  # what the programs draw
    c.data.options = ConfigDict()  # the domain's own settings, named in its domain.py
    # JSONL file of tasks; "lab": synthetic tasks, fresh ones every step; or corpora, NAME:PART
    # joined by "+", each giving as many tasks (docs/corpora.md)
    c.data.train = "lab"
    c.data.heldout = "lab"  # the same for held-out tasks; "lab": disjoint from training
    c.data.root = "corpora"  # folder with a folder for each corpus; "hub": read from there
    # Training draws no row that `python -m vsdpo_jax.corpus` left out: programs that do not run
    c.data.checked = False
    # The lab's training tasks come with a reference program: to imitate or read, no target of r_vis
    c.data.references = False
    c.data.images_per_task = 0  # most pictures that belong to a brief
    c.data.num_heldout = 128  # tasks of the before/after table; its error goes with 1/sqrt

    c.rollout = ConfigDict()
    c.rollout.prompts_per_step = 4  # groups per update
    c.rollout.group_size = 8  # rollouts of one prompt (G)
    c.rollout.prompt_limit = 112  # tokens; longer prompts are an error, never cut
    c.rollout.max_new_tokens = 224  # tokens; longer programs end with stop reason "length"
    c.rollout.temperature = 1.0  # of sampling, and of both sides of the divergence
    c.rollout.top_k = 0  # draw among that many likeliest tokens; 0: all
    c.rollout.top_p = 1.0  # then among the likeliest that together reach this probability
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
    # Folder of openai/clip-vit-base-patch32, or "hub": its cache, for the axis "clip_similarity" of
    # pages that have a reference (docs/benchmarks.md); "": no such axis
    c.rubric.clip = ""

    # A vision model behind an OpenAI-compatible server scores the pictures too: docs/endpoints.md
    c.judge = ConfigDict()
    c.judge.model = ""  # its name there; "": no judge, nothing is sent
    c.judge.url = "https://api.openai.com/v1"  # the server's base
    c.judge.key_variable = "OPENAI_API_KEY"  # of the environment, that holds the key
    c.judge.weight = 1.0  # its share of r_vis (Eq. 8); the axes have the rest
    c.judge.in_flight = 8  # requests at a time, of each process
    c.judge.requests_per_minute = 0.0  # 0: unlimited
    c.judge.tokens_per_minute = 0.0  # by estimate; 0: unlimited
    c.judge.timeout_s = 120.0  # of a request; a picture without a score is masked, never 0
    c.judge.cache = ""  # folder that keeps answers: equal pictures are asked about once; "": none
    c.judge.question_price = 0.0  # US dollars a million tokens that it reads; both 0: unknown
    c.judge.answer_price = 0.0  # and of those that it writes
    # US dollars of the whole run, all sessions and processes; 0: unlimited. Before it is passed the
    # run saves and ends
    c.judge.budget = 0.0

    c.credit = ConfigDict()
    c.credit.alpha = 4.0  # Eq. 5: weight of a fully responsible statement; 1: uniform
    c.credit.kind = "rendered"  # Eq. 4, or "random": the control that credits other statements

    c.teacher = ConfigDict()
    # "live" (the paper's), "ema" (steady where live weights run away: docs/LOG.md), "frozen",
    # "trust_region" (frozen logits mixed with the student's), "none" (GRPO, SFT)
    c.teacher.kind = "ema"
    c.teacher.ema_rate = 0.05  # share of the new weights in the average, for kind "ema"
    c.teacher.trust_region_mix = 0.05  # share of the student's logits, for kind "trust_region"
    # What the teacher reads besides the prompt: "rubric", "image", "reference", "sibling", several
    # joined by "+", or "none": the control without feedback.
    c.teacher.context = "rubric"
    c.teacher.feedback_of = "itself"  # or "another" prompt's rollout: a control
    # Share of what feedback on another prompt raises that is taken off (CREDIT); 0: off. Costs
    # another forward pass of the teacher
    c.teacher.baseline_weight = 0.0
    c.teacher.templates = "mini"  # "mini", "default", or a folder with your own
    # JSON object for the model's chat template, of the teacher alone: '{"enable_thinking": true}'
    c.teacher.template_arguments = "{}"
    # Tokens of prompt and feedback. A longer rubric or trace loses its end; a sibling or reference
    # without room is left out whole (teacher/dropped counts it).
    c.teacher.prompt_limit = 240

    c.objective = ConfigDict()
    # L_VSDPO
    c.objective.distill_weight = 1.0  # 0: the teacher is heard for the metrics alone
    c.objective.divergence = "full"  # over the vocabulary, the student's "topk", or "sampled"
    c.objective.jsd_alpha = 1.0  # 1: KL(S||T), the paper's; 0: KL(T||S); between: Jensen-Shannon
    c.objective.topk = 100  # for divergence "topk"
    c.objective.topk_tail = True  # one more bucket for the rest of both distributions
    # Most that one vocabulary entry's term of the divergence counts, nats; 0: off, the exact
    # divergence. OPSD's code and TRL use 0.05
    c.objective.kl_clip = 0.0
    c.objective.normalization = "rollout"  # by sum of w in each rollout (Eq. 6) or the "batch"
    c.objective.importance = "none"  # weights on the divergence: "none", "stale", "context", "both"
    c.objective.importance_clip = 2.0
    # L_GRPO
    c.objective.beta = 1.0  # Eq. 7: weight of the GRPO term
    c.objective.beta_final_share = 1.0  # beta goes linearly to this share of itself
    c.objective.clip_low = 0.2  # GRPO clips the ratio to [1 - low, 1 + high]
    c.objective.clip_high = 0.28
    c.objective.clip_dual = 0.0  # c > 1: bounds what a token of negative advantage costs; 0: off
    c.objective.ratio = "token"  # or "sequence": GSPO
    # Mean of each rollout, then of rollouts; "token_mean" (DAPO), "constant_length" (Dr. GRPO).
    c.objective.aggregation = "sequence_mean"
    c.objective.normalize_std = True  # divide group advantages by the group's deviation
    c.objective.mask_truncated = False  # rollouts that hit the length limit leave L_GRPO
    c.objective.drop_flat_groups = False  # so do groups without two different rewards
    c.objective.reference_kl = 0.0  # weight of KL(student || initial weights), k3 estimate
    # L_SFT
    c.objective.sft_weight = 0.0  # weight of -log p of each group's best rollout
    # Guards, off
    c.objective.kl_clamp = 0.0  # most divergence of a token, nats; 0: off
    c.objective.skip_satisfied = False  # rollouts without a defect are not distilled
    c.objective.teacher_entropy = False  # weight exp(-entropy of the teacher)
    c.objective.pass_rate_weight = False  # weight sqrt(p (1 - p)), p: share of satisfied rollouts
    c.objective.head_chunk = 512  # tokens per chunk of the pass over the vocabulary

    c.optim = ConfigDict()
    c.optim.kind = "adamw"  # or "adafactor": a factored second moment, for memory
    c.optim.state_dtype = "float32"  # of both moments; "bfloat16" halves them
    c.optim.learning_rate = 4e-4  # peak
    c.optim.warmup_steps = 2  # updates of linear warm-up
    c.optim.final_share = 1.0  # the rate falls linearly to this share of the peak
    c.optim.weight_decay = 0.0
    c.optim.b1 = 0.9
    c.optim.b2 = 0.95
    c.optim.grad_clip = 1.0  # global norm

    c.train = ConfigDict()
    c.train.num_steps = 24  # batches; each makes one update, or epochs_per_batch
    c.train.num_microbatches = 1  # splits of a batch, for memory; the result does not depend on it
    c.train.epochs_per_batch = 1  # updates on the same rollouts
    # First steps that imitate reference programs instead (SFT), one update each; -1: all steps
    c.train.warm_up_steps = 0
    c.train.checkpoint_every = 6  # steps; the last one is always saved
    c.train.keep_checkpoints = 2  # the newest ones
    c.train.keep_best = 0  # and so many more with the highest reward since the one before
    # Writing goes on beside the next steps, from a copy on the host; False: the run stands still
    c.train.async_checkpoints = True
    # Seconds that a run has after SIGTERM to finish its step and save it; then it ends, and goes on
    # from its last checkpoint. Schedulers wait 30 s as a rule (Kubernetes, Slurm, Spot machines)
    c.train.stop_within_s = 25.0
    c.train.warn_drop = 0.1  # warn when exec or content rate falls this far below its best

    c.mesh = ConfigDict()
    c.mesh.data = -1  # devices along each axis; -1: all that remain
    c.mesh.fsdp = 1
    c.mesh.tensor = 1

    c.log = ConfigDict()
    c.log.episode_images = 8  # pictures kept per step in the episode files
    return c
