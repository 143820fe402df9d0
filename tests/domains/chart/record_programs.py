"""Runs the recorder on chart programs, one fork each, as the sandbox does.

Usage: record_programs.py OUT PROGRAM... writes OUT/<stem>.vsdl, or OUT/<stem>.error with the
exception's class, its sandbox attributes and its message.
"""

import os
import sys
import tempfile
import traceback
from json import dumps  # by name: programs under test replace json.dumps
from pathlib import Path

from vsdpo_jax.domains.chart.child import recorder


def main() -> None:
    out = Path(sys.argv[1]).resolve()
    recorder.preload()
    for program in map(Path, sys.argv[2:]):
        child = os.fork()
        if child == 0:
            os.chdir(tempfile.mkdtemp(dir=out))
            sys.stdout = sys.stderr = open(os.devnull, "w")
            try:
                payload = recorder.run(program.read_bytes().decode())
            except BaseException as error:
                frames = [
                    frame.lineno
                    for frame in traceback.extract_tb(error.__traceback__)
                    if frame.filename == "<student>"
                ]
                told = {
                    "type": type(error).__name__,
                    "message": str(error),
                    "lines": frames,
                    "limit": getattr(error, "sandbox_limit", None),
                    "status": getattr(error, "sandbox_status", None),
                }
                (out / f"{program.stem}.error").write_text(dumps(told))
            else:
                (out / f"{program.stem}.vsdl").write_bytes(payload)
            os._exit(0)
        os.waitpid(child, 0)


main()
