"""How platforms list themselves: drafts, review, publication, suspension and claims."""
