"""The only place that asks for the time; rules get it as a parameter."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

BUSINESS_ZONE = ZoneInfo("Asia/Shanghai")


def utcnow() -> datetime:
    """Return the present moment, aware, in UTC."""
    return datetime.now(UTC)


def today() -> date:
    """Return the business day in Shanghai, which is what every date in the API means."""
    return datetime.now(BUSINESS_ZONE).date()


def business_day(moment: datetime) -> date:
    """Return the business day in Shanghai on which an aware moment lies."""
    return moment.astimezone(BUSINESS_ZONE).date()
