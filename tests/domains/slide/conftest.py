"""Its folder is where the tests of the rooms find their shared helpers."""
