"""Small helpers that know no domain: paging, languages, identifiers, the business day."""
