"""What this machine has: processors and memory that this process may use, memory of its devices."""

from __future__ import annotations

import os
import platform
import sys
from importlib.metadata import version
from pathlib import Path

import jax

_CGROUPS = ("/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes")

_SHOWN = ("vsdpo_jax", "jax", "numpy", "matplotlib")


def describe() -> str:
    """One line for the head of a notebook: versions, devices, cores, memory.

    Raises:
      RuntimeError: a package was loaded, then replaced by an installation: a notebook's session
        that began with the machine's own versions has to be started again.
    """
    versions = {name: version(name) for name in _SHOWN}
    for name, installed in versions.items():
        loaded = getattr(sys.modules.get(name), "__version__", installed)
        if loaded != installed:
            raise RuntimeError(
                f"{name} {loaded} is loaded, but {installed} is installed by now: restart the "
                "session (in Colab: Runtime, Restart session) and run all cells again"
            )
    packages = ", ".join(f"{name} {number}" for name, number in versions.items())
    device = jax.local_devices()[0]
    return (
        f"Python {platform.python_version()}, {packages}; {jax.local_device_count()} x "
        f"{device.device_kind}, {cores()} cores, {memory_bytes() / 2**30:.0f} GiB"
    )


def cores() -> int:
    """Processor cores that this process may use."""
    return len(os.sched_getaffinity(0))


def memory_bytes() -> int:
    """Main memory of the machine, or what a container leaves of it."""
    limits = [os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")]
    for file in map(Path, _CGROUPS):
        try:
            limits.append(int(file.read_text()))
        except (OSError, ValueError):  # no such group; "max"
            continue
    return min(limits)


def device_bytes() -> int:
    """Memory of the device that has least. CPU devices are one machine and share its memory."""
    devices = jax.local_devices()
    limits = [(device.memory_stats() or {}).get("bytes_limit") for device in devices]
    known = [limit for limit in limits if limit]
    return min(known) if known else memory_bytes() // len(devices)


def device_peak_bytes() -> int | None:
    """The most that has been in use on a device of this process; None where that is not told."""
    stats = [(device.memory_stats() or {}).get("peak_bytes_in_use")
             for device in jax.local_devices()]  # fmt: skip
    known = [peak for peak in stats if peak is not None]
    return max(known, default=None)


def used_bytes() -> int:
    """Main memory of this process (resident)."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def num_descriptors() -> int:
    """Files, pipes and sockets that this process holds open."""
    return len(os.listdir("/proc/self/fd"))
