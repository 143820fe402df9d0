"""A trainer for launch scripts: processes, signals, checkpoints, files; nothing is trained.

    python stub_trainer.py -m vsdpo_jax.train --config=... --workdir=... --config.train.num_steps=6

It keeps the promises that the scripts rely on: JAX_* makes it one of N processes, which end
together, with 3, when one is lost; SIGTERM saves and exits with 75; the same command goes on from
the newest checkpoint; rows of metrics hold seconds. gs://... is a folder under STUB_BUCKETS.
"""

from __future__ import annotations

import json
import os
import select
import signal
import socket
import sys
import time
from pathlib import Path

SAVED, LOST = 75, 3
EVERY = 2  # steps between checkpoints
STEP_S = float(os.environ.get("STUB_STEP_S", "0.1"))


def folder_of(workdir: str) -> Path:
    bucket = workdir.removeprefix("gs://")
    return Path(workdir) if bucket == workdir else Path(os.environ["STUB_BUCKETS"]) / bucket


def meet(number: int, count: int) -> list[socket.socket]:
    """Connections to the other processes: all of them at process 0, that one elsewhere."""
    if count == 1:
        return []
    host, port = os.environ["JAX_COORDINATOR_ADDRESS"].rsplit(":", 1)
    deadline = time.monotonic() + 20
    if number == 0:
        server = socket.create_server((host, int(port)))
        server.settimeout(20)
        return [server.accept()[0] for _ in range(count - 1)]
    while True:
        try:
            return [socket.create_connection((host, int(port)), timeout=20)]
        except OSError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.05)


def agree_on_start(folder: Path, number: int, peers: list[socket.socket]) -> int:
    """The newest checkpoint as process 0 finds it, which all others are told."""
    if number:
        return int.from_bytes(peers[0].recv(4, socket.MSG_WAITALL), "big")
    first = max((int(path.name) for path in folder.glob("checkpoints/*")), default=0)
    for peer in peers:
        peer.sendall(first.to_bytes(4, "big"))
    return first


def save(folder: Path, step: int) -> None:
    (folder / "checkpoints" / str(step)).mkdir(parents=True, exist_ok=True)


def main() -> int:
    flags = dict(word[2:].split("=", 1) for word in sys.argv[3:])
    steps = int(flags.get("config.train.num_steps", "6"))
    number = int(os.environ.get("JAX_PROCESS_ID", "0"))
    folder = folder_of(flags["workdir"])
    is_told = []
    signal.signal(signal.SIGTERM, lambda *_: is_told.append(True))
    print(
        json.dumps(
            {
                "argv": sys.argv[1:],
                "run": os.environ.get("VSDPO_RUN_ID"),
                "commit": os.environ.get("VSDPO_COMMIT"),
                "cwd": os.getcwd(),
                "jax": {k: v for k, v in os.environ.items() if k.startswith("JAX_")},
            }
        ),
        flush=True,
    )
    if "STUB_CODE" in os.environ:
        return int(os.environ["STUB_CODE"])
    peers = meet(number, int(os.environ.get("JAX_NUM_PROCESSES", "1")))
    folder.mkdir(parents=True, exist_ok=True)
    first, metrics = agree_on_start(folder, number, peers), folder / "metrics.jsonl"
    if number == 0:
        rows = metrics.read_text().splitlines(keepends=True) if metrics.exists() else []
        metrics.write_text("".join(rows[:first]))
    for step in range(first, steps):
        time.sleep(STEP_S)
        for peer in peers:
            peer.sendall(b"T" if is_told else b".")
            ready, _, _ = select.select([peer], [], [], 10)
            word = peer.recv(1) if ready else b""
            if not word:
                print("another process is gone", flush=True)
                return LOST
            if word == b"T":
                is_told.append(True)
        if number == 0:
            with metrics.open("a") as file:
                file.write(json.dumps({"step": step, "seconds": time.monotonic()}) + "\n")
            if is_told or (step + 1) % EVERY == 0 or step + 1 == steps:
                save(folder, step + 1)
        if is_told:
            return SAVED
    if number == 0:
        (folder / "summary.json").write_text("{}\n")
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except (BrokenPipeError, ConnectionResetError):
        print("another process is gone", flush=True)
        sys.exit(LOST)
