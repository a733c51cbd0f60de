"""Matching read the other way round: which results wait for what a platform can do, and what nobody can do."""
