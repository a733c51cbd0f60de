"""Calls for results (征集): who calls, for what, by when, and by which rubric results are judged."""
