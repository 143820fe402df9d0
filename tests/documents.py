"""What the documents say to type: their fenced blocks, and the commands in them."""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[1]
HISTORY = ("docs/LOG.md", "CHANGELOG.md")
"""What was typed once, with the code of its day."""
DOCUMENTS = sorted(
    path
    for path in (
        *ROOT.glob("*.md"),
        *(ROOT / "docs").rglob("*.md"),
        *(ROOT / "launch").rglob("*.md"),
    )
    if path.relative_to(ROOT).as_posix() not in HISTORY
)
CONFIGS = sorted(path for path in (ROOT / "configs").glob("*.py") if path.stem != "__init__")
BENCHMARKS = sorted((ROOT / "benchmarks").glob("*.py"))
SHELL = "sh"
_STARTS = re.compile(
    r"^(?:[A-Z_]+=\S+ )?(?:python3? |pip |make |cp |git |cd |launch/|tensorboard |wandb |printf )"
)


@dataclass(frozen=True, kw_only=True)
class Block:
    """A fenced block.

    Attributes:
      path: of its document.
      line: of its fence, from 1.
      language: behind the opening fence.
      text: between the fences, without its indentation.
    """

    path: Path
    line: int
    language: str
    text: str

    @property
    def name(self) -> str:
        return f"{self.path.relative_to(ROOT)}:{self.line}"

    @property
    def looks_like_commands(self) -> bool:
        return any(_STARTS.match(line) for line in self.text.splitlines())


def blocks_of(path: Path) -> list[Block]:
    """The fenced blocks of a document, in order."""
    found, start = [], None
    lines = path.read_text("utf-8").splitlines()
    for number, line in enumerate(lines, 1):
        fence = re.match(r"(\s*)```(\w*)\s*$", line)
        if fence is None:
            continue
        if start is None:
            start = (number, fence[1], fence[2])
            continue
        first, indent, language = start
        text = "\n".join(row.removeprefix(indent) for row in lines[first : number - 1])
        found.append(Block(path=path, line=first, language=language, text=text + "\n"))
        start = None
    assert start is None, f"{path}: a fence is not closed"
    return found


def commands_of(text: str) -> list[str]:
    """The commands of a shell block: lines, joined where a quote, a backslash or END goes on."""
    commands, open_part = [], ""
    for line in text.splitlines():
        part = f"{open_part}{line}\n"
        if is_whole(part):
            open_part = ""
            if shlex.split(part, comments=True):
                commands.append(part.strip())
        else:
            open_part = part
    assert not open_part, f"a command does not end: {open_part}"
    return commands


def is_whole(part: str) -> bool:
    """Whether the shell would run ``part`` as it is, rather than read on."""
    if re.search(r"<<'?END'?$", part.splitlines()[0]):
        return part.endswith("\nEND\n")
    try:
        shlex.split(part, comments=True)
    except ValueError:
        return False
    return not part.rstrip("\n").endswith("\\")


def words_of(command: str) -> list[str] | None:
    """Its words; None where it takes a shell: pipes, redirections, substitutions."""
    lexer = shlex.shlex(command.replace("\\\n", " "), posix=True, punctuation_chars=True)
    lexer.whitespace_split = True
    lexer.commenters = "#"
    words = list(lexer)
    special = re.compile(r"^[();<>|&]+$")
    return None if any(special.match(word) for word in words) or "$(" in command else words


def inline_commands(path: Path) -> list[str]:
    """Commands between backticks in running text: `python -m vsdpo_jax...`, `make ...`."""
    text = re.sub(r"^\s*```.*?^\s*```", "", path.read_text("utf-8"), flags=re.M | re.S)
    begins = re.compile(
        r"(python3? (-m )?[\w./]+|make [a-z-]+|launch/\w+/run\.sh|pip install|tensorboard --\w+)"
        r"( |$|=)"
    )
    return [" ".join(s.split()) for s in re.findall(r"`([^`]+)`", text) if begins.match(s)]


def docstring_commands(text: str) -> list[str]:
    """Commands of a docstring or of --help: from ``python`` on, and lines of options after it."""
    commands: list[str] = []
    is_open = False
    for line in text.splitlines():
        found = re.search(r"(?:^|\s{2})(python (?:-m vsdpo_jax\S* --|benchmarks/).*)$", line)
        if found is not None:
            commands.append(found[1])
        elif is_open and line.strip().startswith("--"):
            commands[-1] += f" {line.strip()}"
        else:
            is_open = False
            continue
        is_open = True
    return [command.replace(" \\ ", " ").removesuffix("\\") for command in commands]
