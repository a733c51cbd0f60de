"""Proving Ground: from the test a research result needs, to the platform that may lawfully run it."""

__version__ = "0.1.0"
