"""The trusted painter: pixels, and what is left of each mark in the end."""
