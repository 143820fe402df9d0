"""Whether nothing can read what the running call writes."""

from __future__ import annotations

import sys

import pytest

from vsdpo_jax.domains.chart.child.ending import Program

FILE = "<student>"
ENDS = {
    "last": "savefig()\n",
    "then_shown": "savefig()\nplt.show()\nplt.close('all')\n",
    "then_told": "x = 1\nsavefig('a.png', dpi=x)\nprint('saved', x)\n",
    "over_lines": "savefig(\n    'a',\n    2,\n)\n",
    "in_main": "def main():\n    savefig()\n    plt.close()\n\n"
    "if __name__ == '__main__':\n    main()\n",
    "in_if": "if 1:\n    savefig()\nelse:\n    print(open('a').read())\n",
    "before_functions": "def a():\n    savefig()\na()\n'the end'\n",
}
GOES_ON = {
    "reads": "savefig()\nprint(open('a.png').read())\n",
    "calls_in_a_print": "savefig()\nprint(size())\n",
    "same_line": "savefig(); size()\n",
    "same_expression": "print(savefig(), size())\n",
    "assigned": "x = savefig()\n",
    "loop": "for k in range(1):\n    savefig()\n",
    "with": "import contextlib\nwith contextlib.nullcontext():\n    savefig()\n",
    "try": "try:\n    savefig()\nfinally:\n    size()\n",
    "comprehension": "[savefig() for _ in 'a']\n",
    "in_a_loop_outside": "def main():\n    savefig()\nfor k in range(1):\n    main()\n",
    "function_goes_on": "def main():\n    savefig()\n    size()\nmain()\n",
    "caller_goes_on": "def main():\n    savefig()\nmain()\nsize()\n",
    "called_back": "sorted([1], key=lambda _: savefig())\n",
    "called_back_by_name": "def key(_):\n    savefig()\nsorted([1], key=key)\n",
    "handed_on": "sorted([1], key=savefig)\n",
    "renamed": "keep = savefig\nkeep()\n",
    "decorated": "def twice(f):\n    return lambda: (f(), size())\n@twice\n"
    "def main():\n    savefig()\nmain()\n",
    "shown_by_another": "class Other:\n    def show(self):\n        size()\nother = Other()\n"
    "savefig()\nother.show()\n",
    "argument_is_a_call": "savefig()\nplt.close(size())\n",
    "deleted": "savefig()\ndel plt\n",
}


def _asked(source: str) -> bool:
    answers = []
    program = Program(source, FILE)

    def save(*args: object, **kwargs: object) -> int:
        answers.append(program.ends_after(sys._getframe(0)))
        return 1

    class Plt:
        show = close = staticmethod(lambda *args: None)

    names = {
        "savefig": save, "plt": Plt, "size": lambda: 1, "open": _Empty, "print": lambda *_: None,
        "__name__": "__main__",
    }  # fmt: skip
    exec(compile(source, FILE, "exec", dont_inherit=True), names)
    (answer,) = answers
    return answer


class _Empty:
    def __init__(self, name: str) -> None:
        self.name = name

    def read(self) -> str:
        return ""


@pytest.mark.parametrize("name", ENDS)
def test_the_end_is_seen(name):
    assert _asked(ENDS[name])


@pytest.mark.parametrize("name", GOES_ON)
def test_what_goes_on_is_no_end(name):
    assert not _asked(GOES_ON[name])


def test_a_call_from_elsewhere_is_no_end():
    assert not Program("x = 1\n", FILE).ends_after(sys._getframe(0))
