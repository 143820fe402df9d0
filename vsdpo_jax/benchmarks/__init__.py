"""Published benchmarks, scored faithfully, fast and safely. docs/benchmarks.md is the contract.

A benchmark is a folder with a ``benchmark.py`` that holds ``BENCHMARK``, a ``base.Benchmark``.
Nothing outside a folder names its benchmark. What runs a program is a room: a package with a
``domain.py``, so that the render pool of the domains runs it too.
"""
