import ast
import re
import subprocess
import sys
from pathlib import Path
from typing import get_type_hints

import pytest
from hypothesis import given
from hypothesis import strategies as st

from configs import base, chart_8b, methods, mini_chart
from vsdpo_jax.run.doubts import doubts
from vsdpo_jax.run.settings import Settings, SettingsError, from_config, to_dict

ROOT = Path(__file__).parents[2]


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
        ("train.num_microbatches", 5, ["train.num_microbatches = 5", "32 rows: 4 or 8$"]),
        ("train.num_microbatches", 99, ["train.num_microbatches = 99", "32 rows: 32$"]),
        ("train.keep_best", -1, ["train.keep_best = -1", "none for its reward"]),
        ("train.stop_within_s", 0.0, ["train.stop_within_s = 0.0", "above 0"]),
        ("train.stop_within_s", 1e5, ["train.stop_within_s", "no scheduler waits that long"]),
        ("distributed", "slurm", ["distributed = 'slurm'", "use one of env, auto"]),
        ("optim.grad_clip", 0.0, ["optim.grad_clip = 0.0"]),
        ("seed", "zero", ["seed = 'zero'", "int"]),
        ("seed", -1, ["seed = -1", "0 or more"]),
        ("seed", 2**32, ["seed = 4294967296", "less than 2\\*\\*32"]),
        ("train.warn_drop", -0.1, ["train.warn_drop = -0.1", "0 or more"]),
        ("log.episode_images", -1, ["log.episode_images = -1", "0 or more"]),
        ("model.param_dtype", "bfloat16", ["model.param_dtype = 'bfloat16'", "model.lora_rank"]),
        ("rollout.top_p", 0.0, ["rollout.top_p = 0.0"]),
        ("train.warm_up_steps", -2, ["train.warm_up_steps = -2", "-1 \\(all steps\\) or more"]),
        ("teacher.context", "rubric+sound", ["teacher.context", "sibling"]),
        (
            "objective.kl_clip",
            -0.1,
            ["objective.kl_clip = -0.1", "use 0 \\(off\\), or 1e-06 to 10000"],
        ),
        ("teacher.baseline_weight", -1.0, ["teacher.baseline_weight = -1.0", "no baseline"]),
        ("teacher.template_arguments", "[]", ["teacher.template_arguments", "JSON object"]),
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


def changed(**leaves):
    config = base.get_config()
    for name, value in leaves.items():
        group, leaf = name.split("__")
        with config[group].unlocked():
            del config[group][leaf]
            config[group][leaf] = value
    return from_config(config)


@pytest.mark.parametrize(
    ("leaf", "value"),
    [
        # Runs that would not end, or for which no machine has room.
        ("data__num_heldout", 10**9), ("rollout__eval_batch", 10**6), ("train__num_steps", 10**12),
        ("rollout__max_new_tokens", 10**7), ("rollout__prompt_limit", 10**9),
        ("rollout__prompts_per_step", 10**9), ("rollout__group_size", 10**9),
        ("teacher__prompt_limit", 10**9), ("model__max_pixels", 10**12),
        ("data__images_per_task", 10**6), ("sandbox__cpu_s", 10**9), ("sandbox__wall_s", 1e12),
        ("sandbox__memory_mb", 10**9), ("sandbox__memory_mb", 10**15),
        ("objective__head_chunk", 10**12), ("train__epochs_per_batch", 10**6),
        # Runs that would learn nothing.
        ("optim__learning_rate", 1e6), ("optim__learning_rate", 1.01), ("optim__grad_clip", 1e-300),
        ("optim__weight_decay", 1e9), ("optim__weight_decay", 2500.0), ("optim__b1", 0.9999999),
        ("optim__b2", 0.9999999), ("objective__beta", 1e30), ("objective__beta", 1e-30),
        ("objective__distill_weight", 1e30), ("objective__distill_weight", 1e-30),
        ("objective__reference_kl", 1e30), ("objective__sft_weight", 1e30),
        ("objective__kl_clamp", 1e-30), ("objective__kl_clamp", 1e30),
        ("objective__beta_final_share", 50.0), ("objective__clip_high", 1e30),
        ("objective__clip_dual", 1e30), ("objective__importance_clip", 1e30),
        ("rollout__temperature", 1e-30), ("rollout__temperature", 1e30),
        ("rollout__top_p", 1e-30), ("credit__alpha", 1e30), ("model__lora_alpha", 1e30),
        ("model__lora_alpha", 1e-30), ("rubric__weights", {"clip": 1e308, "range": 1e308}),
        ("rubric__weights", {"clip": 1e-308}), ("teacher__context", "rubric+rubric"),
        ("teacher__context", "image+rubric+image"), ("teacher__context", "rubric+"),
    ],
)  # fmt: skip
def test_what_no_run_can_use_is_refused_with_a_range(leaf, value):
    name = leaf.replace("__", r"\.")
    with pytest.raises(SettingsError, match=rf"^config\.{name}(\.\w+)? = .*(use|multiplies) ") as e:
        changed(**{leaf: value})
    assert "\n" not in str(e.value)


@pytest.mark.parametrize(
    "leaves",
    [
        {"optim__learning_rate": 0.0}, {"optim__learning_rate": 0.5}, {"optim__grad_clip": 1e-3},
        {"optim__warmup_steps": 10**9}, {"optim__warmup_steps": 24}, {"rollout__top_k": 1},
        {"rollout__top_p": 0.05}, {"rollout__temperature": 0.02}, {"rollout__temperature": 30.0},
        {"rollout__max_new_tokens": 2}, {"train__checkpoint_every": 10**9},
        {"train__checkpoint_every": 25}, {"train__epochs_per_batch": 30},
        {"objective__beta_final_share": 2.0}, {"objective__kl_clamp": 0.002},
        {"objective__head_chunk": 10**6}, {"sandbox__cpu_s": 600, "sandbox__wall_s": 601.0},
        {"sandbox__wall_s": 7200.0}, {"data__num_heldout": 4000},
        {"optim__weight_decay": 200.0},
        {"objective__beta": 0.0, "teacher__kind": "live", "teacher__context": "none"},
    ],
    ids=str,
)  # fmt: skip
def test_what_is_hardly_meant_is_said_and_done(leaves):
    leaf = list(leaves)[-1].replace("__", ".")
    if "sandbox.wall_s" in leaf and len(leaves) == 2:
        leaf = "sandbox."  # both are long
    said = list(doubts(changed(**leaves)))
    assert said
    assert all(sentence.startswith(f"config.{leaf}") for sentence in said), said
    assert not any("\n" in sentence for sentence in said)


@pytest.mark.parametrize("module", [mini_chart, chart_8b])
@pytest.mark.parametrize("method", methods.METHODS)
def test_no_published_method_is_doubted(module, method):
    assert list(doubts(from_config(module.get_config(method)))) == []


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


@pytest.mark.parametrize("method", ["grpo", "sft", "best_of_n_sft"])
def test_a_method_without_a_teacher_has_no_place_for_its_pictures(method):
    made = from_config(chart_8b.get_config(method))
    assert (made.teacher.kind, made.teacher.channels) == ("none", ("rubric", "image"))
    assert (made.num_images("student"), made.num_images("teacher")) == (1, 0)
    assert from_config(chart_8b.get_config()).num_images("teacher") == 2


@pytest.mark.parametrize("module", [mini_chart, chart_8b])
@pytest.mark.parametrize("method", methods.METHODS)
def test_every_method_is_scored_by_the_same_rubric(module, method):
    made, plain = (from_config(module.get_config(name)) for name in (method, "visual_sdpo"))
    assert made.rubric == plain.rubric


@given(st.integers(0, 12), st.integers(1, 4), st.integers(-1, 15))
def test_the_updates_of_a_run_and_where_it_goes_on_after_each_step(steps, epochs, imitating):
    config = base.get_config()
    config.train.num_steps = steps
    config.train.epochs_per_batch = epochs
    config.train.warm_up_steps = imitating
    train = from_config(config).train
    updates = 0
    for step in range(steps):
        assert train.next_step(updates) == step
        is_imitating = imitating == -1 or step < imitating
        assert (step < train.num_imitating) is is_imitating
        updates += 1 if is_imitating else epochs
    assert train.next_step(updates) == steps
    assert train.num_updates == updates


@pytest.mark.parametrize("module", [mini_chart, chart_8b])
def test_sft_stays_sft_when_the_command_line_changes_the_number_of_steps(module):
    config = module.get_config("sft")
    config.train.num_steps = 1000  # flags come after get_config
    assert from_config(config).train.num_imitating == 1000


def test_importing_a_config_imports_no_jax():
    code = "import sys, configs.mini_chart as c; c.get_config(); print('jax' in sys.modules)"
    out = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert out.stdout.strip() == "False"


class Reads(ast.NodeVisitor):
    """Which settings a module reads, as paths from ``settings``: ("train", "num_steps").

    Follows names that stand for a group: ``optim = settings.optim``, ``self`` in its class.
    """

    def __init__(self, names: dict[str, tuple[str, ...]]):
        self.names = names
        self.found: set[tuple[str, ...]] = set()

    def path(self, node: ast.AST) -> tuple[str, ...] | None:
        if isinstance(node, ast.Name):
            return self.names.get(node.id)
        if not isinstance(node, ast.Attribute):
            return None
        before = self.path(node.value)
        if before is not None:
            return (*before, node.attr)
        return () if node.attr == "settings" else None

    def visit_Attribute(self, node: ast.Attribute) -> None:
        path = self.path(node)
        if path is not None:
            self.found.add(path)
        self.generic_visit(node)

    def visit_Assign(self, node: ast.Assign) -> None:
        self.generic_visit(node)
        for target in node.targets:
            pairs = [(target, node.value)]
            if isinstance(target, ast.Tuple) and isinstance(node.value, ast.Tuple):
                pairs = list(zip(target.elts, node.value.elts, strict=True))
            for name, value in pairs:
                path = self.path(value)
                if isinstance(name, ast.Name) and path is not None:
                    self.names[name.id] = path

    def visit_FunctionDef(self, node: ast.FunctionDef) -> None:
        outside = dict(self.names)
        self.generic_visit(node)
        self.names = outside


def reads_of(node: ast.AST, **names: tuple[str, ...]) -> set[tuple[str, ...]]:
    visitor = Reads(names)
    visitor.visit(node)
    return visitor.found


def test_the_reads_of_a_module_are_those_of_the_settings():
    code = """
def f(run, settings, other):
    optim, size = settings.optim, other.data.size
    train = run.settings.train
    def g(): return train.num_steps, other.model.path
    return optim.b1
def g(settings, optim): return optim.b2, settings.num_images()
"""
    assert reads_of(ast.parse(code), settings=()) == {
        (), ("optim",), ("optim", "b1"), ("train",), ("train", "num_steps"), ("num_images",),
    }  # fmt: skip


def test_every_leaf_is_read_by_some_code():
    """Law 9: a setting that nobody reads is a lie. Checks in settings.py do not count."""
    read: set[tuple[str, ...]] = set()
    for path in (ROOT / "vsdpo_jax").rglob("*.py"):
        if path.name != "settings.py":
            read |= reads_of(ast.parse(path.read_text()), settings=())
    classes = {hint.__name__: (name,) for name, hint in get_type_hints(Settings).items()}
    methods = {  # what they read is read where they are called
        (*group, node.name): reads_of(node, self=group)
        for part in ast.parse((ROOT / "vsdpo_jax" / "run" / "settings.py").read_text()).body
        if isinstance(part, ast.ClassDef)
        for group in (classes.get(part.name, ()),)
        for node in part.body
        if isinstance(node, ast.FunctionDef)
    }
    while new := {path for name in methods.keys() & read for path in methods[name]} - read:
        read |= new
    for group, leaves in to_dict(from_config(base.get_config())).items():
        assert (group,) in read, group
        for leaf in leaves if isinstance(leaves, dict) else ():
            assert (group, leaf) in read, f"{group}.{leaf}"


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
