"""Who has come to a run of several processes: asked before JAX starts, so that it can be named.

JAX's own start-up ends the process from C++ when one of them is missing, and says not which. So
process 0 first listens on the coordinator's port itself, the others tell it who they are, and all
hear either "go" or what is wrong.
"""

from __future__ import annotations

import contextlib
import json
import socket
import time
from dataclasses import asdict, dataclass


class RollCallError(RuntimeError):
    """Not everybody came. The message names who is missing, and what to look at."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Member:
    """One process of a run.

    Attributes:
      index: its number, from 0.
      count: how many it believes there are.
      name: of its host.
    """

    index: int
    count: int
    name: str


def roll_call(address: str, me: Member, timeout_s: float) -> None:
    """Wait until all processes are there.

    Args:
      address: host:port of process 0, the coordinator.
      me: this process.
      timeout_s: the longest that anybody waits.

    Raises:
      RollCallError: the coordinator cannot be reached, somebody is missing, two have one number, or
        they were told different numbers of processes.
    """
    host, _, port = address.rpartition(":")
    if not host or not port.isdigit() or not 0 < int(port) < 2**16:
        raise RollCallError(f"JAX_COORDINATOR_ADDRESS = {address!r}: use host:port of process 0")
    if me.index == 0:
        _call(int(port), me, timeout_s)
    else:
        _answer(host.strip("[]"), int(port), me, timeout_s)


def _call(port: int, me: Member, timeout_s: float) -> None:
    end, members = time.monotonic() + timeout_s, {me.index: me}
    with contextlib.ExitStack() as stack:
        try:
            server = stack.enter_context(socket.create_server(("", port), backlog=me.count))
        except OSError as error:
            raise RollCallError(
                f"JAX_COORDINATOR_ADDRESS: port {port} of this host ({me.name}) cannot be listened "
                f"on ({error.strerror}): another run has it? Use another port"
            ) from error
        lines, problem = [], ""
        while len(members) < me.count and not problem:
            server.settimeout(max(end - time.monotonic(), 0.01))
            try:
                line = stack.enter_context(server.accept()[0])
            except TimeoutError:
                problem = _missing(members, me.count, timeout_s)
                break
            member = _hear(line)
            if member is None:  # whoever else looks at ports
                continue
            lines.append(line)
            problem = _wrong(member, members, me.count)
            members[member.index] = member
        for line in lines:
            with contextlib.suppress(OSError):
                line.sendall(f"{problem or 'go'}\n".encode())
    if problem:
        raise RollCallError(problem)


def _missing(members: dict[int, Member], count: int, timeout_s: float) -> str:
    absent = [str(index) for index in range(count) if index not in members]
    there = ", ".join(f"{index} ({member.name})" for index, member in sorted(members.items()))
    return (
        f"{len(absent)} of {count} processes did not come within {timeout_s:g} s: "
        f"JAX_PROCESS_ID {', '.join(absent)}; there are {there}. Look at the logs of those that "
        "are missing, then start all again"
    )


def _wrong(member: Member, members: dict[int, Member], count: int) -> str:
    if member.count != count:
        return (
            f"JAX_NUM_PROCESSES is {member.count} on {member.name} and {count} on "
            f"{members[0].name}: use the same number on all hosts"
        )
    if member.index in members:
        return (
            f"JAX_PROCESS_ID = {member.index} was given to {member.name} and to "
            f"{members[member.index].name}: give each process a number of its own"
        )
    return ""


def _hear(line: socket.socket) -> Member | None:
    line.settimeout(5)
    try:
        with line.makefile("rb") as file:
            return Member(**json.loads(file.readline(1000)))
    except (OSError, ValueError, TypeError):
        return None


def _answer(host: str, port: int, me: Member, timeout_s: float) -> None:
    end = time.monotonic() + timeout_s
    while True:
        try:
            line = socket.create_connection((host, port), timeout=5)
            break
        except OSError as error:
            if time.monotonic() > end:
                raise RollCallError(
                    f"JAX_COORDINATOR_ADDRESS = {host}:{port}: {me.name} (process {me.index}) "
                    f"could not reach process 0 there within {timeout_s:g} s "
                    f"({error.strerror or error}): does it run, and is the port open?"
                ) from error
            time.sleep(0.2)
    with line:
        line.settimeout(timeout_s + 10)  # it names who is missing when its own time is up
        try:
            line.sendall(f"{json.dumps(asdict(me))}\n".encode())
            with line.makefile("r", encoding="utf-8") as file:
                said = file.readline().strip()
        except OSError:
            said = ""
    if said != "go":
        raise RollCallError(said or f"process 0 ({host}:{port}) ended before all had come")
