"""Saved searches and saved matches: what turned since, told once for each cause."""
