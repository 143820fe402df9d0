"""Closed pipes, full disks, small alphabets and hostile text: nothing of it ends a run."""

from __future__ import annotations

import io
import logging
import re
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vsdpo_jax.runtime.streams import Lasting, one_line, open_streams, printable

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("\x1b[2Jgone", r"\x1b[2Jgone"),
        ("\x1b]0;title\x07", r"\x1b]0;title\x07"),
        ("over\rwritten\x08", r"over\rwritten\x08"),
        ("\x9b31m", r"\x9b31m"),  # the control of eight bits
        ("a\u202eb\u2066\u2028", r"a\u202eb\u2066\u2028"),
        ("half \ud800", r"half \ud800"),
        ("tab\tand\nline, ä 図 ±", "tab\tand\nline, ä 図 ±"),
    ],
)
def test_what_a_terminal_would_obey_is_spelled_out(text, shown):
    assert printable(text) == shown


@given(st.text(st.characters(codec=None)))
def test_printed_text_moves_no_cursor_and_breaks_no_line(text):
    line = one_line(text)
    assert line.isprintable()
    assert len(line) <= 300
    line.encode("utf-8")


class Broken(io.StringIO):
    """A pipe without a reader, or a disk without room."""

    def __init__(self, error):
        super().__init__()
        self.error = error

    def write(self, text):
        raise self.error

    flush = write


@pytest.mark.parametrize(
    "error", [BrokenPipeError(), OSError(28, "No space left on device"), ValueError("closed file")]
)
def test_what_cannot_be_written_is_let_go(error):
    stream = Lasting(Broken(error))
    assert stream.write("text") == 4
    stream.writelines(["more", "lines"])
    stream.flush()
    assert not stream.isatty()


@pytest.mark.parametrize(
    ("encoding", "shown"), [("ascii", "34.5 +- 2.5 \\xe4\n"), ("utf-8", "34.5 ± 2.5 ä\n")]
)
def test_a_small_alphabet_gets_other_letters(encoding, shown):
    data = io.BytesIO()
    stream = Lasting(io.TextIOWrapper(data, encoding))
    stream.write("34.5 ± 2.5 ä\n")
    stream.flush()
    assert data.getvalue().decode(encoding) == shown
    assert stream.encoding == encoding


def test_logged_texts_have_no_controls_and_all_is_as_before_afterwards(capsys):
    before = sys.stdout, sys.stderr, logging.getLogRecordFactory()
    said = io.StringIO()
    handler = logging.StreamHandler(said)
    logger = logging.getLogger("of this test")
    logger.addHandler(handler)
    with open_streams():
        logger.warning("job %d: %s", 3, "\x1b[2J")
    logger.removeHandler(handler)
    assert said.getvalue() == "job 3: \\x1b[2J\n"
    assert (sys.stdout, sys.stderr, logging.getLogRecordFactory()) == before


COMMAND = """
import sys
from vsdpo_jax.runtime.streams import open_streams, warn
with open_streams():
    file = open(sys.argv[1], "w")
    for step in range(2000):
        warn("step " + str(step) * 20)
        sys.stdout.write("34.5 ± 2.5\\n")
    sys.stdout.flush()
    file.write("done")
sys.exit(0)
"""


@pytest.mark.parametrize(
    "shell",
    [
        "{} >&-", "{} 2>&-", "{} >&- 2>&-", "{} <&- >&- 2>&-", "{} 2>/dev/full >/dev/full",
        "set -o pipefail; {} | head -1", "set -o pipefail; {} 2>&1 >/dev/null | head -1",
        "PYTHONUTF8=0 PYTHONCOERCECLOCALE=0 LC_ALL=C {}", "PYTHONIOENCODING=ascii {}",
    ],
)  # fmt: skip
def test_a_command_is_done_whoever_reads(tmp_path, shell):
    (tmp_path / "command.py").write_text(COMMAND, "utf-8")
    command = f"{sys.executable} {tmp_path}/command.py {tmp_path}/result"
    done = subprocess.run(
        ["bash", "-c", shell.format(command)], cwd=ROOT, env={"PYTHONPATH": str(ROOT)},
        capture_output=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-2000:]
    assert (tmp_path / "result").read_text() == "done"
    assert b"Traceback" not in done.stderr
    assert b"Exception ignored" not in done.stderr


def test_nothing_of_ours_is_coloured_on_a_terminal_or_elsewhere():
    """So that there is nothing to switch off: NO_COLOR, logs and CI get what a terminal gets."""
    escape = re.compile(r"\\x1b\[|\\033\[|\\u001b\[|colour=|termcolor|colorama")
    package = Path(__file__).parents[2] / "vsdpo_jax"
    texts = {path: path.read_text("utf-8") for path in package.rglob("*.py")}
    found = {path.name for path, text in texts.items() if escape.search(text)}
    assert found == {"streams.py"}, "which shows how an escape is spelled out"
