"""The room of python-pptx programs."""
