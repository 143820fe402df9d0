"""What processes of ours ask of the linear algebra and of malloc."""

from __future__ import annotations

import contextlib
import ctypes
import gc

ONE_THREAD = {
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "NUMEXPR_NUM_THREADS": "1",
}
"""Environment of a process that has one core: more threads of the linear algebra wait by spinning.
"""
KEPT_MEMORY = {"MALLOC_TRIM_THRESHOLD_": str(64 << 20), "MALLOC_MMAP_THRESHOLD_": str(32 << 20)}
"""Environment of a process that works on pictures: it keeps so much of what it frees. To give pages
back and get them again took 10 of 29 ms a picture.
"""


def give_back() -> None:
    """Free memory of this process goes back to the machine, which malloc does not see to by itself.

    30 of 86 MB after 40 pages in one browser; 20 of 790 after 500 updates on a busy machine.
    """
    gc.collect()
    with contextlib.suppress(AttributeError):  # of glibc alone
        ctypes.CDLL(None).malloc_trim(0)
