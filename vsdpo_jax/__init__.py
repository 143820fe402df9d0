"""Visual-SDPO in JAX: train models to write code whose picture is right. Start with train.py."""

__version__ = "0.1.0"
