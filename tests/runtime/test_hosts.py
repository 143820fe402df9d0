import socket
import threading
import time

import pytest

from vsdpo_jax.runtime import hosts as module
from vsdpo_jax.runtime.hosts import ALONE, VARIABLES, Hosts, HostsError, start


class Store:
    """The coordinator's key-value store, in this process."""

    def __init__(self):
        self.values, self.changed = {}, threading.Condition()
        self.is_open = True

    def key_value_set(self, key, value, allow_overwrite=False):
        with self.changed:
            if not self.is_open:
                raise module.jax.errors.JaxRuntimeError("UNAVAILABLE")
            assert allow_overwrite or key not in self.values, key
            self.values[key] = value
            self.changed.notify_all()

    key_value_set_bytes = key_value_set

    def blocking_key_value_get_bytes(self, key, timeout_ms):
        with self.changed:
            if not self.changed.wait_for(lambda: key in self.values, timeout_ms / 1000):
                raise module.jax.errors.JaxRuntimeError("DEADLINE_EXCEEDED: GetKeyValue")
            return self.values[key]

    def key_value_delete(self, key):
        with self.changed:
            del self.values[key]

    def key_value_dir_get(self, prefix):
        with self.changed:
            return [(key, value) for key, value in self.values.items() if key.startswith(prefix)]


def together(work, count=3, store=None):
    """What ``work(hosts)`` gives in each of ``count`` threads that play the processes."""
    store, given = store or Store(), {}

    def run(index):
        try:
            given[index] = work(Hosts(index, count, store))
        except HostsError as error:
            given[index] = error

    threads = [threading.Thread(target=run, args=(index,)) for index in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return [given[index] for index in range(count)]


def test_one_process_talks_to_itself():
    assert ALONE.exchange("a", b"x") == ALONE.collect("a", b"x") == [b"x"]
    assert ALONE.broadcast("a", b"x") == b"x"
    assert ALONE.any("a", True)
    assert not ALONE.any("a", False)
    ALONE.check_same({"seed": 1})


def test_all_get_what_was_said_in_order_and_nothing_stays_behind():
    store = Store()

    def work(hosts):
        said = [hosts.exchange("a", b"%d" % hosts.index), hosts.collect("b", b"%d" % hosts.index)]
        said.append(hosts.broadcast("c", b"from %d" % hosts.index))
        said += [hosts.any("d", hosts.index == 2), hosts.any("e", False)]
        hosts.wait("f")
        return said

    first, *others = together(work, store=store)
    assert first == [[b"0", b"1", b"2"], [b"0", b"1", b"2"], b"from 0", True, False]
    for other in others:
        assert other == [[b"0", b"1", b"2"], [], b"from 0", True, False]
    assert len(store.values) == 3  # of the last place, for those who may be late


def test_other_settings_or_commits_are_named_with_their_hosts():
    def work(hosts):
        values = {"config": {"seed": 0, "optim": {"b1": 0.9}}, "commit": "abc"}
        if hosts.index == 1:
            values["config"]["optim"]["b1"] = 0.8
            values["commit"] = "abd"
        hosts.check_same(values)

    for error in together(work):
        name = socket.gethostname()
        assert f"commit: 'abc' on {name} (process 0), 'abd' on {name} (process 1)" in str(error)
        assert "config.optim.b1: 0.9 on" in str(error)
        assert "process 2" not in str(error)


def test_a_process_that_does_not_come_to_a_place_is_named(monkeypatch):
    def work(hosts):
        return None if hosts.index == 1 else hosts.exchange("the end", b"", timeout_s=0.2)

    first, _, third = together(work)
    for error in (first, third):
        assert "(process 1) lives, but did not come to 'the end' within 0.2 s" in str(error)


class EndedError(BaseException):
    pass


@pytest.fixture
def watched(monkeypatch):
    """Time that flies, and an end of the process that can be looked at."""
    ended = threading.Event()

    def end(code):
        ended.code = code
        ended.set()
        raise EndedError

    monkeypatch.setattr(module, "BEAT_S", 0.02)
    monkeypatch.setattr(module, "DEAD_S", 1.0)
    monkeypatch.setattr(module.os, "_exit", end)
    monkeypatch.setattr(threading, "excepthook", lambda _: None)
    return ended


def test_a_process_that_falls_silent_ends_the_others(watched, capsys):
    store = Store()
    hosts = together(lambda hosts: hosts, 2, store)
    store.key_value_set("vsdpo/beat/1", "7")
    with hosts[0]:
        assert watched.wait(20)
        hosts[0].count = 1  # nobody to say farewell to
    said = capsys.readouterr().err
    assert f"{socket.gethostname()} (process 1) has been silent for 1 s; the run ends here" in said
    assert watched.code == module.LOST_CODE == 3


def test_a_process_that_fails_says_why(watched, capsys):
    hosts = together(lambda hosts: hosts, 2)
    with hosts[0]:
        with pytest.raises(ValueError, match="no room"), hosts[1]:
            raise ValueError("no room\nand more")
        assert watched.wait(20)
        hosts[0].count = 1
    assert "(process 1) ended: no room; the run ends here" in capsys.readouterr().err


def test_a_coordinator_that_is_gone_is_named(watched, capsys):
    store = Store()
    hosts = together(lambda hosts: hosts, 2, store)
    with hosts[1]:
        store.is_open = False
        assert watched.wait(20)
        hosts[1].count = 1
    assert "(process 0), which coordinates, cannot be reached" in capsys.readouterr().err


def test_processes_that_end_together_end_well(watched):
    def work(hosts):
        with hosts:
            time.sleep(0.1)
        return hosts.index

    assert together(work) == [0, 1, 2]
    assert not watched.is_set()


def set_variables(monkeypatch, *values):
    for name, value in zip(VARIABLES, values, strict=True):
        if value is None:
            monkeypatch.delenv(name, raising=False)
        else:
            monkeypatch.setenv(name, value)


def test_without_variables_nobody_is_asked(monkeypatch):
    set_variables(monkeypatch, None, None, None)
    assert start("env") is ALONE


@pytest.mark.parametrize(
    ("values", "message"),
    [
        (("h:1", None, None), "without JAX_NUM_PROCESSES and JAX_PROCESS_ID: set all three"),
        (("h:1", "2", None), "without JAX_PROCESS_ID"),
        (("h:1", "two", "0"), "JAX_NUM_PROCESSES = 'two': use a whole number"),
        (("h:1", "2", "2"), "JAX_PROCESS_ID = 2 with JAX_NUM_PROCESSES = 2: use 0 to 1"),
        (("h", "2", "1"), "JAX_COORDINATOR_ADDRESS = 'h': use host:port"),
    ],
)
def test_variables_that_make_no_run(monkeypatch, values, message):
    set_variables(monkeypatch, *values)
    with pytest.raises(HostsError, match=message):
        start("env")


def test_a_time_limit_that_is_none(monkeypatch):
    set_variables(monkeypatch, "h:1", "2", "1")
    monkeypatch.setenv("VSDPO_START_TIMEOUT_S", "soon")
    with pytest.raises(HostsError, match="VSDPO_START_TIMEOUT_S = 'soon'"):
        start("env")
