"""Stands in for gcloud, xpk, sbatch, sky, ssh, ...: records its words, answers as it is told.

FAKE_LOG takes a line of JSON for each call: [name, words...]. FAKE_ANSWERS is a JSON list of
[text, standard output, standard error, exit code]; the first whose text is in the words answers.
FAKE_HOSTS names folders, one a host: then what ssh and scp carry runs there, in that home folder,
and gs://BUCKET/... is a folder under STUB_BUCKETS.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path


def hosts_of(words: list[str]) -> list[Path]:
    hosts = [Path(name) for name in json.loads(os.environ["FAKE_HOSTS"])]
    chosen = next((word.split("=")[1] for word in words if word.startswith("--worker=")), "all")
    return hosts if chosen == "all" else [hosts[int(chosen)]]


def play(name: str, words: list[str]) -> int:
    """What is carried to a host happens there."""
    if "storage" in words:
        path = Path(os.environ["STUB_BUCKETS"]) / words[-1].removeprefix("gs://")
        if not path.exists():
            return 1
        text = path.read_text() if path.is_file() else "".join(f"{p}/\n" for p in path.iterdir())
        sys.stdout.write(text)
        return 0
    if "describe" in words:
        print("READY")
        return 0
    codes = [0]
    for number, home in enumerate(hosts_of(words)):
        if "scp" in words or name == "scp":
            source, target = [word for word in words if not word.startswith("--")][-2:]
            places = [
                home / word.split(":")[1] if ":" in word else word for word in (source, target)
            ]
            shutil.copy(*places)
            continue
        commands = [word.split("=", 1)[1] for word in words if word.startswith("--command=")]
        environment = {
            **os.environ,
            "HOME": str(home),
            "FAKE_HOST": str(number),
            "HOSTNAME": f"host-{number}",
        }
        done = subprocess.run(
            ["bash", "-c", (commands or words)[-1]], cwd=home, env=environment, check=False
        )
        codes.append(done.returncode)
    return max(codes)


def main() -> int:
    name, words = Path(sys.argv[0]).name, sys.argv[1:]
    with open(os.environ["FAKE_LOG"], "a", encoding="utf-8") as log:
        log.write(json.dumps([name, *words]) + "\n")
    for text, out, error, code in json.loads(os.environ.get("FAKE_ANSWERS", "[]")):
        if text in " ".join([name, *words]):
            sys.stdout.write(out)
            sys.stderr.write(error)
            return code
    return play(name, words) if "FAKE_HOSTS" in os.environ else 0


sys.exit(main())
