"""Errors of match runs, feedback and data tasks."""

from app.errors import Conflict, NotFound
from app.kit.i18n import Localized


class MatchRunNotFound(NotFound):
    """No match run that may be read has this id."""

    code = "match-run-not-found"
    title = Localized(zh="没有这次匹配记录", en="There is no such match run")


class NotReplayable(Conflict):
    """What was asked cannot be asked today; `detail` says what the vocabulary no longer knows."""

    code = "not-replayable"
    title = Localized(
        zh="当时的需求今天已无法理解，不能重新匹配",
        en="The needs of then cannot be understood today; the run cannot be replayed",
    )


class FeedbackNotFound(NotFound):
    """The platform has no such feedback."""

    code = "feedback-not-found"
    title = Localized(zh="没有这条反馈", en="There is no such feedback")


class FeedbackGiven(Conflict):
    """The same person said the same of the same verdict before."""

    code = "feedback-given"
    title = Localized(zh="您已给出过同样的反馈", en="You have given this feedback already")


class AlreadyAnswered(Conflict):
    """The feedback has its answer."""

    code = "feedback-answered"
    title = Localized(zh="该反馈已答复", en="The feedback has been answered already")


class DataTaskNotFound(NotFound):
    """No data task that may be known has this id."""

    code = "data-task-not-found"
    title = Localized(zh="没有这项数据质量任务", en="There is no such data task")
