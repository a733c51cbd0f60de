"""The policy table: one row for every operation of the OpenAPI document. It is the only source of rights.

Each domain has its rows in its own `policy.py`; here they are gathered. `app.auth.enforce` applies the table,
`docs/policy.md` shows it.
"""

from collections.abc import Mapping

from app.accounts import policy as accounts
from app.assessment import policy as assessment
from app.audit import policy as audit
from app.auth.rules import Row
from app.auth.who import Who
from app.calls import policy as calls
from app.catalogue import policy as catalogue
from app.demand import policy as demand
from app.jobs import policy as jobs
from app.listing import draft_policy as drafts
from app.listing import review_policy as review
from app.membership import policy as membership
from app.notices import policy as notices
from app.pool import policy as pool
from app.releases import policy as releases
from app.results import policy as results
from app.runs import policy as runs
from app.watches import policy as watches
from app.webhooks import policy as webhooks

PUBLIC_OPERATIONS = (
    "check_scope_lines",
    "draw_needs",
    "get_accreditation",
    "get_capability_term",
    "get_equipment_template",
    "get_field",
    "get_health",
    "get_platform",
    "get_readiness",
    "get_region",
    "get_scope_line",
    "get_scope_line_template",
    "get_service",
    "get_service_template",
    "get_standard",
    "list_changes",
    "list_capability_terms",
    "list_fields",
    "list_platforms",
    "list_regions",
    "list_scope_lines",
    "list_scope_lines_of_platform",
    "list_service_functions",
    "list_services",
    "list_standards",
    "match_result",
    "search_catalogue",
    "suggest_completions",
)
"""The published catalogue, its vocabularies, matching and the health of the process need no account."""


def gather(*groups: tuple[Row, ...]) -> Mapping[str, Row]:
    """Return the rows by operation id. Raises ValueError for an operation with two rows."""
    table: dict[str, Row] = {}
    for row in (row for group in groups for row in group):
        if row.operation in table:
            raise ValueError(f"two rows for the operation {row.operation}")
        table[row.operation] = row
    return table


TABLE = gather(
    tuple(Row(operation, (Who.ANYONE,)) for operation in PUBLIC_OPERATIONS),
    accounts.ROWS,
    membership.ROWS,
    audit.ROWS,
    releases.ROWS,
    drafts.ROWS,
    review.ROWS,
    jobs.ROWS,
    notices.ROWS,
    demand.ROWS,
    watches.ROWS,
    pool.ROWS,
    catalogue.ROWS,
    calls.ROWS,
    results.ROWS,
    assessment.ROWS,
    runs.ROWS,
    webhooks.ROWS,
)
