"""Unpack and check a corpus before a long run: which rows are tasks, and what the others lack.

Reads every row, names those that are left out with their numbers in ``checked-<part>.jsonl`` beside
the corpus, and prints the counts; interrupted, the same command goes on. With --draw every program
is run and has to match itself, by the judge of --domain, or by the scorer of --benchmark. A run
with config.data.checked = True draws the rest alone.
"""

from __future__ import annotations

import sys
from collections import Counter
from pathlib import Path

from absl import flags

from vsdpo_jax.benchmarks.scoring import Machine
from vsdpo_jax.data.audit import SelfScore, audit, drawn_twice, scored_by
from vsdpo_jax.data.corpora import CORPORA, Corpus, Reader, parse
from vsdpo_jax.data.errors import CorpusError
from vsdpo_jax.data.files import unpack
from vsdpo_jax.data.verdicts import read_verdicts, verdict_path
from vsdpo_jax.domains.base import Domain, find_domains, load_domain
from vsdpo_jax.domains.pool import RenderPool
from vsdpo_jax.run import command
from vsdpo_jax.run.settings import SettingsError
from vsdpo_jax.runtime.metrics import Rows
from vsdpo_jax.sandbox import Limits


def unpack_all(name: str, root: str) -> None:
    """Unpack the archives of a corpus in its folder.

    Raises:
      CorpusError: it comes as no archive, none is there, or one is not what it should be.
    """
    corpus, _ = parse(name)[0]
    folder = Path(root) / corpus.name
    if not corpus.archives:
        raise CorpusError(f"{corpus.name} comes as no archive; {corpus.get}")
    found = [archive for archive in corpus.archives if (folder / archive.name).is_file()]
    if not found:
        names = ", ".join(archive.name for archive in corpus.archives)
        raise CorpusError(f"{folder}: none of {names} there; {corpus.get}")
    for archive in found:
        unpack(folder / archive.name, archive)
        known = "digest as known" if archive.sha256 else "no digest is known for it"
        sys.stdout.write(f"{folder / archive.name}: unpacked ({known})\n")


def check(name: str, root: str, self_score: SelfScore | None, domain: str, test: str = "") -> None:
    """Check one part, and print what came of it."""
    parts = parse(name)
    if len(parts) > 1:
        raise CorpusError(f"{name!r}: one corpus at a time")
    corpus, part = parts[0]
    reader = Reader(corpus, part, root, domain)
    path = verdict_path(reader, root)
    drawn = "" if self_score is None else ", each drawn and compared with itself"
    done = read_verdicts(path).done if path.exists() else 0
    if 0 < done < reader.num_rows:
        sys.stderr.write(f"resumed: {path}, {done} of {reader.num_rows} rows are checked\n")
    sys.stderr.write(f"{reader.name}: {reader.num_rows - done} rows to check{drawn}; into {path}\n")
    with Rows("check", reader.num_rows, done) as progress:

        def show(now_done: int) -> None:
            nonlocal done
            progress.update(now_done - done)
            done = now_done

        verdicts = audit(reader, path, self_score=self_score, test=test, on_batch=show)
    kept = reader.num_rows - len(verdicts.rows)
    sys.stdout.write(f"{reader.name}: {kept} of {reader.num_rows} rows kept\n")
    for title, counts in (
        ("left out", Counter(verdicts.rows.values())),
        ("kept, but", Counter(verdicts.notes)),
    ):
        for kind, count in counts.most_common():
            sys.stdout.write(f"{count:9}  {title}: {kind}\n")
    sys.stdout.write(f"row by row: {path}\n")
    if not kept:
        raise CorpusError(f"{reader.name}: no row is left")


def main(argv: list[str]) -> None:
    del argv
    values = flags.FLAGS
    if not values.corpus:
        raise SettingsError(f"give --corpus=NAME:PART; known: {', '.join(CORPORA)}")
    if values.unpack:
        unpack_all(values.corpus, values.root)
        return
    if not values.draw:
        check(values.corpus, values.root, None, values.domain or "")
        return
    corpus, _ = parse(values.corpus)[0]
    limits = Limits(cpu_s=values.cpu_s)
    if values.benchmark:
        machine = Machine(
            limits=limits, workers=values.workers or None, interpreter=values.interpreter or None
        )
        try:
            self_score = scored_by(values.benchmark, corpus, machine)
        except ValueError as error:
            raise SettingsError(f"--benchmark: {error}") from None
        check(values.corpus, values.root, self_score, values.domain or "", values.benchmark)
        return
    domain = _domain(values.domain or "", corpus)
    with RenderPool(
        domain=values.domain, num_workers=values.workers or None, limits=limits,
        interpreter=values.interpreter or None,
    ) as pool:  # fmt: skip
        score = drawn_twice(domain, pool)
        check(values.corpus, values.root, score, values.domain, f"domain {values.domain}")


def _domain(name: str, corpus: Corpus) -> Domain:
    try:
        domain = load_domain(name)
    except ValueError as error:
        raise SettingsError(f"--draw needs --{error}, or --benchmark") from None
    if domain.language.name != corpus.language:
        raise SettingsError(
            f"--domain={name}: its programs are in {domain.language.name}, and those of "
            f"{corpus.name} in {corpus.language}"
        )
    return domain


def examples() -> str:
    """A command for each way of use, of the first corpus that comes as archives."""
    corpus = next(corpus for corpus in CORPORA.values() if corpus.archives)
    domain = next(n for n in find_domains() if load_domain(n).language.name == corpus.language)
    command = f"    python -m vsdpo_jax.corpus --corpus={corpus.name} --root=corpora"
    ways = ("--unpack", "", f"--draw --domain={domain}")
    return "\n".join(["", "Examples:", "", *(f"{command} {way}".rstrip() for way in ways)])


def define_flags(values: flags.FlagValues = flags.FLAGS) -> None:
    """The command's flags."""
    flags.DEFINE_string("corpus", None, "NAME or NAME:PART", flag_values=values)
    flags.DEFINE_string(
        "root", "corpora", "folder that holds the folder of the corpus", flag_values=values
    )
    flags.DEFINE_bool("unpack", False, "unpack its archives there instead", flag_values=values)
    flags.DEFINE_bool(
        "draw", False, "run every program, too; it has to match itself", flag_values=values
    )
    flags.DEFINE_string("domain", None, "that draws the programs", flag_values=values)
    flags.DEFINE_string(
        "benchmark", None, "whose scorer compares them with themselves instead", flag_values=values
    )
    flags.DEFINE_integer("workers", 0, "render workers; 0: one per core", flag_values=values)
    flags.DEFINE_integer("cpu_s", 8, "CPU seconds of one program", flag_values=values)
    flags.DEFINE_string("interpreter", None, "Python that runs the programs", flag_values=values)


if __name__ == "__main__":
    define_flags()
    command.run(main, examples(), "the same command goes on from what is done")
