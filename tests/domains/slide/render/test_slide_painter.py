"""The painter's process: what hangs or crashes costs its deck a status, and nothing else."""

from __future__ import annotations

import os
import signal
import threading
import time

import pytest
from slide_decks import DECKS, Maker

from vsdpo_jax.domains.slide.deck.codec import decode
from vsdpo_jax.domains.slide.deck.notes import Call, Notes
from vsdpo_jax.domains.slide.render import painter as module
from vsdpo_jax.domains.slide.render.painter import Painter, PaintFailed
from vsdpo_jax.sandbox import Limits

LIMITS = Limits(cpu_s=5, wall_s=120.0)


@pytest.fixture(scope="module")
def painter():
    with Painter({}, LIMITS) as opened:
        yield opened


def plain() -> bytes:
    made = Maker()
    made.box(1, 1, 3, 1, "Words")
    return made.bytes()


def test_a_deck_is_painted_with_its_notes(painter):
    notes = Notes(shapes={(0, 2): (Call(what="made", span=(3, 9)),)})
    deck = decode(painter.paint(plain(), notes))
    assert deck.notes == notes
    assert deck.slides[0].texts[0].text == "Words"
    assert deck.slides[0].image_YXC.shape == (720, 1280, 3)


def test_the_same_deck_gives_the_same_bytes(painter):
    decks = [DECKS[name]().bytes() for name in ("column", "groups")]
    first = [painter.paint(deck, Notes()) for deck in decks]
    with Painter({}, LIMITS) as other:
        assert [other.paint(deck, Notes()) for deck in reversed(decks)] == first[::-1]


def test_a_deck_that_never_ends_meets_its_limit_and_the_next_one_is_painted():
    made = Maker()
    made.text(1, 1, 8, 4, " ".join(["word"] * 200_000))
    with Painter({}, Limits(cpu_s=2, wall_s=120.0)) as painter:
        with pytest.raises(PaintFailed) as failed:
            painter.paint(made.bytes(), Notes())
        assert (failed.value.status, failed.value.limit) == ("limit", "cpu")
        assert "2 s" in failed.value.reason
        assert painter.pid is None
        assert decode(painter.paint(plain(), Notes())).num_slides == 1


def test_a_process_that_is_killed_is_replaced_and_its_deck_painted(painter):
    painter.paint(plain(), Notes())
    before = painter.pid
    os.kill(before, signal.SIGKILL)
    assert decode(painter.paint(plain(), Notes())).num_slides == 1
    assert painter.pid != before


def test_a_deck_that_ends_every_process_is_at_fault(painter):
    painter.paint(plain(), Notes())
    stop = threading.Event()

    def crash():
        while not stop.is_set():
            if painter.pid is not None:
                try:
                    os.kill(painter.pid, signal.SIGSEGV)
                except ProcessLookupError:
                    pass
            time.sleep(0.01)

    thread = threading.Thread(target=crash)
    made = Maker()
    made.text(1, 1, 8, 4, " ".join(["word"] * 10_000))
    thread.start()
    try:
        with pytest.raises(PaintFailed) as failed:
            painter.paint(made.bytes(), Notes())
    finally:
        stop.set()
        thread.join()
    assert failed.value.status in ("program_error", "infra")
    assert decode(painter.paint(plain(), Notes())).num_slides == 1


def test_too_little_memory_is_a_limit():
    with Painter({}, Limits(memory_bytes=8 << 20)) as small:
        with pytest.raises(PaintFailed) as failed:
            small.paint(plain(), Notes())
        assert (failed.value.status, failed.value.limit) == ("limit", "memory")


def test_what_sleeps_meets_the_clock():
    with Painter({}, Limits(cpu_s=5, wall_s=20.0)) as slow:
        os.kill(slow.pid, signal.SIGSTOP)
        stopped = slow.pid
        # The first attempt meets the clock, the second is another process.
        assert decode(slow.paint(plain(), Notes())).num_slides == 1
        assert not os.path.exists(f"/proc/{stopped}")


@pytest.mark.parametrize("data", [b"", b"nonsense", b"PK\x05\x06" + bytes(18)])
def test_what_is_no_deck_is_the_programs_error(painter, data):
    with pytest.raises(PaintFailed) as failed:
        painter.paint(data, Notes())
    assert failed.value.status == "program_error"


def test_a_process_is_replaced_after_its_share(painter, monkeypatch):
    painter.paint(plain(), Notes())
    first = painter.pid
    monkeypatch.setattr(module, "MOST_DECKS", 0)
    painter.paint(plain(), Notes())
    monkeypatch.undo()
    painter.paint(plain(), Notes())
    assert painter.pid != first
    assert not os.path.exists(f"/proc/{first}")


def test_only_so_many_slides_are_rendered():
    made = Maker()
    for _ in range(3):
        made.deck.slides.add_slide(made.deck.slide_layouts[6])
    with Painter({"max_slides": 2}) as two:
        deck = decode(two.paint(made.bytes(), Notes()))
    assert (len(deck.slides), deck.num_slides) == (2, 4)


def test_a_renderer_that_does_not_start_is_the_machines_fault(monkeypatch):
    monkeypatch.setattr(module, "_MODULE", "vsdpo_jax.nonesuch")
    with pytest.raises(PaintFailed) as failed:
        Painter({}).paint(plain(), Notes())
    assert failed.value.status == "infra"
    assert "nonesuch" in failed.value.reason
