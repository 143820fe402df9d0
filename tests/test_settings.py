import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

from configs import base, mini_chart
from vsdpo_jax.settings import SettingsError, from_config, to_dict

ROOT = Path(__file__).parents[1]


def test_every_config_builds():
    for module in (base, mini_chart):
        settings = from_config(module.get_config())
        assert from_config(module.get_config()) == settings
        assert to_dict(settings)["credit"]["alpha"] == settings.credit.alpha


@pytest.mark.parametrize(
    ("leaf", "value", "words"),
    [
        ("credit.alpha", 0.5, ["credit.alpha = 0.5", "1 \\(uniform\\) or more"]),
        ("objective.beta", -1.0, ["objective.beta = -1.0", "0 \\(no GRPO\\)"]),
        ("objective.beta", float("nan"), ["objective.beta = nan", "finite"]),
        ("rollout.group_size", 1, ["rollout.group_size = 1", "objective.beta = 0"]),
        ("rollout.temperature", 0.0, ["rollout.temperature = 0.0"]),
        ("rollout.max_new_tokens", 0, ["rollout.max_new_tokens = 0", "1 or more"]),
        ("teacher.kind", "froze", ["teacher.kind = 'froze'", "live, ema, frozen"]),
        ("teacher.prompt_limit", 8, ["teacher.prompt_limit = 8", "rollout.prompt_limit"]),
        ("sandbox.wall_s", 1.0, ["sandbox.wall_s = 1.0", "backstop"]),
        ("sandbox.memory_mb", 10, ["sandbox.memory_mb = 10"]),
        ("rubric.weights.clip", -1.0, ["rubric.weights.clip = -1.0"]),
        ("train.num_microbatches", 5, ["train.num_microbatches = 5", "32 rows"]),
        ("optim.grad_clip", 0.0, ["optim.grad_clip = 0.0"]),
        ("seed", "zero", ["seed = 'zero'", "int"]),
        ("seed", -1, ["seed = -1", "0 or more"]),
        ("seed", 2**32, ["seed = 4294967296", "less than 2\\*\\*32"]),
        ("train.warn_drop", -0.1, ["train.warn_drop = -0.1", "0 or more"]),
        ("log.episode_images", -1, ["log.episode_images = -1", "0 or more"]),
        ("model.param_dtype", "bfloat16", ["model.param_dtype = 'bfloat16'", "model.lora_rank"]),
        ("rollout.top_p", 0.0, ["rollout.top_p = 0.0"]),
        ("teacher.context", "rubric+sound", ["teacher.context", "sibling"]),
        ("model.remat", 1, ["model.remat = 1", "bool"]),
        ("data.num_heldout", 1, ["data.num_heldout = 1"]),
    ],
)
def test_an_impossible_leaf_is_named_with_its_value_and_a_remedy(leaf, value, words):
    config = base.get_config()
    group = config
    *path, name = leaf.split(".")
    for part in path:
        group = group[part]
    with group.unlocked():
        del group[name]
        group[name] = value
    with pytest.raises(SettingsError) as caught:
        from_config(config)
    for word in words:
        assert re.search(word, str(caught.value)), str(caught.value)


@pytest.mark.parametrize(
    ("leaves", "words"),
    [
        (
            {"rollout.group_size": 1, "objective.beta": 0.0, "objective.pass_rate_weight": True},
            r"rollout\.group_size = 1.*objective\.pass_rate_weight = False",
        ),
        (
            {"rollout.group_size": 1, "objective.beta": 0.0, "teacher.context": "rubric+sibling"},
            r'rollout\.group_size = 1.*"sibling" out of teacher\.context',
        ),
        (
            {"rollout.prompts_per_step": 1, "teacher.feedback_of": "another"},
            r'rollout\.prompts_per_step = 1.*teacher\.feedback_of = "itself"',
        ),
    ],
)
def test_leaves_that_cannot_work_together_are_refused_and_the_remedy_helps(leaves, words):
    config = base.get_config()
    config.update_from_flattened_dict(leaves)
    with pytest.raises(SettingsError, match=words):
        from_config(config)
    first = next(iter(leaves))
    config.update_from_flattened_dict({first: 2})
    assert from_config(config).rollout.group_size >= 2


def test_one_rollout_a_group_and_one_prompt_a_step_work_where_nothing_compares_them():
    config = base.get_config()
    config.update_from_flattened_dict({"rollout.group_size": 1, "objective.beta": 0.0})
    assert from_config(config).rollout.group_size == 1
    config = base.get_config()
    config.rollout.prompts_per_step = 1
    assert from_config(config).rollout.prompts_per_step == 1


def test_a_misspelled_leaf_names_the_right_one():
    config = base.get_config()
    with config.credit.unlocked():
        config.credit.alhpa = 3.0
    with pytest.raises(SettingsError, match=r"credit\.alhpa = 3\.0.*did you mean credit\.alpha"):
        from_config(config)


def test_a_missing_leaf_is_named():
    config = base.get_config()
    with config.unlocked():
        del config.seed
    with pytest.raises(SettingsError, match=r"config\.seed is missing"):
        from_config(config)


def test_whole_numbers_serve_where_a_float_is_meant():
    config = base.get_config()
    with config.credit.unlocked():
        del config.credit["alpha"]
        config.credit.alpha = 2
    assert from_config(config).credit.alpha == 2.0


def test_importing_a_config_imports_no_jax():
    code = "import sys, configs.mini_chart as c; c.get_config(); print('jax' in sys.modules)"
    out = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert out.stdout.strip() == "False"


def test_every_leaf_is_read_by_some_code():
    """Law 9: a setting that nobody reads is a lie."""
    read = set()
    for path in (ROOT / "vsdpo_jax").rglob("*.py"):
        if path.name == "settings.py":
            continue
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Attribute):
                read.add(node.attr)
    settings = to_dict(from_config(base.get_config()))
    for group, leaves in settings.items():
        assert group in read, group
        for leaf in leaves if isinstance(leaves, dict) else ():
            assert leaf in read, f"{group}.{leaf}"


def documented_options():
    """Full names of the leaves in the first columns of the tables of docs/objective.md."""
    found, group = set(), ""
    for line in (ROOT / "docs" / "objective.md").read_text("utf-8").splitlines():
        if line.startswith("## "):
            groups = re.findall(r"`(\w+)\.\*`", line)
            group = groups[0] if groups else "objective"
        if line.startswith("## Methods"):
            return found
        if line.startswith("| `"):
            names = re.findall(r"`([\w.]+)(?:=[^`]*)?`", line.split(" | ")[0])
            found |= {name if "." in name else f"{group}.{name}" for name in names}
    raise AssertionError("the section on methods is gone")


def test_every_option_of_the_objective_is_documented():
    settings = to_dict(from_config(base.get_config()))
    leaves = {f"{group}.{leaf}" for group, values in settings.items() if group != "seed"
              for leaf in values}  # fmt: skip
    groups = ("objective.", "teacher.", "credit.")
    wanted = {leaf for leaf in leaves if leaf.startswith(groups)}
    wanted |= {"train.epochs_per_batch", "train.warm_up_steps", "rollout.temperature"}
    assert wanted - documented_options() == set(), "docs/objective.md lacks these options"
    assert documented_options() - leaves == set(), "docs/objective.md has options that are none"
