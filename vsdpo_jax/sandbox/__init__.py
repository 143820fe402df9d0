"""Run programs that nobody trusts. ``Sandbox`` is the door; layers.py says what holds and why."""

from vsdpo_jax.sandbox.forkserver import LayerUnavailable, SandboxUnavailable
from vsdpo_jax.sandbox.limits import Limits
from vsdpo_jax.sandbox.result import SandboxResult
from vsdpo_jax.sandbox.supervisor import Sandbox

__all__ = ["LayerUnavailable", "Limits", "Sandbox", "SandboxResult", "SandboxUnavailable"]
