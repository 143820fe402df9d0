import socket
import threading
import time

import pytest

from vsdpo_jax.runtime.roll_call import Member, RollCallError, roll_call


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as server:
        return server.getsockname()[1]


def call(members, timeout_s=20.0, port=None):
    """What each member's call ended with: None or the error's text."""
    address, ended = f"127.0.0.1:{port or free_port()}", {}

    def run(place, member):
        try:
            roll_call(address, member, timeout_s)
            ended[place] = None
        except RollCallError as error:
            ended[place] = str(error)

    threads = [
        threading.Thread(target=run, args=(place, member)) for place, member in enumerate(members)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return ended


def members(*indices, count=3):
    return [Member(index=index, count=count, name=f"host-{index}") for index in indices]


def test_all_go_when_all_are_there():
    assert call(members(2, 0, 1)) == {0: None, 1: None, 2: None}


def test_everybody_hears_who_is_missing_within_the_bound():
    started = time.monotonic()
    ended = call(members(0, 2), timeout_s=1.0)
    assert time.monotonic() - started < 10
    for text in ended.values():
        assert "1 of 3 processes did not come within 1 s: JAX_PROCESS_ID 1;" in text
        assert "there are 0 (host-0), 2 (host-2)" in text


def test_a_coordinator_that_is_not_there_is_named():
    (text,) = call(members(1), timeout_s=0.5, port=free_port()).values()
    assert "host-1 (process 1) could not reach process 0 there within 0.5 s" in text


def test_a_number_given_twice_and_another_count():
    ended = call([*members(0, 1), Member(index=1, count=3, name="twin")])
    assert all("JAX_PROCESS_ID = 1 was given to" in text for text in ended.values())
    ended = call([*members(0), Member(index=1, count=4, name="other")])
    words = "JAX_NUM_PROCESSES is 4 on other and 3 on host-0"
    assert all(words in text for text in ended.values())


def test_a_port_that_is_taken_and_an_address_that_is_none():
    with socket.create_server(("", 0)) as server:
        (text,) = call(members(0), port=server.getsockname()[1]).values()
    assert "cannot be listened on" in text
    for address in ("host", "host:", ":8", "host:99999", "host:a"):
        with pytest.raises(RollCallError, match="use host:port of process 0"):
            roll_call(address, members(0)[0], 1.0)


def test_who_else_looks_at_the_port_is_passed_over():
    port, ended = free_port(), {}
    thread = threading.Thread(target=lambda: ended.update(call(members(0, 1, count=2), 20.0, port)))
    thread.start()
    for _ in range(100):
        try:
            with socket.create_connection(("127.0.0.1", port), timeout=1) as scan:
                scan.sendall(b"GET / HTTP/1.0\r\n\r\n")
            break
        except OSError:
            time.sleep(0.01)
    thread.join()
    assert ended == {0: None, 1: None}
