"""Assessment of results: experts and their conflicts, assignment, blind evaluation, decision and recall."""
