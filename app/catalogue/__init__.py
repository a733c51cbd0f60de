"""Finding things in the published catalogue: search, facets and suggestions."""
