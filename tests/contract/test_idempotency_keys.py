"""Every POST that writes honours Idempotency-Key."""

from tests.fixtures.contract import document

ONLY_COMPUTE = {"check_scope_lines", "draw_needs", "match_result", "propose_assignments", "replay_match_run"}
EXCHANGE_CREDENTIALS = {
    "register_account",
    "confirm_account",
    "create_session",
    "refresh_session",
    "end_session",
    "change_password",
    "request_password_reset",
    "complete_password_reset",
}
"""Their tokens are good once, or they answer the same each time anyway. No operation may be added here."""


def test_every_post_takes_the_key_but_those_that_need_none() -> None:
    without = {
        operations["post"]["operationId"]
        for operations in document()["paths"].values()
        if "post" in operations
        and "Idempotency-Key"
        not in {each["name"].title() for each in operations["post"].get("parameters", [])}
    }
    assert without == ONLY_COMPUTE | EXCHANGE_CREDENTIALS
