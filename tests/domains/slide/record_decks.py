"""Runs python-pptx programs, one fork each: through the recorder, as the sandbox does, or plain.

Usage: record_decks.py hooked|plain OUT PROGRAM... writes for each program OUT/<stem>.payload (its
deck; plain: the file deck.pptx that it saved), or OUT/<stem>.error with the exception's class, its
sandbox attributes, its message and its lines; and OUT/<stem>.out, what it printed.
"""

import os
import sys
import tempfile
import traceback
from json import dumps  # by name: programs under test replace json.dumps
from pathlib import Path


def plain_run(source: str) -> bytes:
    from vsdpo_jax.domains.slide.child import photo

    Path(photo.NAME).write_bytes(photo.photo())
    exec(compile(source, "<student>", "exec", dont_inherit=True), {"__name__": "__main__"})
    return Path("deck.pptx").read_bytes()


def main() -> None:
    how, out = sys.argv[1], Path(sys.argv[2]).resolve()
    if how == "hooked":
        from vsdpo_jax.domains.slide.child import recorder

        recorder.preload()
        run = recorder.run
    else:
        run = plain_run
    for program in map(Path, sys.argv[3:]):
        child = os.fork()
        if child == 0:
            os.chdir(tempfile.mkdtemp(dir=out))
            sys.stdout = sys.stderr = open(out / f"{program.stem}.out", "w")
            source = program.read_bytes().decode()
            try:
                payload = run(source)
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
                (out / f"{program.stem}.payload").write_bytes(payload)
            sys.stdout.flush()
            os._exit(0)
        os.waitpid(child, 0)


main()
