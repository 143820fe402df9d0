"""Programs as statements: spans in characters, any input."""

from __future__ import annotations

import ast
import time

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from vsdpo_jax.credit.python import parse

PROGRAM = '''import x
@d(
    1)
@ e
def f(a):
    """doc
    é"""
    é = "ü"; b(é)  # comment
    for i in a: p(i); q(lambda: i)
    try:
        z
    except E as e:
        pass
    else:
        w
match v:
    case [1]:
        m()
f((1,
  2)); (g())
'''
TEXTS = [
    "import x",
    PROGRAM[PROGRAM.index("@d") : PROGRAM.index("\nmatch")],
    '"""doc\n    é"""',
    'é = "ü"',
    "b(é)",
    "for i in a: p(i); q(lambda: i)",
    "p(i)",
    "q(lambda: i)",
    "try:\n        z\n    except E as e:\n        pass\n    else:\n        w",
    "z",
    "pass",
    "w",
    "match v:\n    case [1]:\n        m()",
    "m()",
    "f((1,\n  2))",
    "(g())",
]


def texts(source: str) -> list[str]:
    return [source[start:end] for start, end in parse(source).spans]


def test_spans_and_lines():
    statements = parse(PROGRAM)
    assert texts(PROGRAM) == TEXTS
    assert statements.parsed_end == len(PROGRAM)
    assert statements.lines[:6] == ((1, 1), (2, 15), (6, 7), (8, 8), (8, 8), (9, 9))
    assert statements.lines[-2:] == ((19, 20), (20, 20))


@pytest.mark.parametrize("line_end", ["\n", "\r\n", "\r"])
def test_line_ends_change_no_text(line_end):
    source = 'a = "é\u2028\x0b"; b\nif c:\n    d\n'.replace("\n", line_end)
    assert texts(source) == ['a = "é\u2028\x0b"', "b", f"if c:{line_end}    d", "d"]
    assert parse(source).lines == ((1, 1), (1, 1), (2, 3), (3, 3))


def test_smallest_enclosing():
    statements = parse(PROGRAM)

    def owner(text: str) -> str | None:
        start = PROGRAM.index(text)
        index = statements.smallest_enclosing((start, start + len(text)))
        return None if index is None else PROGRAM[slice(*statements.spans[index])]

    assert owner("lambda: i") == "q(lambda: i)"
    assert owner("p(i); q") == TEXTS[5]
    assert owner("@d") == TEXTS[1]
    assert owner("comment") == TEXTS[1]
    assert owner("E as e") == TEXTS[8]
    assert owner("case [1]") == TEXTS[12]
    assert owner("(1,\n  2)") == "f((1,\n  2))"
    assert owner("2)); (g") is None
    assert owner(PROGRAM) is None
    assert statements.smallest_enclosing((-1, 2)) is None
    assert statements.smallest_enclosing((5, 3)) is None
    assert statements.smallest_enclosing((10**6, 10**6 + 1)) is None


@pytest.mark.parametrize(
    ("source", "expected", "prefix_lines"),
    [
        ("a\nb(1,\n", ["a"], 1),
        ("a\nb\n\n# c\nd = = 1\ne\n", ["a", "b"], 4),
        ("a\nfor i in x:\n", ["a"], 1),
        ("a\nfor i in x:\n\n\n", ["a"], 1),
        ("a\nfor i in x:\n    b\n    c(", ["a", "for i in x:\n    b", "b"], 3),
        ("a\ntry:\n    b\n    c\n    d(", ["a"], 1),
        ("a\ntry:\n    b\nc\nd\n", ["a"], 1),
        ("try:\n    try:\n        b\n    except E:\n        c\n    d(", [], 0),
        ("a\n@d\n@e\n", ["a"], 1),
        ('a\ns = """x\ny\n', ["a"], 1),
        ("a\nb(\n  1,\n  2,\nc = 3\n", ["a"], 1),
        ("if a:\n    b\n  c\nd", ["if a:\n    b", "b"], 2),
        ('a\ns = f"{x y}"\n', ["a"], 1),
        ('a\ns = """\n\\xz"""\nb', ["a"], 1),
        ("a\nb\x00\nc", ["a"], 1),
        ("a\nb = '\ud800'\nc", ["a"], 1),
        ("a\n" + "x" + ".b" * 100_000 + "\nc\n", ["a"], 1),
        ("a\n" + "-" * 100_000 + "1", ["a"], 1),
        ("a\nb = (\n1,\n" + "-" * 100_000 + "1)\nc", ["a"], 1),
        ("", [], 1),
        ("\x00", [], 0),
        ("Here is the chart you asked for.", [], 0),
    ],
)
def test_longest_prefix_of_whole_lines_that_parses(source, expected, prefix_lines):
    statements = parse(source)
    assert texts(source) == expected
    assert statements.parsed_end == sum(map(len, source.splitlines(True)[:prefix_lines]))


LINES = st.lists(
    st.sampled_from(
        [
            "a",
            "    b",
            "for i in x:",
            "    if y:",
            "        c",
            "f(1,",
            "  2)",
            "try:",
            "except E:",
            "    try:",
            "    finally: d",
            "",
            "# c",
            "    # d",
            "@e",
            "def g(): pass",
            'm = """',
            '"""',
            "1 +",
            "else:",
            "z \\",
        ]
    ),
    max_size=10,
)


@given(LINES)
def test_prefix_is_the_longest(lines):
    source = "\n".join(lines)
    prefixes = [
        "\n".join(lines[:count] + [""] * (count < len(lines))) for count in range(len(lines) + 1)
    ]
    longest = max((p for p in prefixes if _parses(p)), key=len)
    assert texts(source) == texts(longest)


def _parses(source: str) -> bool:
    try:
        ast.parse(source)
    except SyntaxError:
        return False
    return True


@given(st.text(st.characters(exclude_categories=())))
@example("\ufeffa")
@example("\\")
@example("a\r\n\\\r\nb")
def test_any_string_is_parsed_into_nested_spans(source):
    statements = parse(source)
    assert 0 <= statements.parsed_end <= len(source)
    for index, (start, end) in enumerate(statements.spans):
        assert 0 <= start < end <= statements.parsed_end
        assert statements.smallest_enclosing((start, end)) == index
        for other_start, other_end in statements.spans[index + 1 :]:
            assert other_start >= end or (start <= other_start and other_end <= end)


@pytest.mark.parametrize(
    "source",
    [
        "a = 1; " * 150_000,
        "é = 1; " * 100_000,
        "x = 1\n" * 170_000 + "f(",
        "try:\n" + " x\n" * 300_000,
        "if a: b\n" + "elif a: b\n" * 100_000,
        "(" * 1_000_000,
        "\x00" * 1_000_000,
        "a\n" * 100_000 + "\n" * 800_000 + "b(",
    ],
    ids=["semicolons", "not-ascii", "cut", "open-try", "elif", "brackets", "nul", "blank"],
)
def test_a_megabyte_takes_seconds(source):
    start = time.process_time()
    parse(source)
    assert time.process_time() - start < 30
