"""Pages in a real browser, defects traced to elements and to CSS declarations."""
