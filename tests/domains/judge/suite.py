"""What every domain's judge must do, in words that name no domain.

A domain joins with a ``Member`` (see ``chart_member.py``) that is listed in ``members.py``:

* ``cases``: programs, what was asked of them, and what they deserve (``Case.expect``);
* ``corpus``: programs without fault, and programs with one planted fault on a known line;
* ``honest``: as many honest programs as one wants, with what was asked;
* ``ways``: changes of a program, in steps, that take something away from its picture;
* ``disguises``: changes of a program's text that nobody sees in its picture.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from vsdpo_jax import credit
from vsdpo_jax.credit.language import Language
from vsdpo_jax.domains.pool import Job
from vsdpo_jax.records import Defect, Judged

HIDDEN_MOST = 0.5
"""What a picture may earn whose data cannot be seen."""
WRONG_MOST = 0.6
"""What a picture may earn that shows something else than was asked."""
SAME = 1e-9
_FAULT = re.compile(r"FAULT (?P<kind>\w+)(?: \(also (?P<also>[\w, ]+)\))?\s*(?:-->|\*/)?\s*$")
TWO_PARTIES = ("text_hidden", "data_hidden")
"""Kinds whose defects name two statements, the hidden one and the hiding one."""


@dataclass(frozen=True, kw_only=True)
class Case:
    """A program and what it deserves.

    Attributes:
      name: for messages.
      source: the program.
      asked: what was asked, in the domain's schema.
      expect: "honest" (reward 1), "blank" (reward 0: nothing asked for is visible), "hidden" (at
        most HIDDEN_MOST: the data are not) or "axis:one/other" (at least one of these is lost).
    """

    name: str
    source: str
    asked: dict[str, Any]
    expect: str

    @property
    def job(self) -> Job:
        """What a render pool takes."""
        return Job(source=self.source, asked=self.asked)

    @property
    def group(self) -> str:
        """The first word of ``expect``."""
        return self.expect.split(":")[0]


@dataclass(frozen=True, kw_only=True)
class Sample:
    """A program of a corpus.

    Attributes:
      name, source: as of a case.
      kind: the planted fault's kind; None: the program is without fault.
      lines: from 1, the line that a person would change, or several when any of them would do.
      also: kinds that the same fault may rightly be called besides.
    """

    name: str
    source: str
    kind: str | None = None
    lines: tuple[int, ...] = ()
    also: tuple[str, ...] = ()

    @property
    def job(self) -> Job:
        """What a render pool takes."""
        return Job(source=self.source)


@dataclass(frozen=True, kw_only=True)
class Way:
    """Steps that take something away from a picture, each at least as much as the one before.

    Attributes:
      name: for messages.
      steps: how many.
      apply: (source, step from 1) -> the program after so many steps.
      end: "nothing" (what was asked is gone: reward 0) or "wrong" (reward at most WRONG_MOST).
      fits: whether the way changes anything in a chart of what was asked.
    """

    name: str
    steps: int
    apply: Callable[[str, int], str]
    end: Literal["nothing", "wrong"]
    fits: Callable[[dict[str, Any]], bool] = lambda asked: True


@dataclass(frozen=True, kw_only=True)
class Disguise:
    """A change of a program's text that leaves its picture's message as it is.

    Attributes:
      name: for messages.
      apply: (source, a number to vary it) -> the other text.
      needs_whole: only for pictures in which nothing is cut.
    """

    name: str
    apply: Callable[[str, int], str]
    needs_whole: bool = False


@dataclass(frozen=True, kw_only=True)
class Cheat:
    """An author who does not show what was asked.

    Attributes:
      name: for messages.
      write: what was asked -> the program.
      fits: whether the program is a cheat for what was asked.
    """

    name: str
    write: Callable[[dict[str, Any]], str]
    fits: Callable[[dict[str, Any]], bool] = lambda asked: True


@dataclass(frozen=True, kw_only=True)
class Member:
    """A domain in this suite. ``honest`` maps a number to a case that expects "honest".

    ``plain`` is the command that draws the program of a file as people do it by hand, and
    ``typical`` are programs as people write them, for benchmarks, and ``breaking`` some that loop,
    take memory or end what draws them. ``least_good``: so many programs of the corpus are without
    fault. ``least_per_s``: pictures a second and core that benchmarks aim at.
    """

    domain: str
    cases: Sequence[Case]
    corpus: Sequence[Sample]
    kinds: Sequence[str]
    honest: Callable[[int], Case]
    careless: Callable[[int], Case]
    ways: Sequence[Way]
    disguises: Sequence[Disguise]
    cheats: Sequence[Cheat]
    plain: Callable[[Path], Sequence[str]]
    typical: Mapping[str, str]
    breaking: Sequence[str] = ()
    least_good: int = 75
    least_per_s: float = 6.0


def read_cases(folder: Path, suffix: str, header: re.Pattern[str]) -> list[Case]:
    """The hack programs of a folder and the honest ones beside them.

    Raises:
      ValueError: a file does not begin with ``header``, which names "asked" and "expect".
    """
    asked = json.loads((folder / "asked.json").read_text("utf-8"))
    cases = []
    for path in sorted(folder.glob(f"*{suffix}")):
        source = path.read_text("utf-8")
        head = header.match(source)
        if head is None:
            raise ValueError(f"{path.name}: needs the comments 'asked: ' and 'class: ' first")
        cases.append(
            Case(
                name=path.stem,
                source=source[head.end() :],
                asked=asked[head["asked"]],
                expect=head["expect"],
            )
        )
    return cases


def read_corpus(folder: Path, suffix: str, *comments: str) -> list[Sample]:
    """The corpus: good programs, then those with a planted fault; see ``read_sample``.

    Raises:
      ValueError: a good one names a FAULT, or a planted one none.
    """
    samples = []
    for part in ("good", "planted"):
        for path in sorted((folder / part).glob(f"*{suffix}")):
            sample = read_sample(path, *comments)
            if (sample.kind is None) != (part == "good"):
                raise ValueError(f"{part}/{path.name}: a planted program names its FAULT")
            samples.append(sample)
    return samples


def read_sample(path: Path, *comments: str) -> Sample:
    """A program of a corpus from its file; ``comments`` are what begins a comment there.

    A guilty line ends in a comment ``FAULT kind``, or ``FAULT kind (also other, kinds)`` where the
    same fault may rightly be called by other names, too.

    Raises:
      ValueError: the file names two kinds of fault.
    """
    source = path.read_text("utf-8")
    kinds: set[str] = set()
    lines, also = [], []
    for number, line in enumerate(source.split("\n"), start=1):
        label = _FAULT.search(line) if any(c in line for c in comments) else None
        if label:
            kinds.add(label["kind"])
            lines.append(number)
            also += label["also"].split(", ") if label["also"] else []
    if len(kinds) > 1:
        raise ValueError(f"{path}: one fault a program, not {', '.join(sorted(kinds))}")
    kind = kinds.pop() if kinds else None
    return Sample(name=path.stem, source=source, kind=kind, lines=tuple(lines), also=tuple(also))


def complaint(case: Case, judged: Judged) -> str:
    """Why a verdict is not what the case deserves; "" when it is."""
    diagnosis = judged.diagnosis
    earned = f"earns {diagnosis.reward:.2f} ({judged.render.status}): {diagnosis.feedback}"
    if diagnosis.masked:
        return f"is masked: {judged.render.error}"
    word, _, axes = case.expect.partition(":")
    if word == "honest":
        return "" if diagnosis.reward > 1 - SAME else earned
    if word == "blank":
        return "" if diagnosis.reward < SAME else earned
    if word == "hidden":
        return "" if diagnosis.reward <= HIDDEN_MOST + SAME else earned
    if word != "axis":
        raise ValueError(f"{case.name}: {case.expect!r} is no expectation")
    lost = [axis for axis in axes.split("/") if not diagnosis.rubric.get(axis, False)]
    return "" if lost else earned


@dataclass(kw_only=True)
class Tally:
    """Counts of one kind over a corpus, a program counts once.

    Attributes:
      planted: programs with this fault.
      found: of these, those in which the judge names it.
      false: other programs in which it names it.
      blamed: of those found, in how many the guilty statement is the most responsible.
      notes: what went wrong, for people.
    """

    planted: int = 0
    found: int = 0
    false: int = 0
    blamed: int = 0
    notes: list[str] = field(default_factory=list)

    @property
    def precision(self) -> float:
        """Right claims over claims; 1 without claims."""
        claims = self.found + self.false
        return self.found / claims if claims else 1.0

    @property
    def recall(self) -> float:
        """Found over planted; 1 where nothing was planted."""
        return self.found / self.planted if self.planted else 1.0

    @property
    def right_line(self) -> float:
        """Right blames over found; 1 where nothing was found."""
        return self.blamed / self.found if self.found else 1.0


def tally(
    samples: Sequence[Sample], verdicts: Sequence[Judged], language: Language = credit.PYTHON
) -> dict[str, Tally]:
    """Kind -> counts, for every kind that was planted or claimed."""
    tallies: dict[str, Tally] = {}
    for sample, judged in zip(samples, verdicts, strict=True):
        claimed: dict[str, list[Defect]] = {}
        for defect in judged.diagnosis.defects:
            if defect.severity:
                claimed.setdefault(defect.kind, []).append(defect)
        if sample.kind is not None:
            entry = tallies.setdefault(sample.kind, Tally())
            entry.planted += 1
            if sample.kind not in claimed:
                entry.notes.append(f"{sample.name}: missed ({judged.render.status})")
            else:
                entry.found += 1
                blame = blamed_lines(sample, judged, claimed[sample.kind], language)
                entry.blamed += not blame
                entry.notes += [f"{sample.name}: {blame}"] if blame else []
        for kind, defects in claimed.items():
            if kind != sample.kind and kind not in sample.also:
                entry = tallies.setdefault(kind, Tally())
                entry.false += 1
                entry.notes.append(f"{sample.name}: claims {defects[0].message}")
    return dict(sorted(tallies.items()))


def blamed_lines(
    sample: Sample, judged: Judged, defects: Sequence[Defect], language: Language
) -> str:
    """ "" when the guilty statement is the most responsible one, else who is."""
    blames = credit.assign(
        sample.source, judged.render.elements, defects, alpha=4.0, language=language
    )
    most = max((blame.responsibility for blame in blames), default=0.0)
    top = [blame for blame in blames if blame.responsibility >= most - SAME and most > 0]
    guilty = [b for b in top if any(b.lines[0] <= n <= b.lines[1] for n in sample.lines)]
    if guilty and len(top) - len(guilty) <= (sample.kind in TWO_PARTIES):
        return ""
    blamed = ", ".join(str(blame.lines[0]) for blame in top)
    return f"blames line {blamed or 'none'} instead of {', '.join(map(str, sample.lines))}"


def table(tallies: Mapping[str, Tally]) -> str:
    """The figures of a corpus, a kind a row."""
    rows = ["| kind | planted | found | falsely | precision | recall | right line |"]
    rows.append("|---|---|---|---|---|---|---|")
    for kind, entry in tallies.items():
        rows.append(
            f"| {kind} | {entry.planted} | {entry.found} | {entry.false} | {entry.precision:.2f} "
            f"| {entry.recall:.2f} | {entry.right_line:.2f} |"
        )
    return "\n".join(rows)


def shares(cases: Sequence[Case], verdicts: Sequence[Judged]) -> dict[str, tuple[int, int]]:
    """Class -> (cases as they should be, cases)."""
    right, every = Counter(), Counter()
    for case, judged in zip(cases, verdicts, strict=True):
        every[case.group] += 1
        right[case.group] += not complaint(case, judged)
    return {group: (right[group], every[group]) for group in sorted(every)}
