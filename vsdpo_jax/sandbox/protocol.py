"""What supervisor, fork server and child say to each other. Standard library only.

Control socket (supervisor <-> fork server): length-prefixed JSON objects, file descriptors riding
along with a request. Result pipe (child -> supervisor): READY once the layers hold, then one frame.
"""

from __future__ import annotations

import json
import socket
import struct
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

NONCE_BYTES = 16
ERROR_BYTES = 8192

_LENGTH = struct.Struct("<I")
_READY = b"vsdpo-ready:"
_FRAME = struct.Struct("<8sBBIQ")  # magic, status, limit, length of error, length of payload
_MAGIC = b"vsdpofrm"

STATUSES = ("ok", "program_error", "no_artifact", "limit", "tamper")
"""What a child may say of itself: never infra, which would mask the sample."""

LIMITS = ("", "cpu", "memory", "disk", "canvas", "payload", "processes")
"""What a child may say that it met; the other limits are measured from outside."""


class ConnectionLost(Exception):
    """The other end of the control socket is gone."""


class BadFrame(Exception):
    """The result pipe carried something that the driver does not send."""


def send(control: socket.socket, message: dict[str, Any], fds: Sequence[int] = ()) -> None:
    """Send one message. Raises ConnectionLost."""
    body = json.dumps(message).encode()
    data = _LENGTH.pack(len(body)) + body
    try:
        sent = socket.send_fds(control, [data], list(fds)) if fds else control.send(data)
        control.sendall(data[sent:])
    except OSError as error:
        raise ConnectionLost(str(error)) from error


def receive(control: socket.socket, max_fds: int = 0) -> tuple[dict[str, Any], list[int]]:
    """Wait for one message. Raises ConnectionLost."""
    try:
        head, fds, _, _ = socket.recv_fds(control, _LENGTH.size, max_fds)
        head += _read_exactly(control, _LENGTH.size - len(head)) if head else b""
        if not head:
            raise ConnectionLost("closed")
        return json.loads(_read_exactly(control, _LENGTH.unpack(head)[0])), fds
    except OSError as error:
        raise ConnectionLost(str(error)) from error


def _read_exactly(control: socket.socket, count: int) -> bytes:
    parts = []
    while count:
        part = control.recv(min(count, 1 << 20))
        if not part:
            raise ConnectionLost("closed in the middle of a message")
        parts.append(part)
        count -= len(part)
    return b"".join(parts)


@dataclass(frozen=True, kw_only=True)
class Frame:
    """What the driver in the child says about a program that ran to its end."""

    status: str
    limit: str = ""
    error: str = ""
    payload: bytes = b""


def ready(nonce: bytes) -> bytes:
    """What the child sends before the program starts."""
    return _READY + nonce


def encode_frame(frame: Frame) -> bytes:
    """Header and error of a frame; the payload follows it on the pipe as it is."""
    error = frame.error.encode("utf-8", "backslashreplace")[:ERROR_BYTES]
    numbers = STATUSES.index(frame.status), LIMITS.index(frame.limit)
    return _FRAME.pack(_MAGIC, *numbers, len(error), len(frame.payload)) + error


def decode(stream: bytes | bytearray, nonce: bytes, payload_limit: int) -> Frame | None:
    """Read the whole result pipe of a child.

    Args:
      stream: everything that came through.
      nonce: that was given to this child.
      payload_limit: bytes that a payload may have.

    Returns:
      The frame, or None when the program ended without one.

    Raises:
      BadFrame: anything else than READY and at most one well-formed frame.
    """
    prefix = ready(nonce)
    if not stream.startswith(prefix):
        raise BadFrame("it does not start as it should")
    rest = memoryview(stream)[len(prefix) :]
    if not rest:
        return None
    if len(rest) < _FRAME.size:
        raise BadFrame(f"{len(rest)} stray bytes")
    magic, status, limit, error_length, payload_length = _FRAME.unpack_from(rest)
    if magic != _MAGIC or status >= len(STATUSES) or limit >= len(LIMITS):
        raise BadFrame("its header is none of ours")
    if error_length > ERROR_BYTES or payload_length > payload_limit:
        raise BadFrame(f"it announces {error_length} and {payload_length} bytes")
    if len(rest) != _FRAME.size + error_length + payload_length:
        raise BadFrame(
            f"it announces {error_length + payload_length} bytes and carries "
            f"{len(rest) - _FRAME.size}"
        )
    name, met = STATUSES[status], LIMITS[limit]
    if (name == "limit") != (met != "") or (name != "ok" and payload_length):
        raise BadFrame(f"it combines {name!r}, {met!r} and {payload_length} bytes of payload")
    error = bytes(rest[_FRAME.size : _FRAME.size + error_length]).decode("utf-8", "replace")
    return Frame(
        status=name, limit=met, error=error, payload=bytes(rest[_FRAME.size + error_length :])
    )
