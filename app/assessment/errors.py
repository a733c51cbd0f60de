"""Errors of assessment."""

from app.errors import Conflict, NotFound
from app.kit.i18n import Localized


class AssignmentNotFound(NotFound):
    """No assignment that may be seen has this id."""

    code = "assignment-not-found"
    title = Localized(zh="没有这项评议任务", en="There is no such assignment")


class EvaluationNotFound(NotFound):
    """The assignment has no evaluation yet."""

    code = "evaluation-not-found"
    title = Localized(zh="尚未提交评议意见", en="No evaluation has been submitted yet")


class ExpertConflictNotFound(NotFound):
    """The expert has made no such declaration."""

    code = "expert-conflict-not-found"
    title = Localized(zh="没有这项利益冲突声明", en="There is no such declaration of a conflict")


class AssignmentInfeasible(Conflict):
    """Not every result can have its experts; `errors` says for each which constraint binds."""

    code = "assignment-infeasible"
    title = Localized(zh="无法为全部成果指派专家", en="Not every result can have its experts")


class ExpertNotEligible(Conflict):
    """The expert may not judge the result; `errors` names the constraint."""

    code = "expert-not-eligible"
    title = Localized(zh="该专家不能评议这项成果", en="The expert may not judge this result")


class AlreadyAssigned(Conflict):
    """The expert judges this version already."""

    code = "already-assigned"
    title = Localized(zh="该专家已在评议这项成果", en="The expert judges this result already")


class StillNeeded(Conflict):
    """Without this expert the result would have too few, or none for one of its fields."""

    code = "expert-still-needed"
    title = Localized(
        zh="移除后专家人数不足或学科未被覆盖，请先增加另一位专家",
        en="Too few experts would be left, or a field without one: add another first",
    )


class AlreadyEvaluated(Conflict):
    """The evaluation was submitted; it is corrected by an edit."""

    code = "already-evaluated"
    title = Localized(
        zh="已提交评议意见，请用修改接口更正", en="The evaluation is in already: edit it instead"
    )


class EvaluationClosed(Conflict):
    """All evaluations are in: none can be changed any more."""

    code = "evaluation-closed"
    title = Localized(
        zh="全部评议意见已提交，不能再修改", en="All evaluations are in; none can be changed any more"
    )


class EvaluationsOutstanding(Conflict):
    """Somebody has still to judge, or nobody was asked."""

    code = "evaluations-outstanding"
    title = Localized(
        zh="评议意见尚未全部提交，不能作出决定", en="Not all evaluations are in: it cannot be decided yet"
    )
