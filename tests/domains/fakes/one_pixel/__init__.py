"""A domain for tests of the pool."""
