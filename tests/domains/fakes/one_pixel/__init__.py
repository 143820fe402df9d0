"""A domain for tests of the pool."""

import os

NAME = "fake"
RECORDER = os.environ.get("VSDPO_FAKE_RECORDER", "vsdpo_jax.sandbox.plain")
