"""Bringing in many rows from a file, outside requests: the jobs, their worker, their reports."""
