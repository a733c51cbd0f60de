"""Matches that are kept: runs, what changed since, what people say of them, and the data tasks that follow."""
