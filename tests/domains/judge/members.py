"""The domains that have joined the suite."""

from __future__ import annotations

from chart_member import CHART

MEMBERS = (CHART,)
