"""Slides: python-pptx programs, rendered decks, shapes traced to calls."""
