"""Who may release. What was released is public.

A release has no object before it is made: the table asks for a duty to publish, and the use case limits the release
to the region and the kinds of platform of that duty.
"""

from app.auth.rules import Row
from app.auth.scopes import Scope
from app.auth.who import Who

READING = (
    "diff_catalogue_releases",
    "get_catalogue_release",
    "get_catalogue_release_lines",
    "get_catalogue_release_page",
    "get_catalogue_release_workbook",
    "get_latest_catalogue_release",
    "list_catalogue_releases",
)
ROWS = (
    Row("create_catalogue_release", (Who.ANY_PUBLISHER,), key=Scope.RELEASE),
    *(Row(operation, (Who.ANYONE,)) for operation in READING),
)
