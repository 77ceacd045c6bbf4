"""When something was stored, and sweeps in that order."""

from collections.abc import Iterable
from datetime import UTC, datetime

from batchmark.files.brief import BriefSweep

NEVER = datetime.min.replace(tzinfo=UTC)
"""Of what has no date that can be read: older than all that has one."""


def when_stored(sweep: BriefSweep) -> datetime:
    """Return when it was stored, in UTC."""
    return when_of(sweep.datetime)


def when_of(written: str) -> datetime:
    """Return a time in UTC, `written` as ISO 8601; without a time zone, as older files have it, it is UTC."""
    try:
        when = datetime.fromisoformat(written)
        return when.astimezone(UTC) if when.tzinfo else when.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        return NEVER


def newest_first(sweeps: Iterable[BriefSweep]) -> list[BriefSweep]:
    """Return sweeps in the order of when they were stored, the newest first and what has no date last."""
    return sorted(sweeps, key=when_stored, reverse=True)
