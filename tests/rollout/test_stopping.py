"""Stop strings: the table against plain search in the bytes and in the text."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vsdpo_jax.rollout.processor import Processor
from vsdpo_jax.rollout.stopping import StopTable, stop_table, trim

# Two letters make overlaps common: "aab" inside "aaab", one string inside another, and so on.
STRINGS = st.lists(st.text("ab", min_size=1, max_size=4), min_size=1, max_size=4)
PIECES = st.lists(st.binary(max_size=5).map(lambda x: bytes(97 + b % 3 for b in x)), min_size=1)
LETTERS = st.text("abcé中🙂", max_size=12)


def end_of(table: StopTable, tokens: list[int]) -> int | None:
    """The number of tokens read when a stop string is complete."""
    state = 0
    for place, token in enumerate(tokens):
        state = int(table.next_QV[state, token])
        if state == table.found:
            return place + 1
    return None


@given(STRINGS, PIECES, st.data())
def test_a_row_ends_with_the_token_that_completes_a_string(
    strings: list[str], pieces: list[bytes], data: st.DataObject
) -> None:
    tokens = data.draw(st.lists(st.integers(0, len(pieces) - 1), max_size=20))
    expected, read = None, b""
    for place, token in enumerate(tokens):
        read += pieces[token]
        if any(string.encode() in read for string in strings):
            expected = place + 1
            break
    assert end_of(stop_table(strings, pieces), tokens) == expected


def test_once_found_always_found() -> None:
    table = stop_table(["ab"], [b"a", b"b", b"xabx", b""])
    assert np.all(table.next_QV[table.found] == table.found)
    assert table.next_QV[0, 2] == table.found, "a string in the middle of a token counts"


def test_special_tokens_do_not_interrupt_a_string() -> None:
    """They are not part of the text in which people look for it; unused ids are like them."""
    table = stop_table(["ab"], [b"a", b"b", b"", None])
    assert end_of(table, [0, 2, 3, 1]) == 4


@given(st.lists(st.text("aé中", min_size=1, max_size=3), min_size=1, max_size=3), LETTERS)
def test_the_table_sees_what_a_reader_of_the_text_sees(strings: list[str], text: str) -> None:
    """Byte by byte, with characters of several bytes and with bytes that are no text between."""
    table = stop_table(strings, [bytes([byte]) for byte in range(256)])
    for data in (text.encode(), b"\xe4\xb8" + text.encode(), text.encode()[1:]):
        shown = data.decode("utf-8", errors="replace")
        assert (end_of(table, list(data)) is not None) == any(s in shown for s in strings)


@given(STRINGS, st.text("ab", max_size=12))
def test_trimmed_text_is_what_stood_before_the_first_complete_string(
    strings: list[str], text: str
) -> None:
    ends = [end for end in range(len(text) + 1) if any(text[:end].endswith(s) for s in strings)]
    if not ends:
        assert trim(text, strings) == text
        return
    until = text[: ends[0]]
    longest = max((s for s in strings if until.endswith(s)), key=len)
    assert trim(text, strings) == until.removesuffix(longest)


def test_trim_by_hand() -> None:
    assert trim("plt.show()\n```\nDone", ["```"]) == "plt.show()\n"
    assert trim("abcd", ["bcd", "c"]) == "ab", "c is complete before bcd"
    assert trim("abc", ["c", "bc"]) == "a", "both end together: the longer one"
    assert trim("abc", []) == "abc"
    assert trim("abc", ["abc"]) == ""


def test_real_tokens_end_where_their_text_does(processor: Processor) -> None:
    text = "def main() -> None:\n    print('été 中文 🙂')\n\n\n# end\nmore"
    tokens = processor.encode(text).tolist()
    end = end_of(stop_table(["\n\n\n", "# end"], processor.token_bytes), tokens)
    assert end is not None
    assert "\n\n\n" in processor.decode(tokens[:end])[0]
    assert "\n\n\n" not in processor.decode(tokens[: end - 1])[0]
    for needle in ("中文", "🙂", "é 中", "more"):
        table = stop_table([needle], processor.token_bytes)
        end = end_of(table, tokens)
        assert end is not None
        assert needle in processor.decode(tokens[:end])[0]
        assert needle not in processor.decode(tokens[: end - 1])[0]
    assert end_of(stop_table(["absent"], processor.token_bytes), tokens) is None


def test_tables_stay_small() -> None:
    """A vocabulary of Qwen's size: one byte for each state and token."""
    rng = np.random.default_rng(0)
    pieces: list[bytes | None] = [rng.bytes(size) for size in rng.integers(1, 9, 151_669)]
    table = stop_table(["```\n", "</answer>"], pieces)
    assert table.next_QV.shape == (13, 151_669)
    assert table.next_QV.dtype == np.uint8
    many = stop_table(["".join(chr(97 + (i * j) % 26) for j in range(1, 40)) for i in (1, 2, 3, 5,
                       7, 9, 11, 15)], [b"a"])  # fmt: skip
    assert many.next_QV.dtype == np.uint16
    assert len(many.next_QV) > 256


@pytest.mark.parametrize(
    ("strings", "message"),
    [
        ("stop", r"give a list: \('stop',\)"),
        ((), "there are no stop strings"),
        (("a", ""), "stop string 1 is empty"),
        (("a\ufffd",), r"U\+FFFD"),
        (("\ud800",), "half a surrogate pair"),
    ],
)
def test_strings_that_can_never_or_always_stop_are_refused(
    strings: tuple[str, ...], message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        stop_table(strings, [b"a"])
    if strings:
        with pytest.raises(ValueError, match=message):
            trim("text", strings)


def test_a_vocabulary_is_needed() -> None:
    with pytest.raises(ValueError, match="token_bytes is empty"):
        stop_table(["a"], [])
