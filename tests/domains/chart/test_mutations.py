"""Draw lists made wrong on purpose end in a refusal or a picture, never in a dead or busy judge."""

from __future__ import annotations

import os
import subprocess
import sys

from recorded import HERE, ROOT, record_all

PROGRAMS = {
    "bars": "import matplotlib.pyplot as plt\nplt.bar(['a', 'b'], [1, 2], hatch='/', label='x')\n"
    "plt.legend()\nplt.title('$x^2$')\n",
    "marks": "import matplotlib.pyplot as plt\nplt.scatter([1, 2], [2, 1], c=[0, 1])\n"
    "plt.plot([1, 2], 'o--')\nplt.imshow([[0, 1], [1, 0]])\nplt.text(1, 1, 't', rotation=30)\n",
}


def test_a_short_run_of_the_generator(tmp_path):
    files = []
    for name, recorded in record_all(PROGRAMS).items():
        assert recorded.payload is not None, recorded.error
        files.append(tmp_path / f"{name}.vsdl")
        files[-1].write_bytes(recorded.payload)
    done = subprocess.run(
        [sys.executable, str(HERE / "mutations.py"), "0", "80", *map(str, files)],
        env={**os.environ, "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        timeout=280,
        check=True,
    )
    escaped = [line for line in done.stderr.splitlines() if line[:1].isdigit()]
    assert (done.stdout, escaped) == ("", [])
