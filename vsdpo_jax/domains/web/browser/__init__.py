"""A contained Chromium: found, started, watched and ended."""
