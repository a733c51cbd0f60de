"""What each notification says, in Chinese and English. Pure.

The words in braces are the keys of its payload: each a text, a number, or `{"zh", "en"}`. Everybody may know them.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from string import Formatter
from typing import Any

from app.kit.i18n import Lang, Localized

_ABSENT = "—"
_parse = Formatter().parse


class NoticeType(StrEnum):
    """What a notification can be about. A type that was ever given is never taken away: old ones stay readable."""

    CALL_OPENED = "call_opened"
    CALL_CANCELLED = "call_cancelled"
    RESULT_SUBMITTED = "result_submitted"
    RESULT_WITHDRAWN = "result_withdrawn"
    RESULT_DECIDED = "result_decided"
    RESULT_RECALLED = "result_recalled"
    EVALUATION_ASSIGNED = "evaluation_assigned"
    EVALUATION_DUE = "evaluation_due"
    EVALUATION_RECUSED = "evaluation_recused"
    EVALUATIONS_COMPLETE = "evaluations_complete"
    EVALUATIONS_DISAGREE = "evaluations_disagree"
    ACCESS_REQUESTED = "access_requested"
    ACCESS_DECIDED = "access_decided"
    ACCESS_REVOKED = "access_revoked"
    PROJECT_STAGE_CHANGED = "project_stage_changed"
    FEEDBACK_GIVEN = "feedback_given"
    DATA_TASK_OPENED = "data_task_opened"
    DATA_TASK_CLOSED = "data_task_closed"
    DEMAND_APPEARED = "demand_appeared"
    MATCH_ALERT = "match_alert"
    SEARCH_ALERT = "search_alert"
    WEBHOOK_DISABLED = "webhook_disabled"


@dataclass(frozen=True)
class Wording:
    """Title and body of one type; both languages use the same keys."""

    title: Localized
    body: Localized

    @property
    def keys(self) -> frozenset[str]:
        """Return the keys that the payload must have."""
        texts = (self.title.zh, self.title.en or "", self.body.zh, self.body.en or "")
        return frozenset(name for text in texts for _, name, _, _ in _parse(text) if name)


@dataclass(frozen=True)
class Rendered:
    """A notification as it is read."""

    title: Localized
    body: Localized


def _says(title_zh: str, title_en: str, body_zh: str, body_en: str) -> Wording:
    return Wording(Localized(zh=title_zh, en=title_en), Localized(zh=body_zh, en=body_en))


WORDING: Mapping[NoticeType, Wording] = {
    NoticeType.CALL_OPENED: _says(
        "征集开始：{call}",
        "Call open: {call}",
        "“{call}”现在接受成果申报，截止日期 {closes_on}。",
        "“{call}” takes results from now on, until {closes_on}.",
    ),
    NoticeType.CALL_CANCELLED: _says(
        "征集取消：{call}",
        "Call cancelled: {call}",
        "“{call}”已取消，不再接受申报；已申报的成果不受其他影响。",
        "“{call}” was cancelled and takes no more results. Those submitted stay with their owners.",
    ),
    NoticeType.RESULT_SUBMITTED: _says(
        "收到成果：{title}",
        "Result submitted: {title}",
        "成果“{title}”已申报到“{call}”，等待安排评议。",
        "“{title}” was submitted to “{call}” and waits for its evaluation.",
    ),
    NoticeType.RESULT_WITHDRAWN: _says(
        "成果撤回：{title}",
        "Result withdrawn: {title}",
        "成果“{title}”已由申报单位撤回，相关评议结束。",
        "Its owner withdrew “{title}”; its evaluation ends here.",
    ),
    NoticeType.RESULT_DECIDED: _says(
        "成果评议结论：{decision}",
        "Decision on a result: {decision}",
        "成果“{title}”的结论为：{decision}。理由请在成果页面查看。",
        "The decision on “{title}”: {decision}. Its reasons are with the result.",
    ),
    NoticeType.RESULT_RECALLED: _says(
        "结论被主管部门收回：{title}",
        "Decision recalled: {title}",
        "主管部门收回了关于成果“{title}”的结论，将重新处理。",
        "The department recalled the decision on “{title}”; it will be decided anew.",
    ),
    NoticeType.EVALUATION_ASSIGNED: _says(
        "新的评议任务",
        "An evaluation for you",
        "请您评议成果“{title}”，截止日期 {due_on}。如有利益冲突，请及时申请回避。",
        "Please evaluate “{title}” by {due_on}. If you have a conflict of interest, recuse yourself soon.",
    ),
    NoticeType.EVALUATION_DUE: _says(
        "评议即将到期",
        "An evaluation is due",
        "成果“{title}”的评议将于 {due_on} 截止，您尚未提交。",
        "Your evaluation of “{title}” is due on {due_on} and was not submitted yet.",
    ),
    NoticeType.EVALUATION_RECUSED: _says(
        "专家回避：{title}",
        "An expert recused: {title}",
        "一位专家回避了成果“{title}”的评议，已重新指派或需要您处理。",
        "An expert recused from “{title}”; another was assigned, or one is needed from you.",
    ),
    NoticeType.EVALUATIONS_COMPLETE: _says(
        "评议完成：{title}",
        "Evaluations complete: {title}",
        "成果“{title}”的评议已全部提交，可以作出决定。",
        "All evaluations of “{title}” are in; it can be decided.",
    ),
    NoticeType.EVALUATIONS_DISAGREE: _says(
        "专家意见分歧：{title}",
        "Experts disagree: {title}",
        "专家对成果“{title}”的评分差距超过规定限度，需要增加一位专家。",
        "The scores of “{title}” differ by more than the stated bound; one more expert is asked for.",
    ),
    NoticeType.ACCESS_REQUESTED: _says(
        "查阅申请：{title}",
        "Access requested: {title}",
        "“{organisation}”申请查阅成果“{title}”的非公开内容，请同意或拒绝。",
        "“{organisation}” asks to read more of “{title}”. Please grant or refuse.",
    ),
    NoticeType.ACCESS_DECIDED: _says(
        "查阅申请结果：{decision}",
        "Your request for access: {decision}",
        "您对成果“{title}”的查阅申请结果：{decision}。",
        "Your request to read more of “{title}”: {decision}.",
    ),
    NoticeType.ACCESS_REVOKED: _says(
        "查阅权限终止：{title}",
        "Access ended: {title}",
        "您对成果“{title}”非公开内容的查阅权限已终止。",
        "You may no longer read the non-public parts of “{title}”.",
    ),
    NoticeType.PROJECT_STAGE_CHANGED: _says(
        "项目进展：{title}",
        "Project stage: {title}",
        "项目“{title}”进入阶段：{stage}。",
        "“{title}” is now at the stage: {stage}.",
    ),
    NoticeType.FEEDBACK_GIVEN: _says(
        "匹配反馈：{platform}",
        "Feedback on a match: {platform}",
        "有人对“{platform}”的匹配结果给出反馈：{feedback}。您可以答复。",
        "A match with “{platform}” got the feedback: {feedback}. You may answer.",
    ),
    NoticeType.DATA_TASK_OPENED: _says(
        "数据质量任务：{platform}",
        "Data-quality task: {platform}",
        "有用户指出“{platform}”的一项匹配判断有误，请核对其能力数据。",
        "A user says that a verdict about “{platform}” is wrong; please check the data behind it.",
    ),
    NoticeType.DATA_TASK_CLOSED: _says(
        "数据质量任务已处理：{platform}",
        "Data-quality task closed: {platform}",
        "关于“{platform}”的数据质量任务已处理：{outcome}。",
        "The data-quality task about “{platform}” is closed: {outcome}.",
    ),
    NoticeType.DEMAND_APPEARED: _says(
        "新的需求：{platform}",
        "New demand: {platform}",
        "有 {count} 个项目或成果的需求与“{platform}”的能力相符或接近。",
        "The needs of {count} projects or results are met, or nearly met, by “{platform}”.",
    ),
    NoticeType.MATCH_ALERT: _says(
        "匹配变化：{name}",
        "A match changed: {name}",
        "您保存的匹配“{name}”有变化：{change}。",
        "Your saved match “{name}” changed: {change}.",
    ),
    NoticeType.SEARCH_ALERT: _says(
        "检索有新结果：{name}",
        "New search results: {name}",
        "您保存的检索“{name}”有 {count} 条新结果。",
        "Your saved search “{name}” has new results: {count}.",
    ),
    NoticeType.WEBHOOK_DISABLED: _says(
        "Webhook 已停用：{host}",
        "Webhook disabled: {host}",
        "发往 {host} 的 webhook 已停用，原因：{reason}。修复后请重新启用，期间的事件不会补发。",
        "The webhook to {host} was disabled: {reason}. Enable it again when it is mended; "
        "what happened meanwhile is not sent later.",
    ),
}


def missing_keys(kind: NoticeType, payload: Mapping[str, Any]) -> list[str]:
    """Return the keys that the wording of the type needs and the payload lacks."""
    return sorted(WORDING[kind].keys - payload.keys())


def render(kind: NoticeType, payload: Mapping[str, Any]) -> Rendered:
    """Return the words of a notification; what the payload lacks is shown as a dash."""
    wording = WORDING[kind]
    return Rendered(_filled(wording.title, payload), _filled(wording.body, payload))


def _filled(text: Localized, payload: Mapping[str, Any]) -> Localized:
    return Localized(zh=_fill(text.in_lang("zh"), "zh", payload), en=_fill(text.in_lang("en"), "en", payload))


def _fill(template: str, lang: Lang, payload: Mapping[str, Any]) -> str:
    parts = []
    for before, name, _, _ in _parse(template):
        parts.append(before)
        if name is not None:
            parts.append(_value(payload.get(name), lang))
    return "".join(parts)


def _value(value: Any, lang: Lang) -> str:
    if isinstance(value, Mapping):
        other: Lang = "en" if lang == "zh" else "zh"
        value = value.get(lang) or value.get(other)
    return _ABSENT if value is None else str(value)
