"""Detectors, content, verdict."""
