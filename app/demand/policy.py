"""Who may ask for demand: of a platform its people and the department that is competent for it; of a region its
departments, which the use case looks at: which duties there are decides what is counted.
"""

from app.auth.rules import Row
from app.auth.scopes import Scope
from app.auth.who import Who
from app.listing.targets import PUBLIC_PLATFORM

ROWS = (
    Row(
        "get_platform_demand",
        (Who.VIEWER, Who.REVIEWER, Who.PUBLISHER),
        PUBLIC_PLATFORM,
        (Who.SIGNED_IN,),
        Scope.RESULT_READ,
    ),
    Row("list_unmet_demand", (Who.SIGNED_IN,), key=Scope.REVIEW),
)
