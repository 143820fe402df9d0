"""A page's text: its elements and its CSS, each with its place. Pure Python; no browser."""
