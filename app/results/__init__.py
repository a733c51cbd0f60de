"""Research results: what they say in versions, who may read what, where they stand."""
