"""The painter's own process: decks in, records out, until the pipe closes.

Whatever a deck does to the libraries that read it happens here: the kernel ends this process when
it has used its processor time, and ``painter`` starts another.
"""

from __future__ import annotations

import json
import logging
import os
import resource
import signal
import traceback
from collections.abc import Mapping
from dataclasses import dataclass
from multiprocessing.connection import Connection
from typing import Any

from vsdpo_jax.domains.bounds import MACHINE_ERRORS, address_space
from vsdpo_jax.domains.slide.deck.codec import encode
from vsdpo_jax.domains.slide.deck.wire import from_rows
from vsdpo_jax.domains.slide.render import fonts
from vsdpo_jax.domains.slide.render.fast import FIRST
from vsdpo_jax.domains.slide.render.office import Office
from vsdpo_jax.domains.slide.render.reading import read_deck
from vsdpo_jax.domains.slide.render.source import BadDeck
from vsdpo_jax.sandbox import SandboxUnavailable

_LOGGER = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True)
class Setup:
    """What the process is told when it starts.

    Attributes:
      options: of the domain.
      cpu_s: processor seconds of one deck, after which the kernel ends the process (SIGPROF).
      memory_bytes: address space of one deck, on top of what the process has when it starts.
      folder: of its own.
    """

    options: Mapping[str, Any]
    cpu_s: float
    memory_bytes: int
    folder: str


def main(connection_fd: str, setup: str) -> None:
    """Serve decks.

    Args:
      connection_fd: number of the inherited socket. A request is the length of its notes (ten
        digits), the notes (JSON) and the deck; an answer is a line of JSON and the payload.
      setup: a Setup, as JSON.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    given = Setup(**json.loads(setup))
    with Connection(int(connection_fd)) as connection:
        os.set_inheritable(connection.fileno(), False)
        try:
            is_office = given.options.get("renderer") == "office"
            office = Office(given.folder) if is_office else None
        except SandboxUnavailable as error:
            _answer(connection, {"status": "unavailable", "reason": str(error)})
            return
        fonts.faces(fonts.drawn_with(FIRST))
        most = address_space() + given.memory_bytes
        _answer(connection, {"status": "ready"})
        while True:
            try:
                request = connection.recv_bytes()
            except (EOFError, OSError):
                return
            _answer(connection, *_paint(request, given, office, most))


def _answer(connection: Connection, head: Mapping[str, Any], payload: bytes = b"") -> None:
    with open("/proc/self/statm") as file:
        resident = int(file.read().split()[1]) * resource.getpagesize()
    text = json.dumps({**head, "memory": resident}).encode()
    connection.send_bytes(b"%b\n%b" % (text, payload))


def _paint(
    request: bytes, setup: Setup, office: Office | None, most: int
) -> tuple[dict[str, Any], bytes]:
    size = int(request[:10])
    before = resource.getrlimit(resource.RLIMIT_AS)
    resource.setrlimit(resource.RLIMIT_AS, (most, before[1]))
    signal.setitimer(signal.ITIMER_PROF, setup.cpu_s)
    try:
        notes = from_rows(json.loads(request[10 : 10 + size]))
        deck = read_deck(request[10 + size :], notes, setup.options, office)
        return {"status": "ok"}, encode(deck)
    except BadDeck as error:
        return _failed("program_error", str(error))
    except MemoryError:
        return _failed("limit", "", "memory")
    except Exception as error:
        if isinstance(error, OSError) and error.errno in MACHINE_ERRORS:
            return _failed("infra", f"the machine: {error}")
        _LOGGER.warning("a deck could not be drawn:\n%s", traceback.format_exc())
        said = f"{type(error).__name__}: {str(error)[:300]}"
        return _failed("program_error", f"the deck could not be drawn: {said}")
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0.0)
        resource.setrlimit(resource.RLIMIT_AS, before)


def _failed(status: str, reason: str, limit: str | None = None) -> tuple[dict[str, Any], bytes]:
    return {"status": status, "reason": reason, "limit": limit}, b""
