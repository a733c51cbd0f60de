"""Who may do what in assessment.

An expert acts for oneself; the people of the call assign and decide; the department sees all, and recalls.
"""

from app.assessment.targets import (
    ASSESSED,
    ASSIGNMENT_KIND,
    EXPERT,
    JUDGED,
    OVERSEEN,
    OVERSEEN_ASSIGNMENT,
    PEOPLE,
)
from app.auth.rules import Row
from app.auth.scopes import Scope
from app.auth.who import Who
from app.calls.targets import CALL_OVERSIGHT, CALL_PEOPLE, CALL_TARGET, OVERSEERS
from app.models import ResultState

_READ, _WRITE = Scope.ASSESSMENT_READ, Scope.ASSESSMENT_WRITE
_SELF, _ANYONE = (Who.SELF,), (Who.ANYONE,)
_EXPERT_READERS = (Who.SELF, Who.DEPARTMENT, Who.ADMIN)
_ASSIGNABLE = (ResultState.SUBMITTED, ResultState.UNDER_ASSESSMENT)
_UNDER_ASSESSMENT = (ResultState.UNDER_ASSESSMENT,)
_DECIDED = (ResultState.POOLED, ResultState.RETURNED, ResultState.DECLINED)
_OWNERS_TOO = (Who.VIEWER, *PEOPLE)

ROWS = (
    Row("get_expert_profile", _EXPERT_READERS, EXPERT, key=_READ),
    Row("set_expert_profile", _SELF, EXPERT, _EXPERT_READERS, _WRITE),
    Row("list_expert_conflicts", _EXPERT_READERS, EXPERT, key=_READ),
    Row("create_expert_conflict", _SELF, EXPERT, _EXPERT_READERS, _WRITE),
    Row("delete_expert_conflict", _SELF, EXPERT, _EXPERT_READERS, _WRITE),
    Row("list_call_experts", CALL_PEOPLE, CALL_TARGET, _ANYONE, _READ),
    Row("propose_assignments", CALL_PEOPLE, CALL_TARGET, _ANYONE, _READ),
    Row("create_assignments", CALL_PEOPLE, CALL_TARGET, _ANYONE, _WRITE),
    Row("list_call_assignments", CALL_PEOPLE, CALL_OVERSIGHT, _ANYONE, _READ),
    Row("add_assignment", PEOPLE, ASSESSED, _OWNERS_TOO, _WRITE, _ASSIGNABLE),
    Row("list_my_assignments", (Who.SIGNED_IN,), key=_READ),
    Row("get_assignment", JUDGED, OVERSEEN_ASSIGNMENT, key=_READ),
    Row("get_assigned_result", _SELF, OVERSEEN_ASSIGNMENT, JUDGED, _READ),
    Row("recuse_assignment", _SELF, OVERSEEN_ASSIGNMENT, JUDGED, _WRITE, _UNDER_ASSESSMENT),
    Row("release_assignment", PEOPLE, ASSIGNMENT_KIND, JUDGED, _WRITE, _UNDER_ASSESSMENT),
    Row("get_evaluation", _SELF, OVERSEEN_ASSIGNMENT, JUDGED, _READ),
    Row("create_evaluation", _SELF, OVERSEEN_ASSIGNMENT, JUDGED, _WRITE, _UNDER_ASSESSMENT),
    Row("update_evaluation", _SELF, OVERSEEN_ASSIGNMENT, JUDGED, _WRITE, _UNDER_ASSESSMENT),
    Row("get_assessment", PEOPLE, OVERSEEN, _OWNERS_TOO, _READ),
    # For the owners of a result, by `app.disclosure`: co-owners are among them.
    Row("list_result_decisions", (Who.SIGNED_IN,), key=_READ),
    Row("create_result_decision", PEOPLE, ASSESSED, _OWNERS_TOO, _WRITE, _UNDER_ASSESSMENT),
    Row("recall_decision", OVERSEERS, OVERSEEN, _OWNERS_TOO, _WRITE, _DECIDED),
)
