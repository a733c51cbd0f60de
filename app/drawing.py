"""Every state machine as a page: `proving states` prints them."""

from collections.abc import Callable, Mapping

from app.listing import drawing as listing
from app.pool import drawing as pool
from app.results import drawing as results

PAGES: Mapping[str, Callable[[], str]] = {
    "listing-states": listing.states_page,
    "project-stages": pool.stages_page,
    "result-states": results.states_page,
}
"""By the name of the file in docs/ that it is kept in."""
