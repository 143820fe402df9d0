"""The result pipe: what the driver writes is read back, and nothing else is believed."""

from __future__ import annotations

import json
import socket

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vsdpo_jax.sandbox import protocol
from vsdpo_jax.sandbox.protocol import BadFrame, Frame

NONCE = bytes(range(protocol.NONCE_BYTES))
LIMIT = 1000

errors = st.text(st.characters(codec="utf-8"), max_size=200)
frames = st.one_of(
    st.builds(Frame, status=st.just("ok"), payload=st.binary(max_size=LIMIT)),
    st.builds(
        Frame, status=st.sampled_from(("program_error", "no_artifact", "tamper")), error=errors
    ),
    st.builds(
        Frame, status=st.just("limit"), limit=st.sampled_from(protocol.LIMITS[1:]), error=errors
    ),
)


def stream(frame: Frame) -> bytes:
    return protocol.ready(NONCE) + protocol.encode_frame(frame) + frame.payload


@given(frames)
def test_round_trip(frame: Frame):
    assert protocol.decode(stream(frame), NONCE, LIMIT) == frame


@given(frames, st.integers(min_value=1))
def test_every_shortened_stream_is_refused(frame: Frame, cut: int):
    whole = stream(frame)
    rest = whole[: len(whole) - 1 - cut % (len(whole) - 1)]
    if rest == protocol.ready(NONCE):
        assert protocol.decode(rest, NONCE, LIMIT) is None
    else:
        with pytest.raises(BadFrame):
            protocol.decode(rest, NONCE, LIMIT)


@given(frames, st.binary(min_size=1, max_size=100))
def test_every_lengthened_stream_is_refused(frame: Frame, more: bytes):
    with pytest.raises(BadFrame):
        protocol.decode(stream(frame) + more, NONCE, LIMIT)


@given(st.binary(max_size=300))
def test_arbitrary_bytes_raise_nothing_else(data: bytes):
    for opening in (b"", protocol.ready(NONCE), protocol.ready(NONCE) + b"vsdpofrm"):
        try:
            protocol.decode(opening + data, NONCE, LIMIT)
        except BadFrame:
            continue


def test_another_childs_nonce_is_refused():
    with pytest.raises(BadFrame, match="start"):
        protocol.decode(stream(Frame(status="ok")), b"x" * protocol.NONCE_BYTES, LIMIT)


def test_a_payload_over_the_limit_is_refused():
    with pytest.raises(BadFrame, match="announces"):
        protocol.decode(stream(Frame(status="ok", payload=bytes(LIMIT + 1))), NONCE, LIMIT)


def test_a_child_cannot_say_that_the_machine_failed():
    assert "infra" not in protocol.STATUSES


def test_long_errors_are_cut():
    frame = Frame(status="program_error", error="é" * protocol.ERROR_BYTES)
    decoded = protocol.decode(stream(frame), NONCE, LIMIT)
    assert decoded is not None
    assert set(decoded.error) == {"é"}
    assert len(decoded.error.encode()) == protocol.ERROR_BYTES


@given(st.dictionaries(st.text(max_size=5), st.text(max_size=5), max_size=5))
def test_control_messages(message: dict[str, str]):
    ours, theirs = socket.socketpair()
    with ours, theirs:
        protocol.send(ours, message)
        assert protocol.receive(theirs) == (json.loads(json.dumps(message)), [])


def test_a_closed_control_socket_is_an_error():
    ours, theirs = socket.socketpair()
    with theirs:
        ours.close()
        with pytest.raises(protocol.ConnectionLost):
            protocol.receive(theirs)
        with pytest.raises(protocol.ConnectionLost):
            protocol.send(theirs, {"a": 1})
