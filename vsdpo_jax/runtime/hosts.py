"""The processes of a run: who there are, what they tell each other, and what they do without one.

Arrays on devices travel by XLA. What hosts say to each other (rows of metrics, files' digests,
"stop") travels by the key-value store of JAX's coordinator, whose waits are bounded. Every process
says every BEAT_S that it is alive; when one has been silent for DEAD_S, or says that it fails, the
others end with its host's name, wherever they are, in a collective that would never end too.
"""

from __future__ import annotations

import itertools
import json
import os
import socket
import sys
import threading
import time
from collections.abc import Mapping
from types import TracebackType
from typing import Any, Literal, Self

import jax
from orbax.checkpoint import multihost

from vsdpo_jax.runtime.roll_call import Member, RollCallError, roll_call
from vsdpo_jax.runtime.stop import StoppedError

Mode = Literal["env", "auto"]
BEAT_S = 2.0
DEAD_S = 30.0
"""Silence after which a process counts as dead. JAX's own limit is longer, so that ours speaks."""
WAIT_S = 1800.0
"""The longest that a living process is waited for at one place: a save or an evaluation ahead."""
START_S = 300.0
"""The longest that the others are waited for at the start; VSDPO_START_TIMEOUT_S changes it."""
LOST_CODE = 3
"""Exit code when another process was lost: the same command on all hosts goes on."""
VARIABLES = ("JAX_COORDINATOR_ADDRESS", "JAX_NUM_PROCESSES", "JAX_PROCESS_ID")


class HostsError(RuntimeError):
    """Several processes do not make a run. The message names the host and the remedy."""


class Hosts:
    """All processes of a run; alone where there is one. A context manager.

    Every process calls ``exchange`` and what is built on it in the same order.

    Attributes:
      index: of this process.
      count: of all.
      names: "host (process i)" of each.
    """

    def __init__(self, index: int = 0, count: int = 1, client: Any = None):
        """Several: JAX has been started, and ``client`` is its coordinator's."""
        self.index, self.count, self._client = index, count, client
        self.names = [f"{socket.gethostname()} (process {index})"]
        self._numbers = itertools.count()
        self._written: list[str] = []
        self._closing = threading.Event()
        if count > 1:
            said = self.exchange("names", self.names[0].encode(), timeout_s=START_S)
            self.names = [name.decode() for name in said]

    @property
    def is_first(self) -> bool:
        """Whether this is the process that writes files and talks to people."""
        return self.index == 0

    def exchange(self, what: str, data: bytes, timeout_s: float = WAIT_S) -> list[bytes]:
        """What every process gave, in order; waits for all of them.

        Args:
          what: for errors, the same everywhere.
          data: of this process.
          timeout_s: the longest wait for one of them.

        Raises:
          HostsError: one did not come to this place in time.
        """
        if self.count == 1:
            return [data]
        before, place = self._written, f"vsdpo/{next(self._numbers)}"
        self._written = [f"{place}/{self.index}"]
        self._client.key_value_set_bytes(self._written[0], data)
        found = [
            data if index == self.index else self._read(f"{place}/{index}", index, what, timeout_s)
            for index in range(self.count)
        ]
        for key in before:  # all have come here, so that all have read what came before
            self._client.key_value_delete(key)
        return found

    def collect(self, what: str, data: bytes) -> list[bytes]:
        """What every process gave, at the first one; nothing at the others, which do not wait."""
        if self.count == 1:
            return [data]
        place = f"vsdpo/{next(self._numbers)}"
        if not self.is_first:
            self._client.key_value_set_bytes(f"{place}/{self.index}", data)
            self._written.append(f"{place}/{self.index}")
            return []
        others = range(1, self.count)
        return [data, *(self._read(f"{place}/{i}", i, what, WAIT_S) for i in others)]

    def broadcast(self, what: str, data: bytes) -> bytes:
        """What the first process gave."""
        if self.count == 1:
            return data
        place = f"vsdpo/{next(self._numbers)}"
        if not self.is_first:
            return self._read(f"{place}/0", 0, what, WAIT_S)
        self._client.key_value_set_bytes(f"{place}/0", data)
        self._written.append(f"{place}/0")
        return data

    def any(self, what: str, flag: bool) -> bool:
        """Whether ``flag`` is set on one of them: the same answer everywhere."""
        return b"1" in self.exchange(what, b"1" if flag else b"0")

    def wait(self, what: str) -> None:
        """Until all have come here."""
        self.exchange(what, b"")

    def check_same(self, values: Mapping[str, Any]) -> None:
        """All processes have the same values, such as settings and commit.

        Raises:
          HostsError: on every process, with hosts, names and values that differ.
        """
        flat = dict(_leaves(values, ""))
        said = [json.loads(one) for one in self.exchange("settings", json.dumps(flat).encode())]
        lines = [
            f"{name}: {said[0].get(name)!r} on {self.names[0]}, {other.get(name)!r} on {where}"
            for where, other in zip(self.names[1:], said[1:], strict=True)
            for name in sorted(said[0].keys() | other.keys())
            if said[0].get(name) != other.get(name)
        ]
        if lines:
            more = f"\n  and {len(lines) - 8} more" if len(lines) > 8 else ""
            raise HostsError(
                "hosts of one run need the same code and settings:\n  "
                + "\n  ".join(lines[:8])
                + more
            )

    def _read(self, key: str, index: int, what: str, timeout_s: float) -> bytes:
        try:
            return self._client.blocking_key_value_get_bytes(key, int(1000 * timeout_s))
        except jax.errors.JaxRuntimeError as error:
            if "DEADLINE_EXCEEDED" not in str(error):
                raise
            who = self.names[index] if index < len(self.names) else f"process {index}"
            raise HostsError(
                f"{who} lives, but did not come to {what!r} within {timeout_s:g} s; look at its "
                "log. The same command on all hosts goes on from the last checkpoint"
            ) from error

    def __enter__(self) -> Self:
        if self.count > 1:
            # Where process 0 is killed, JAX's client ends the others at once and names nobody.
            sys.stderr.write(
                f"{self.names[self.index]} of {self.count}; {self.names[0]} coordinates, and "
                '"leader task was preempted" means that it was lost\n'
            )
            threading.Thread(target=self._watch, name="hosts", daemon=True).start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self.count == 1:
            return
        if error is None or isinstance(error, StoppedError):  # as all do
            self.wait("the end")
            self._closing.set()
            return
        if isinstance(error, jax.errors.JaxRuntimeError):
            # Most likely a collective that lost its partner; the watch will say whom.
            time.sleep(DEAD_S + 2 * BEAT_S)
        self._closing.set()
        sentence = (str(error).splitlines() or [""])[0][:500] or type(error).__name__
        self._client.key_value_set(f"vsdpo/end/{self.index}", sentence)
        time.sleep(2 * BEAT_S)  # process 0 keeps the store open until all have read

    def _watch(self) -> None:
        """Says that this process lives, and ends it when another does not."""
        seen: dict[int, tuple[str, float]] = {}
        before = time.monotonic()
        for beat in itertools.count():
            try:
                self._client.key_value_set(
                    f"vsdpo/beat/{self.index}", str(beat), allow_overwrite=True
                )
                beats = self._numbered("vsdpo/beat/")
                ends = self._numbered("vsdpo/end/")
            except jax.errors.JaxRuntimeError:
                if not self._closing.is_set():
                    self._abort(f"{self.names[0]}, which coordinates, cannot be reached")
                return
            now = time.monotonic()
            if now - before > DEAD_S / 2:  # this process was the one that stood still
                seen.clear()
            before = now
            for index, value in beats.items():
                if seen.get(index, ("", 0.0))[0] != value:
                    seen[index] = value, now
            if self._closing.wait(BEAT_S):
                return
            ends.pop(self.index, None)
            for index, sentence in ends.items():
                self._abort(f"{self.names[index]} ended: {sentence}")
            for index, (_, when) in seen.items():
                if now - when > DEAD_S:
                    self._abort(f"{self.names[index]} has been silent for {DEAD_S:g} s")

    def _numbered(self, prefix: str) -> dict[int, str]:
        found = self._client.key_value_dir_get(prefix)
        return {int(key.rpartition("/")[2]): value for key, value in found}

    def _abort(self, reason: str) -> None:
        sys.stderr.write(
            f"error: {reason}; the run ends here ({self.names[self.index]}) too. The same command "
            "on all hosts goes on from the last checkpoint\n"
        )
        sys.stderr.flush()
        os._exit(LOST_CODE)


ALONE = Hosts()


def start(mode: Mode) -> Hosts:
    """Joins this process to its run, before JAX has looked at its devices.

    Args:
      mode: "env": by the three VARIABLES where they are set, else alone, without asking anybody;
        "auto": by them, else by what JAX finds (TPU pod, Slurm, GKE, Open MPI).

    Raises:
      HostsError: some of the variables are missing or no numbers; somebody did not come in time;
        "auto" and there is nothing to find.
    """
    given = {name: os.environ.get(name, "") for name in VARIABLES}
    missing = [name for name, value in given.items() if not value]
    if len(missing) == len(given) and mode == "env":
        return ALONE
    if missing and len(missing) < len(given) and mode == "env":
        raise HostsError(
            f"{', '.join(sorted(set(given) - set(missing)))} of the environment without "
            f"{' and '.join(missing)}: set all three on every host, or none for one process"
        )
    if jax.distributed.is_initialized():
        return _joined()
    timeout_s = _start_timeout_s()
    # Its handler of SIGTERM would take the place of ours (runtime/stop.py).
    jax.config.update("jax_enable_preemption_service", False)
    common: dict[str, Any] = {
        "initialization_timeout": int(timeout_s) + 30,
        "heartbeat_timeout_seconds": int(3 * DEAD_S),
        "shutdown_timeout_seconds": 60,
    }
    try:
        if not missing:
            _start_by_variables(given, timeout_s, common)
        else:
            with _TimeLimit(timeout_s):
                jax.distributed.initialize(**common)
    except RollCallError as error:
        raise HostsError(str(error)) from error
    except ValueError as error:  # nothing found: "coordinator_address should be defined"
        raise HostsError(
            f'config.distributed = "auto": JAX finds no TPU pod, Slurm, GKE or Open MPI here '
            f'({error}); set {", ".join(VARIABLES)}, or use "env" for one process'
        ) from error
    except RuntimeError as error:
        raise HostsError(f"the processes of the run cannot be joined: {error}") from error
    return _joined()


def _start_by_variables(given: Mapping[str, str], timeout_s: float, common: Any) -> None:
    address, *numbers = (given[name] for name in VARIABLES)
    for name, number in zip(VARIABLES[1:], numbers, strict=True):
        if not number.isdecimal():
            raise HostsError(f"{name} = {number!r}: use a whole number")
    count, index = map(int, numbers)
    if index >= count:
        raise HostsError(
            f"JAX_PROCESS_ID = {index} with JAX_NUM_PROCESSES = {count}: use 0 to {count - 1}"
        )
    roll_call(address, Member(index=index, count=count, name=socket.gethostname()), timeout_s)
    jax.distributed.initialize(
        coordinator_address=address, num_processes=count, process_id=index,
        cluster_detection_method="deactivate", **common,
    )  # fmt: skip


def _joined() -> Hosts:
    count = jax.process_count()
    if count == 1:
        return ALONE
    return Hosts(jax.process_index(), count, multihost.get_jax_distributed_client())


def _start_timeout_s() -> float:
    value = os.environ.get("VSDPO_START_TIMEOUT_S", str(START_S))
    try:
        seconds = float(value)
    except ValueError:
        seconds = 0.0
    if not 0 < seconds < 86400:
        raise HostsError(f"VSDPO_START_TIMEOUT_S = {value!r}: use seconds, less than a day")
    return seconds


class _TimeLimit:
    """Ends the process with a sentence where JAX would end it with a trace from C++."""

    def __init__(self, timeout_s: float):
        self._timer = threading.Timer(timeout_s, self._end)
        self._timer.daemon = True
        self._timeout_s = timeout_s

    def _end(self) -> None:
        sys.stderr.write(
            f"error: not all processes of this run came within {self._timeout_s:g} s; this is "
            f"{socket.gethostname()}. Look which host's log ends earlier, then start all again\n"
        )
        sys.stderr.flush()
        os._exit(2)

    def __enter__(self) -> None:
        self._timer.start()

    def __exit__(self, *error: object) -> None:
        self._timer.cancel()


def _leaves(value: Any, name: str) -> Any:
    if isinstance(value, Mapping):
        for key, item in value.items():
            yield from _leaves(item, f"{name}.{key}" if name else str(key))
    else:
        yield name, value
