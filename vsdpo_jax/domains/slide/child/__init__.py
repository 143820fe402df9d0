"""Beside the program: runs it and tells which call made and changed which shape."""
