import os
import signal
import subprocess
import sys
import textwrap
import time

from vsdpo_jax.runtime.stop import SAVED_CODE, Stop


def wait_for(condition):
    end = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.01)


def test_a_signal_is_noted_and_the_handler_before_comes_back(capsys):
    before = signal.getsignal(signal.SIGTERM)
    with Stop(60) as stop:
        assert not stop.is_requested
        os.kill(os.getpid(), signal.SIGTERM)
        wait_for(lambda: stop.is_requested)
        os.kill(os.getpid(), signal.SIGTERM)  # again, as schedulers do
    assert signal.getsignal(signal.SIGTERM) is before
    assert signal.set_wakeup_fd(-1) == -1
    assert "if that takes at most 60 s" in capsys.readouterr().err


def test_other_signals_do_not_stop_a_run():
    before = signal.signal(signal.SIGUSR1, lambda *_: None)
    try:
        with Stop(60) as stop:
            os.kill(os.getpid(), signal.SIGUSR1)
            time.sleep(0.1)
            assert not stop.is_requested
    finally:
        signal.signal(signal.SIGUSR1, before)


BUSY = """
    import hashlib, sys
    from vsdpo_jax.runtime.stop import Stop
    with Stop(float(sys.argv[1])):
        print("here", flush=True)
        hashlib.pbkdf2_hmac("sha256", b"", b"", 10**9)  # minutes in C, as in a compilation
"""


def test_a_process_that_cannot_finish_ends_at_its_deadline():
    code = [sys.executable, "-c", textwrap.dedent(BUSY), "0.5"]
    with subprocess.Popen(code, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as busy:
        assert busy.stdout.readline() == "here\n"
        started = time.monotonic()
        busy.send_signal(signal.SIGTERM)
        _, said = busy.communicate(timeout=60)
    assert busy.returncode == SAVED_CODE == 75
    assert 0.5 <= time.monotonic() - started < 20
    assert "took longer than 0.5 s" in said
    assert "goes on from the last checkpoint" in said
