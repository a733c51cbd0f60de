"""Who may read the audit trail: the owner and the competent department."""

from app.auth.rules import Row
from app.auth.scopes import Scope
from app.auth.who import Who
from app.listing.targets import DRAFT_READERS, PLATFORM
from app.membership.policy import ORGANISATION, ORGANISATION_READERS

ROWS = (
    Row(
        "list_audit_of_platform",
        (Who.OWNER, Who.REVIEWER, Who.PUBLISHER, Who.ADMIN),
        PLATFORM,
        DRAFT_READERS,
        Scope.PLATFORM_READ,
    ),
    Row(
        "list_audit_of_organisation",
        (Who.OWNER, Who.DEPARTMENT, Who.ADMIN),
        ORGANISATION,
        ORGANISATION_READERS,
        Scope.ORGANISATION_READ,
    ),
)
