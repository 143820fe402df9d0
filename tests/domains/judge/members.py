"""Every domain that is found has to join: ``<name>_member.py`` holds its MEMBER."""

from __future__ import annotations

from importlib import import_module

from vsdpo_jax.domains.base import find_domains

MEMBERS = tuple(import_module(f"{name}_member").MEMBER for name in find_domains())
