"""What people read of a run: report.html, and the table for a terminal. No jax, no model."""

from vsdpo_jax.reporting.figures import format_table
from vsdpo_jax.reporting.page import write_report

__all__ = ["format_table", "write_report"]
