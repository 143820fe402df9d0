"""Checks a command of the documents by the parser of what it calls, up to where work starts."""

from __future__ import annotations

import argparse
import ast
import importlib
import re
import runpy
import shlex
import sys
from collections.abc import Callable
from pathlib import Path
from unittest import mock

from absl import flags
from documents import ROOT

from vsdpo_jax import explain, plan, report, score
from vsdpo_jax.benchmarks.base import load_benchmark
from vsdpo_jax.data.corpora import parse as parse_corpora
from vsdpo_jax.domains.base import load_domain
from vsdpo_jax.export import DTYPES
from vsdpo_jax.lab import gate, pretrain
from vsdpo_jax.run import checks, planning, profiling
from vsdpo_jax.run.settings import from_config

MAKEFILE = (ROOT / "Makefile").read_text("utf-8")
TARGETS = set(re.findall(r"^([a-z-]+):", MAKEFILE, re.MULTILINE))
FLAGGED = ("train", "evaluate", "plan", "corpus", "export")
"""Commands whose flags are absl's."""
OTHERS = {"tensorboard": "--logdir=", "wandb": "sync"}
"""Programs of others, which serve until they are ended or want an account -> what follows them."""
FOREIGN = ("skypilot",)
"""Packages of others that are installed with extras of theirs."""
NOT_RUN = {
    "vsdpo_jax.domains.web.browser.install": "asks the network for a browser",
    "vsdpo_jax.domains.slide.render.install": "asks the network for an office suite",
    "notebooks/store.py": "executes all notebooks: half an hour; tests/notebooks does",
    "docs/figures/dataflow.py": "writes a figure of this repository anew; a test draws it",
    "tests/launch/launching.py": "writes files of this repository anew",
}
"""Python programs without arguments -> why none of them is started here."""


class UnknownCommand(AssertionError):
    """Nobody has said how to check such a command."""


def check(words: list[str]) -> None:
    """Raises an error (AssertionError, SystemExit, ValueError, flags.Error) of a command that would
    be refused."""
    while re.match(r"[A-Z_]+=", words[0]):
        name, _, value = words[0].partition("=")
        if name == "PYTHONPATH":
            with mock.patch.object(sys, "path", [str(ROOT / value), *sys.path]):
                return check(words[1:])
        words = words[1:]
    if words[0].startswith("launch/"):
        check_launch(words)
        return
    programs: dict[str, Callable[[list[str]], None]] = {
        "make": check_make, "python": check_python, "pip": check_pip, "cp": check_cp,
    }  # fmt: skip
    if words[0] == ".":
        assert words[1:] == [".venv/bin/activate"], words  # what the Makefile makes
        return
    if words[0] == "export":
        assert re.fullmatch(r"[A-Z_]+=\S+", words[1]), words
        return
    if words[0] in OTHERS:
        assert words[1].startswith(OTHERS[words[0]]), words
        return
    if words[0] not in programs:
        raise UnknownCommand(f"{shlex.join(words)}: say in {Path(__file__).name} how to check it")
    programs[words[0]](words[1:])


def completed(words: list[str]) -> list[str]:
    """Words of running text, which leaves out what stands nearby."""
    needs = {
        "train": {"config": "configs/mini_chart.py", "workdir": "runs/x"},
        "evaluate": {"config": "configs/mini_chart.py", "out": "runs/x"},
        "plan": {"config": "configs/mini_chart.py"},
        "corpus": {"corpus": "chart2code_160k"},
        "export": {"checkpoint": "runs/x", "out": "exported"},
    }
    name = words[2].removeprefix("vsdpo_jax.") if words[:2] == ["python", "-m"] else ""
    lacks = [
        f"--{flag}={value}"
        for flag, value in needs.get(name, {}).items()
        if not any(re.match(rf"--{flag}\b", word) for word in words)
    ]
    return [*words, *lacks]


def check_make(words: list[str]) -> None:
    """Its targets exist; what they run of ours is checked too."""
    for word in words:
        assert word in TARGETS or re.match(r"[A-Z]+=", word), f"make has no target {word}"
        recipe = re.search(rf"^{word}:.*\n((?:\t.*\n)*)", MAKEFILE, re.MULTILINE)
        for line in re.findall(r"\$\(PY\) (-m vsdpo_jax\S* .*)", recipe[1] if recipe else ""):
            check_python(shlex.split(line))


def check_pip(words: list[str]) -> None:
    """Extras of ours exist; the rest is between pip and the network."""
    assert words[0] == "install", words
    for name, extra in re.findall(r"(\S*?)\[(\w+)\]", " ".join(words)):
        if name in FOREIGN:
            continue
        assert name in ("vsdpo_jax", "."), name
        assert extra in extras(), f"there is no extra {extra}"


def extras() -> dict[str, list[str]]:
    for node in ast.parse((ROOT / "setup.py").read_text("utf-8")).body:
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "EXTRAS":
            return ast.literal_eval(node.value)
    raise AssertionError("setup.py has no EXTRAS")


def check_cp(words: list[str]) -> None:
    source, target = words
    assert (ROOT / source).is_file(), source
    assert (ROOT / target).parent.is_dir(), target


def check_launch(words: list[str]) -> None:
    """Verb and flags are the script's (its dry runs are tested in tests/launch), what stands behind
    -- is the trainer's."""
    assert (ROOT / words[0]).is_file(), words[0]
    rest, _, trainer = " ".join(words[1:]).partition(" -- ")
    verbs = re.findall(r"^## ([a-z]+) ", (ROOT / words[0]).read_text("utf-8"), re.MULTILINE)
    known = {*verbs, "--help", "--dry_run", "--yes"}
    for word in rest.split():
        assert word in known, f"{words[0]} has no {word}"
    if trainer:
        config = "--config=configs/mini_chart.py"
        check_python(["-m", "vsdpo_jax.train", config, "--workdir=runs/x", *shlex.split(trainer)])


def check_python(words: list[str]) -> None:
    """A module or a script of ours, with arguments that it takes."""
    module, arguments = (words[1], words[2:]) if words[0] == "-m" else (words[0], words[1:])
    file = ROOT / (module if words[0] != "-m" else f"{module.replace('.', '/')}.py")
    assert file.is_file(), f"there is no {module}"
    short = module.removeprefix("vsdpo_jax.")
    if short in FLAGGED:
        check_flagged(short, arguments)
    elif module in NOT_RUN:
        assert not arguments, f"{module} takes no arguments"
    elif module == "vsdpo_jax.explain":
        check_explain(arguments)
    elif module == "vsdpo_jax.score":
        given = score._parser().parse_args(arguments)
        score._benchmark(given)
        score._machine(given)
    elif module == "vsdpo_jax.report":
        report._parser().parse_args(arguments)
    elif module == "vsdpo_jax.lab.pretrain":
        pretrain.parse_arguments(arguments)
    elif module == "vsdpo_jax.lab.gate":
        gate.parse_arguments(arguments)
    elif module.startswith("benchmarks/"):
        parser = runpy.run_path(str(file))["parser"]()
        parser.parse_args([filled(word, parser) for word in arguments])
    else:
        raise UnknownCommand(f"python {' '.join(words)}: say in {Path(__file__).name} how to check")


def filled(word: str, parser: argparse.ArgumentParser) -> str:
    """An argument with something that can be given in place of NAME, RATE or N=V."""
    option, _, value = word.partition("=")
    if not value.isupper():
        return word
    (action,) = (action for action in parser._actions if option in action.option_strings)
    return f"{option}={next(iter(action.choices or ['1']))}"


def check_explain(arguments: list[str]) -> None:
    given = explain._parser().parse_args(arguments)
    domain = explain._domain(given.domain)
    explain._options(given.option, domain)
    for path in given.programs:
        explain._check_suffix(path, domain)


def check_flagged(name: str, arguments: list[str]) -> None:
    """Flags are parsed by the command's own definitions; settings are built and compared."""
    module = importlib.import_module(f"vsdpo_jax.{name}")
    values = flags.FlagValues()
    module.define_flags(values)
    argv = [name, *(from_root(word) for word in arguments)]
    with mock.patch.object(sys, "argv", argv):  # where the overrides of a config are looked for
        rest = values(argv)
    assert rest == [name], f"{name} takes no {rest[1:]}"
    if name == "corpus":
        ((corpus, _),) = parse_corpora(values.corpus)
        if values.domain:
            assert load_domain(values.domain).language.name == corpus.language
        assert values.draw or not values.domain
        return
    if name == "export":
        assert values.checkpoint
        assert values.out
        assert values.dtype in (None, *DTYPES)
        return
    assert values.config, f"{name} needs --config"
    settings = from_config(values.config)
    checks.check_domain(settings)
    checks.check_templates(settings)
    if name == "train":
        assert values.workdir or values.dry_run, "train needs --workdir"
        profiling.parse_steps(values.profile)
    if name == "evaluate":
        assert values.out
        if values.benchmark:
            assert values.part in (None, *load_benchmark(values.benchmark).parts)
            assert bool(values.endpoint) == bool(values.model)
            score._parser().parse_args(benchmark_arguments(values))
    if name == "plan":
        plan.hardware(values)
        planning.check_lengths(settings, planning.model_config(settings))


def benchmark_arguments(values: flags.FlagValues) -> list[str]:
    """What ``evaluate`` passes on to ``score``."""
    own = ["--benchmark", values.benchmark, "--predictions=a", "--out=b"]
    return [*own, *shlex.split(values.score or "")]


def from_root(word: str) -> str:
    return word.replace("--config=", f"--config={ROOT}/", 1) if "--config=" in word else word
