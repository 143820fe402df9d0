"""Pickles of VLMEvalKit without running what a pickle may say.

It keeps the answers of a run that goes on in a dict, index -> answer (``*_supp.pkl``,
``*_PREV.pkl``, one for each rank), and a whole table where writing it in another format failed. The
first is read here, by an unpickler that makes texts, numbers and containers and nothing else. A
table needs pandas' own classes, which differ by version and run code: it is refused.
"""

from __future__ import annotations

import pickle
import struct
from pathlib import Path
from typing import Any

_SCALARS = ("numpy.core.multiarray", "numpy._core.multiarray")
"""Modules of the function that makes NumPy's numbers, before and since NumPy 2."""


class Unreadable(ValueError):
    """A pickle holds something else. The message says what, and what to do."""


def read_answers(path: Path) -> dict[str, Any]:
    """Index -> answer, as the file has them.

    Raises:
      Unreadable: no pickle of such a dict.
      OSError: the file cannot be read.
    """
    with path.open("rb") as file:
        try:
            found = _Unpickler(file).load()
        except Unreadable:
            raise
        except Exception as error:  # a damaged pickle raises whatever its opcodes meet
            raise Unreadable(f"no pickle: {type(error).__name__}: {error}") from None
    if not isinstance(found, dict):
        raise Unreadable(f"a dict, index -> answer, is needed; this is a {type(found).__name__}")
    return {str(index): _text(answer) for index, answer in found.items()}


def _text(answer: Any) -> Any:
    """The text of an answer; agents' answers have it beside their records."""
    return answer.get("prediction") if isinstance(answer, dict) else answer


class _Kind:
    """In place of numpy.dtype, for scalars of machine numbers."""

    def __init__(self, code: str, *_: Any) -> None:
        self._code, self._order = code, "<"

    def __setstate__(self, state: tuple[Any, ...]) -> None:
        self._order = ">" if state[1] == ">" else "<"

    def number(self, data: bytes) -> int | float:
        letters = {"i1": "b", "i2": "h", "i4": "i", "i8": "q", "u1": "B", "u2": "H", "u4": "I",
                   "u8": "Q", "f4": "f", "f8": "d"}  # fmt: skip
        return struct.unpack(self._order + letters[self._code], data)[0]


def _scalar(kind: Any, data: Any) -> int | float:
    if not isinstance(kind, _Kind) or not isinstance(data, bytes):
        raise Unreadable("a number of NumPy is damaged")
    return kind.number(data)


def _bytes(text: Any, encoding: Any) -> bytes:
    """How protocols before 3 spell bytes."""
    if not isinstance(text, str) or encoding != "latin1":
        raise Unreadable("bytes are damaged")
    return text.encode("latin1")


class _Unpickler(pickle.Unpickler):
    def find_class(self, module: str, name: str) -> Any:
        """The names that an index of NumPy's numbers needs, as stand-ins of ours."""
        if module in _SCALARS and name == "scalar":
            return _scalar
        stand_ins = {("numpy", "dtype"): _Kind, ("_codecs", "encode"): _bytes}
        if (module, name) in stand_ins:
            return stand_ins[module, name]
        raise Unreadable(
            f"it wants {module}.{name}, and a pickle that makes objects can run anything. Where it "
            f'was made and is trusted, write it as a table: python -c "import pandas; '
            f"pandas.read_pickle('FILE.pkl').to_json('FILE.json', orient='records')\""
        )

    def persistent_load(self, pid: Any) -> Any:
        """Nothing outside the file is read."""
        raise Unreadable("it refers to objects outside the file")
