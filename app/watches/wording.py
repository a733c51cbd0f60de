"""What alerts and their mails say, in Chinese and English. Pure."""

from collections.abc import Sequence

from app.kit.i18n import Localized
from app.notices.post import Letter

PLATFORM_GONE = Localized(zh="该平台不再公开", en="the platform is no longer public")
PLATFORM_SUSPENDED = Localized(zh="该平台在该日期被暂停", en="the platform is suspended on the date")

_KINDS = {
    "services": Localized(zh="服务", en="service"),
    "platforms": Localized(zh="平台", en="platform"),
    "projects": Localized(zh="项目", en="project"),
}
_MOST_LINES = 20


def need_met(number: int, platform: Localized) -> Localized:
    """Say that a need is met now; needs are named by their place, for their words may be confidential."""
    return Localized(
        zh=f"第 {number} 项需求现在可由“{platform.zh}”满足",
        en=f"Need {number} is now met by “{platform.in_lang('en')}”",
    )


def need_lost(number: int, platform: Localized | None, why: Localized) -> Localized:
    """Say that nobody meets a need any more, and what became of who met it."""
    if platform is None:
        return Localized(
            zh=f"第 {number} 项需求不再有平台满足", en=f"Need {number} is met by nobody any more"
        )
    return Localized(
        zh=f"第 {number} 项需求不再有平台满足，“{platform.zh}”：{why.zh}",
        en=f"Need {number} is met by nobody any more; “{platform.in_lang('en')}”: {why.in_lang('en')}",
    )


def superseded(number: int, successor: str) -> Localized:
    """Say that the standard a need names was replaced."""
    return Localized(
        zh=f"第 {number} 项需求所问的标准已被 {successor} 替代",
        en=f"The standard that need {number} names was replaced by {successor}",
    )


def new_hit(index: str, title: Localized) -> Localized:
    """Say what was found anew, and of what kind it is."""
    kind = _KINDS[index]
    return Localized(
        zh=f"新结果（{kind.zh}）：{title.zh}", en=f"New ({kind.in_lang('en')}): {title.in_lang('en')}"
    )


def summary(details: Sequence[Localized]) -> Localized:
    """Return several changes in one sentence: the first, and how many more."""
    first, more = details[0], len(details) - 1
    if not more:
        return first
    return Localized(zh=f"{first.zh}，另有 {more} 项变化", en=f"{first.in_lang('en')}, and {more} more")


def alert_letter(watch_id: int, name: str, details: Sequence[Localized]) -> Letter:
    """Return the mail of one or several alerts of one saved search or match; `stop_lines` are put to its end."""
    shown = details[:_MOST_LINES]
    lines = [f"- {detail.zh}\n  {detail.in_lang('en')}" for detail in shown]
    if len(details) > len(shown):
        lines.append(f"- …… 共 {len(details)} 项 {len(details)} in all")
    begin = f"您保存的“{name}”有变化：\nWhat you saved as “{name}” changed:\n\n"
    return Letter(f"“{name}”有变化 “{name}” changed", begin + "\n".join(lines) + "\n", watch_id)


def stop_lines(link: str) -> str:
    """Return the last lines of a mail of alerts."""
    return f"\n不再接收（无需登录）To stop it, without an account:\n{link}\n"


STOP_PAGE = """<!doctype html>
<html lang="zh">
<meta charset="utf-8">
<meta name="robots" content="noindex">
<meta name="referrer" content="no-referrer">
<title>停止提醒 Stop alerts</title>
<body style="font-family: sans-serif; margin: 3em auto; max-width: 32em">
<form method="post" action="?token={token}">
<p>不再接收这项提醒？ Stop these alerts?</p>
<button type="submit">停止 Stop</button>
</form>
</body>
</html>
"""

STOPPED = Localized(zh="已停止，不再发送这项提醒", en="Stopped: these alerts are not sent any more")
