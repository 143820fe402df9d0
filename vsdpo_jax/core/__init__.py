"""The objective: pure functions of arrays (Eq. 3, 6 and 7). Start with step.py."""
