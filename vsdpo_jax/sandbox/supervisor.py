"""The sandbox: run a program that nobody trusts and say what became of it.

The program can lie about everything it reports (its memory is its own), so ``payload`` is data to
be checked by the caller. It cannot reach files, network, processes or the machine's resources
beyond its limits; see layers.py.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable
from dataclasses import replace
from types import TracebackType

from vsdpo_jax.sandbox import protocol, selftest
from vsdpo_jax.sandbox.forkserver import ForkServer, SandboxUnavailable, ServerFailed
from vsdpo_jax.sandbox.limits import Limits
from vsdpo_jax.sandbox.result import SandboxResult
from vsdpo_jax.sandbox.watch import Exit

# Share of the processor limit from which SIGKILL is its doing: it ends those that ignore SIGXCPU, a
# second later. The kernel counts ticks for RLIMIT_CPU, and on a busy machine they run ahead of the
# time that is accounted in the end: 2.7 of 3 s were seen.
_CPU_SHARE = 0.5
_ATTEMPTS = 2

_SIGNAL_MEANING: dict[int, str] = {
    signal.SIGSEGV: "it read or wrote memory that is not its own, or its stack overflowed",
    signal.SIGABRT: "a library gave up, often for lack of memory",
    signal.SIGBUS: "it read or wrote memory that is not there",
    signal.SIGFPE: "an arithmetic error in a library",
    signal.SIGALRM: "its own alarm went off",
}


class Sandbox:
    """A context manager that runs programs, each in a fresh locked child.

    One program at a time; several sandboxes may run side by side. Leaving the context, or the end
    of this process however it comes, ends every process and removes every file.
    """

    def __init__(
        self,
        recorder: str,
        limits: Limits | None = None,
        interpreter: str | None = None,
        unsafe: bool = False,
    ) -> None:
        """Describe a sandbox; entering the context starts it.

        Args:
          recorder: dotted name of the module that executes and records (docs/architecture.md).
          limits: of every program; None: the defaults.
          interpreter: Python executable that runs the programs; None: the running one.
          unsafe: run without the layers that this kernel lacks. For trusted programs only.
        """
        self._recorder = recorder
        self._limits = limits or Limits()
        self._interpreter = interpreter
        self._unsafe = unsafe
        self._server: ForkServer | None = None

    def __enter__(self) -> Sandbox:
        """Start the fork server and prove that the layers hold.

        Raises:
          LayerUnavailable: the kernel lacks a layer, or an attack of the self-test got through.
          SandboxUnavailable: it cannot be started.
        """
        if sys.platform != "linux":
            raise SandboxUnavailable(
                f"the sandbox needs Linux (Landlock, seccomp), this is {sys.platform}: use a Linux "
                f"machine, virtual machine or container"
            )
        self._server = self._start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stop()

    def run(self, source: str, on_attempt: Callable[[bool], None] | None = None) -> SandboxResult:
        """Run one program.

        Args:
          source: the program. Whatever it is or does, the outcome is a result, not an exception.
          on_attempt: called before each attempt, with whether a fork server must be started first.

        Returns:
          What became of it. Failures of the machine are retried once, then reported as "infra".
        """
        refused = _refuse(source, self._limits)
        if refused is not None:
            return refused
        result = SandboxResult(status="infra", error="not run")
        for _ in range(_ATTEMPTS):
            if on_attempt is not None:
                on_attempt(self._server is None)
            result = self._attempt(source)
            if result.status != "infra":
                break
        return result

    def _attempt(self, source: str) -> SandboxResult:
        nonce = os.urandom(protocol.NONCE_BYTES)
        try:
            if self._server is None:
                self._server = self._start()
            return judge_exit(self._server.run(source, nonce), nonce, self._limits)
        except (ServerFailed, SandboxUnavailable, OSError) as error:
            self._stop()
            return SandboxResult(status="infra", error=f"the sandbox failed: {error}")
        except BaseException:
            self._stop()  # a program may still run, and its answer would come to the wrong question
            raise

    def _start(self) -> ForkServer:
        layers = "available" if self._unsafe else "required"
        server = ForkServer(self._recorder, self._limits, self._interpreter, layers)
        try:
            if not self._unsafe:
                selftest.check(server, self._interpreter)
        except ServerFailed as error:
            server.stop()
            raise SandboxUnavailable(f"the self-test could not run: {error}") from error
        except BaseException:
            server.stop()
            raise
        return server

    def _stop(self) -> None:
        if self._server is not None:
            self._server.stop()
            self._server = None


def _refuse(source: str, limits: Limits) -> SandboxResult | None:
    """Programs that are not worth a child."""
    try:
        size = len(source.encode())
    except UnicodeEncodeError as error:
        text = f"the program is not text: {error}"
        return SandboxResult(status="program_error", error=text)
    if size > limits.source_bytes:
        text = f"the program has {size} bytes; {limits.source_bytes} are allowed"
        return SandboxResult(status="limit", limit="source", error=text)
    return None


def judge_exit(exit_: Exit, nonce: bytes, limits: Limits) -> SandboxResult:
    """Name the outcome from what was seen outside, then from what the child said.

    Args:
      exit_: how the child ended.
      nonce: given to the child.
      limits: under which it ran.
    """
    seen = SandboxResult(
        status="infra",
        error=f"the child did not start: {exit_.stderr}",
        stdout=exit_.stdout,
        stderr=exit_.stderr,
        cpu_s=exit_.cpu_s,
        wall_s=exit_.wall_s,
    )
    if not exit_.result.startswith(protocol.ready(nonce)):
        return seen  # the driver writes this before the program starts, so it never ran
    if exit_.exceeded == "result":
        text = "tampering: the result pipe carried more than any drawing can"
        return replace(seen, status="tamper", error=text)
    if exit_.exceeded:
        return _met(seen, exit_.exceeded, limits)
    if os.WIFSIGNALED(exit_.status):
        return _judge_signal(seen, os.WTERMSIG(exit_.status), limits)
    try:
        frame = protocol.decode(exit_.result, nonce, limits.payload_bytes)
    except protocol.BadFrame as error:
        text = f"tampering: the result pipe carried something that is no result ({error})"
        return replace(seen, status="tamper", error=text)
    code = os.WEXITSTATUS(exit_.status)
    if frame is None or code != 0:
        text = (
            f"the program ended its own process (exit code {code}) before the picture was collected"
        )
        return replace(seen, status="program_error", error=text)
    said = {"status": frame.status, "payload": frame.payload, "error": frame.error}
    return replace(seen, limit=frame.limit or None, **said)


def _met(seen: SandboxResult, limit: str, limits: Limits) -> SandboxResult:
    allowed = {
        "cpu": f"{limits.cpu_s} s of processor time",
        "wall": f"{limits.wall_s:g} s on the clock",
        "disk": f"{limits.disk_bytes} bytes in {limits.max_files} files",
        "output": f"{limits.output_bytes} bytes of printed text",
        "processes": f"{limits.max_threads} threads",
    }[limit]
    return replace(seen, status="limit", limit=limit, error=f"{limit} limit: more than {allowed}")


def _judge_signal(seen: SandboxResult, number: int, limits: Limits) -> SandboxResult:
    if number == signal.SIGSYS:
        text = "tampering: the program made a forbidden system call and was killed"
        return replace(seen, status="tamper", error=text)
    # SIGXCPU has no other sender than the limit, but for a program that wants to be taken for one
    # that met it: so it is, whatever time was accounted.
    is_over = number == signal.SIGKILL and seen.cpu_s >= _CPU_SHARE * limits.cpu_s
    if number == signal.SIGXCPU or is_over:
        return _met(seen, "cpu", limits)
    if number == signal.SIGXFSZ:
        return _met(seen, "disk", limits)
    if number == signal.SIGKILL:  # the filter lets no program send it to itself
        text = "the child was killed from outside; the machine may be out of memory"
        return replace(seen, status="infra", error=text)
    name = next((known.name for known in signal.Signals if known == number), f"signal {number}")
    meaning = f": {_SIGNAL_MEANING[number]}" if number in _SIGNAL_MEANING else ""
    text = f"the program was ended by {name}{meaning}"
    return replace(seen, status="program_error", error=text)
