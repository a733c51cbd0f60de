"""The life of a revision. Pure."""

from app.models.listing import ListingState

EDITABLE = frozenset({ListingState.DRAFT, ListingState.CHANGES_REQUESTED, ListingState.PUBLISHED})
"""States in which a platform can be edited; an edit of a published one opens the draft of the next revision."""
