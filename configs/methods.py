"""Published methods and controls as overrides of one config; docs/objective.md has the table.

python -m vsdpo_jax.train --config=configs/mini_chart.py:grpo --workdir=runs/grpo
"""

from ml_collections import ConfigDict

_WORDS = 48  # tokens of a template, at most
_REFERENCES = {"data.references": True}
_NO_TEACHER = {"teacher.kind": "none", "objective.distill_weight": 0.0}

METHODS = {
    # What the paper trains and compares with.
    "visual_sdpo": {},
    "uniform": {"credit.alpha": 1.0},
    "rubric_only": {"teacher.context": "rubric"},
    "image_only": {"teacher.context": "image"},
    "image_and_rubric": {"teacher.context": "rubric+image"},
    "grpo": _NO_TEACHER,
    "opsd": {
        "teacher.kind": "frozen", "teacher.context": "reference", "credit.alpha": 1.0,
        "objective.beta": 0.0, **_REFERENCES,
    },
    "sft": {**_REFERENCES, **_NO_TEACHER, "train.warm_up_steps": -1},
    "sft_then_joint": {**_REFERENCES, "train.warm_up_steps": 6},
    # SDPO with textual feedback: successful siblings and feedback, uniform weights, JSD.
    "sdpo": {
        "teacher.kind": "ema", "teacher.context": "rubric+sibling", "credit.alpha": 1.0,
        "objective.beta": 0.0, "objective.divergence": "topk", "objective.jsd_alpha": 0.5,
        "objective.importance": "stale",
    },
    "best_of_n_sft": {
        **_NO_TEACHER, "objective.beta": 0.0, "objective.sft_weight": 1.0,
    },
    # Controls: what is left of the gain without the thing that the method is named after.
    "no_feedback": {"teacher.context": "none"},
    "shuffled_feedback": {"teacher.feedback_of": "another"},
    "random_credit": {"credit.kind": "random"},
    "credit_baseline": {"teacher.baseline_weight": 1.0},
}  # fmt: skip


def apply(config: ConfigDict, method: str) -> ConfigDict:
    """``config`` with the overrides of a method.

    Raises:
      ValueError: an unknown method.
    """
    if method not in METHODS:
        raise ValueError(f"method {method!r} is unknown; use one of {', '.join(METHODS)}")
    changes = dict(METHODS[method])
    leaves = config.to_dict()
    channels = changes.get("teacher.context", "").split("+")
    programs = sum(channel in channels for channel in ("reference", "sibling"))
    if programs:  # each is at most as long as a completion, and has a few words around it
        room = programs * (leaves["rollout"]["max_new_tokens"] + _WORDS)
        changes["teacher.prompt_limit"] = leaves["teacher"]["prompt_limit"] + room
    config.update_from_flattened_dict(changes)
    return config
