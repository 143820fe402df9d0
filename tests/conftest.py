"""JAX as all tests use it: exact on CPU, strict about broadcasting, eight virtual devices."""

from __future__ import annotations

import signal
from pathlib import Path

import hypothesis
import jax

# A shell's background jobs begin with interrupts ignored, and so would everything they start: tests
# of what an interrupt leaves behind need them, here and in the processes of the tests.
signal.signal(signal.SIGINT, signal.default_int_handler)

# The platform stays the user's choice (JAX_PLATFORMS); these settings leak into no child process.
jax.config.update("jax_num_cpu_devices", 8)  # for sharding; unsharded work stays on the first
jax.config.update("jax_default_matmul_precision", "highest")
jax.config.update("jax_numpy_rank_promotion", "raise")
jax.config.update(
    "jax_compilation_cache_dir", str(Path(__file__).parents[1] / ".pytest_cache" / "jax")
)
jax.config.update("jax_persistent_cache_min_compile_time_secs", 0.5)

# The first example of a test compiles: a deadline would measure that.
hypothesis.settings.register_profile("vsdpo_jax", deadline=None)
hypothesis.settings.load_profile("vsdpo_jax")
