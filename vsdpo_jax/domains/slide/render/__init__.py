"""Renderers, each a process of its own: the fast one and the office suite."""
