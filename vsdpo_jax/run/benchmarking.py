"""A policy on a published benchmark: answers (answers.py), scores (score.py), the paper's row."""

from __future__ import annotations

import dataclasses
import shlex
import subprocess
import sys
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

from absl import flags

import configs
from vsdpo_jax.benchmarks.base import Benchmark, find_benchmarks, load_benchmark
from vsdpo_jax.data.errors import CorpusError
from vsdpo_jax.data.examples import Examples, find_root
from vsdpo_jax.domains.base import load_domain
from vsdpo_jax.endpoint.arguments import read_budget, read_price
from vsdpo_jax.endpoint.budget import Budget
from vsdpo_jax.endpoint.client import Client
from vsdpo_jax.endpoint.server import KEY_VARIABLE, Endpoint
from vsdpo_jax.endpoint.tally import Price
from vsdpo_jax.run import answers, opening
from vsdpo_jax.run.settings import Settings, SettingsError
from vsdpo_jax.runtime.bucket import is_url
from vsdpo_jax.runtime.files import read_json, write_atomic
from vsdpo_jax.runtime.hosts import start as start_hosts
from vsdpo_jax.runtime.stop import Stop
from vsdpo_jax.runtime.streams import one_line, warn
from vsdpo_jax.runtime.workdir import full_disk_is_said

SCORES, ROW = "scores.jsonl", "row.md"
_OWN = ("data", "part", "endpoint", "model", "price", "budget", "score")
"""Flags that mean something with --benchmark alone."""


@dataclass(frozen=True, kw_only=True)
class Asked:
    """What the command line asks for.

    Attributes:
      benchmark: which.
      data: folder of corpora.
      part: of corpora.
      endpoint: of a model elsewhere; None: the config's policy answers.
      price: of its tokens; None: unknown.
      budget: what its answers may cost; None: anything.
      score: further arguments of vsdpo_jax.score.
    """

    benchmark: Benchmark
    data: str
    part: str
    endpoint: Endpoint | None = None
    price: Price | None = None
    budget: Budget | None = None
    score: tuple[str, ...] = ()


def define_flags(values: flags.FlagValues = flags.FLAGS) -> None:
    """The flags of the command."""
    flags.DEFINE_string(
        "benchmark", None, f"answer and score one of {', '.join(find_benchmarks())}",
        flag_values=values,
    )  # fmt: skip
    flags.DEFINE_string(
        "data", None, "folder of corpora that hold it (docs/corpora.md)", flag_values=values
    )
    flags.DEFINE_string(
        "part", None, "of corpora, NAME:PART; default: the usual one", flag_values=values
    )
    flags.DEFINE_string(
        "endpoint",
        None,
        "an OpenAI-compatible server's base, to ask its --model",
        flag_values=values,
    )
    flags.DEFINE_string("model", None, "a model behind --endpoint", flag_values=values)
    flags.DEFINE_string(
        "key", KEY_VARIABLE, "variable of the environment that holds the key", flag_values=values
    )
    flags.DEFINE_integer("in_flight", 32, "requests at a time", flag_values=values)
    flags.DEFINE_float("rpm", 0.0, "requests a minute; 0: unlimited", flag_values=values)
    flags.DEFINE_float("tpm", 0.0, "tokens a minute, by estimate; 0: unlimited", flag_values=values)
    flags.DEFINE_float("timeout_s", 600.0, "seconds of one request", flag_values=values)
    flags.DEFINE_string(
        "price", None, "IN,OUT: US dollars a million tokens, for the report", flag_values=values
    )
    flags.DEFINE_float(
        "budget", None, "US dollars that the answers may cost, by --price", flag_values=values
    )
    flags.DEFINE_string(
        "score",
        None,
        'arguments of vsdpo_jax.score, as "--judge=NAME --workers=2"',
        flag_values=values,
    )


def examples() -> str:
    """What --help shows: each benchmark, answered by the policy of the config that is about it."""
    stems = sorted(path.stem for path in Path(configs.__path__[0]).glob("*_8b.py"))
    heldout = {s: import_module(f"configs.{s}").get_config().data.heldout for s in stems}
    lines = [
        f"    python -m vsdpo_jax.evaluate --config=configs/{stem}.py --benchmark={name} "
        f"--data=corpora --out=runs/{name}"
        for name in find_benchmarks()
        for stem in stems
        if heldout[stem].split(":")[0] == load_benchmark(name).parts[0].split(":")[0]
    ]
    return "\n".join(["", "Examples:", "", *lines])


def asked_for(values: Any) -> Asked:
    """What the flags ask for.

    Raises:
      SettingsError: naming the flag.
    """
    try:
        benchmark = load_benchmark(values.benchmark)
    except ValueError as error:
        raise SettingsError(f"--benchmark={error}") from None
    if not values.data:
        raise SettingsError(
            f"--benchmark={values.benchmark}: give --data, the folder of corpora that holds "
            f"{benchmark.parts[0]} (docs/corpora.md)"
        )
    if not Path(values.data).is_dir():
        raise SettingsError(f"--data={values.data}: there is no such folder")
    if values.part and values.part not in benchmark.parts:
        known = ", ".join(benchmark.parts)
        raise SettingsError(f"--part={values.part!r} is unknown; {benchmark.name} has {known}")
    if bool(values.endpoint) != bool(values.model):
        raise SettingsError("--endpoint and --model: give both, or neither for the config's policy")
    try:
        score = tuple(shlex.split(values.score or ""))
    except ValueError as error:
        raise SettingsError(f"--score={values.score!r}: {error}") from None
    try:
        price = read_price(values.price, "--price")
        budget = read_budget(values.budget, "--budget", price, "--price")
    except ValueError as error:
        raise SettingsError(str(error)) from None
    if price is not None and not values.endpoint:
        raise SettingsError(f"--price={values.price}: the config's policy costs no tokens; give "
                            "--endpoint and --model, or leave it out")  # fmt: skip
    return Asked(
        benchmark=benchmark,
        data=values.data,
        part=values.part or benchmark.parts[0],
        endpoint=_endpoint(values) if values.endpoint else None,
        price=price,
        budget=budget,
        score=score,
    )


def _endpoint(values: Any) -> Endpoint:
    try:
        return Endpoint(
            model=values.model, url=values.endpoint, key_variable=values.key,
            in_flight=values.in_flight, requests_per_minute=values.rpm,
            tokens_per_minute=values.tpm, timeout_s=values.timeout_s,
        )  # fmt: skip
    except ValueError as error:
        raise SettingsError(f"--endpoint: {error}") from None


def refuse_without_benchmark(values: Any) -> None:
    """Flags without their benchmark are a mistake.

    Raises:
      SettingsError: naming one.
    """
    for name in _OWN:
        if getattr(values, name):
            raise SettingsError(f"--{name}={getattr(values, name)}: give --benchmark, too")


def evaluate(settings: Settings, out: Path, asked: Asked) -> int:
    """Answer, score, and write the row; the command's exit code.

    Args:
      settings: of the policy, or of sampling from a model elsewhere.
      out: folder for predictions.jsonl, scores.jsonl and row.md.
      asked: what is wanted.

    Raises:
      SettingsError, CorpusError, EndpointError, ...: see the command.
    """
    if is_url(out):
        raise SettingsError(
            f"--out={out}: answers to a benchmark are kept on a disk; give a folder"
        )
    settings = _of_benchmark(settings)
    examples = _examples(settings, asked)
    if asked.endpoint is None:
        _check_pictures(settings, examples)
    with (
        full_disk_is_said(out),
        answers.Predictions(out, _protocol(settings, asked, examples)) as predictions,
    ):
        left = [name for name in examples.references if name not in predictions.done]
        if left and not _answer(settings, asked, examples, predictions):
            return 1
    code = _score(asked, out)
    summary = out / f"{SCORES}.summary.json"
    if code in (0, 1) and summary.exists():
        row = answers.table_row(_name(settings, asked), read_json(summary)["columns"])
        write_atomic(out / ROW, row)
        sys.stdout.write(row)
    return code


def _of_benchmark(settings: Settings) -> Settings:
    """Settings that need no corpus of training: the benchmark's examples are read apart."""
    data = dataclasses.replace(
        settings.data, train="lab", heldout="lab", num_heldout=2, checked=False, references=False
    )
    judge = dataclasses.replace(settings.judge, model="")
    rubric = dataclasses.replace(settings.rubric, clip="")
    return dataclasses.replace(settings, data=data, judge=judge, rubric=rubric)


def _examples(settings: Settings, asked: Asked) -> Examples:
    domain = settings.data.domain
    root = find_root(asked.benchmark.parts, Path(asked.data)) or asked.data
    examples = Examples(asked.part, root, domain)
    if examples.language != load_domain(domain).language.name:
        raise SettingsError(
            f"config.data.domain = {domain!r}: {asked.part} wants programs in {examples.language}; "
            "give the config of its domain"
        )
    if not examples.references:
        raise CorpusError(f"{asked.part}: holds no example")
    return examples


def _check_pictures(settings: Settings, examples: Examples) -> None:
    shown = len(examples.task(next(iter(examples.references))).images)
    if shown > settings.data.images_per_task:
        raise SettingsError(
            f"config.data.images_per_task = {settings.data.images_per_task}: an example of "
            f"{examples.spec} shows {shown}: use {shown}, and a model that reads pictures"
        )


def _protocol(settings: Settings, asked: Asked, examples: Examples) -> dict[str, Any]:
    """What the answers depend on."""
    rollout = settings.rollout
    return {
        "part": examples.spec,
        "examples": len(examples.references),
        "model": _name(settings, asked),
        "endpoint": None if asked.endpoint is None else asked.endpoint.url,
        "templates": settings.teacher.templates,
        "temperature": rollout.temperature,
        "top_p": rollout.top_p,
        "max_new_tokens": rollout.max_new_tokens,
        "seed": settings.seed,
    }


def _name(settings: Settings, asked: Asked) -> str:
    return settings.model.path if asked.endpoint is None else asked.endpoint.model


def _answer(
    settings: Settings, asked: Asked, examples: Examples, predictions: answers.Predictions
) -> bool:
    """Get the answers that are missing; whether all are there."""
    if predictions.done:
        sys.stderr.write(f"resumed: {len(predictions.done)} answers are there\n")
    if asked.endpoint is not None:
        client = Client(asked.endpoint, budget=asked.budget)
        try:
            reasons = answers.of_endpoint(settings, examples, predictions, client)
        finally:
            sys.stderr.write(f"{asked.endpoint.model}: {client.tally.report(asked.price)}\n")
        if reasons:
            reason, _ = reasons.most_common(1)[0]
            warn(
                f"{reasons.total()} examples got no answer ({one_line(reason)}) and nothing is "
                f"scored: the same command asks for them again"
            )
        return not reasons
    with (
        Stop(settings.train.stop_within_s) as stop,
        start_hosts(settings.distributed) as hosts,
    ):
        if hosts.count > 1:
            raise SettingsError(f"--benchmark: {hosts.count} processes; give it one alone")
        with opening.open_run(settings, hosts, stop) as run:
            answers.of_policy(run, examples, predictions)
    return True


def _score(asked: Asked, out: Path) -> int:
    """Score in a process of its own, which holds no device; what is scored whole stays."""
    scores = out / SCORES
    if scores.exists() and not scores.with_name(f"{SCORES}.part").exists():
        return 0
    command = [
        sys.executable, "-m", "vsdpo_jax.score", f"--benchmark={asked.benchmark.name}",
        f"--predictions={out / answers.PREDICTIONS}", f"--out={scores}",
        f"--data={asked.data}", f"--part={asked.part}", *asked.score,
    ]  # fmt: skip
    return subprocess.run(command, check=False).returncode
