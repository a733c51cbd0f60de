"""Who may do what in review, in what departments decide at once, and with claims."""

from app.auth.rules import Row
from app.auth.scopes import Scope
from app.auth.who import Who
from app.listing.claim_queries import CLAIM, CLAIM_READERS
from app.listing.rules import Action, states_of, who_may
from app.listing.targets import ACCREDITATION, DRAFT_READERS, PLATFORM, PUBLIC_PLATFORM
from app.models.listing import ClaimState, ListingState

_STATES = tuple(state for state in ListingState if state is not ListingState.RETIRED)
_SPEAKERS = (Who.EDITOR, Who.REVIEWER, Who.PUBLISHER)
_READ, _WRITE, _REVIEW = Scope.PLATFORM_READ, Scope.PLATFORM_WRITE, Scope.REVIEW
_PUBLISHER, _REVIEWER = (Who.PUBLISHER,), (Who.REVIEWER,)
_DECIDING = (Action.REQUEST_CHANGES, Action.APPROVE)


def _step(operation: str, action: Action, key: Scope) -> Row:
    return Row(operation, who_may(action), PLATFORM, DRAFT_READERS, key, states_of(action))


ROWS = (
    Row("get_submission", DRAFT_READERS, PLATFORM, key=_READ),
    _step("create_submission", Action.SUBMIT, _WRITE),
    _step("delete_submission", Action.WITHDRAW, _WRITE),
    Row("list_reviews", (Who.SIGNED_IN,), key=_REVIEW),
    Row("create_decision", _REVIEWER, PLATFORM, DRAFT_READERS, _REVIEW, states_of(*_DECIDING)),
    _step("create_publication", Action.PUBLISH, _REVIEW),
    Row("list_comments", DRAFT_READERS, PLATFORM, key=_READ),
    Row("get_comment", DRAFT_READERS, PLATFORM, key=_READ),
    Row("create_comment", _SPEAKERS, PLATFORM, DRAFT_READERS, _WRITE, _STATES),
    Row("update_comment", _SPEAKERS, PLATFORM, DRAFT_READERS, _WRITE, _STATES),
    _step("create_retirement", Action.RETIRE, _WRITE),
    Row("list_suspensions", DRAFT_READERS, PLATFORM, key=_READ),
    Row("create_suspension", _PUBLISHER, PLATFORM, DRAFT_READERS, _REVIEW, _STATES),
    Row("delete_suspension", _PUBLISHER, PLATFORM, DRAFT_READERS, _REVIEW, _STATES),
    Row("get_recognition", DRAFT_READERS, PLATFORM, key=_READ),
    Row("set_recognition", _PUBLISHER, PLATFORM, DRAFT_READERS, _REVIEW, _STATES),
    Row("get_verification", DRAFT_READERS, ACCREDITATION, key=_READ),
    Row("set_verification", _REVIEWER, ACCREDITATION, DRAFT_READERS, _REVIEW, _STATES),
    Row("create_claim", (Who.SIGNED_IN,), PUBLIC_PLATFORM, key=_WRITE),
    Row("list_claims", (Who.SIGNED_IN,), key=_READ),
    Row("get_claim", CLAIM_READERS, CLAIM, key=_READ),
    Row("decide_claim", _PUBLISHER, CLAIM, CLAIM_READERS, _REVIEW, (ClaimState.OPEN,)),
    Row("delete_claim", (Who.OWNER,), CLAIM, CLAIM_READERS, _WRITE, (ClaimState.OPEN,)),
)
