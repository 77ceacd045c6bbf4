"""When a sweep was stored: zones, and dates that can't be read."""

from datetime import UTC, datetime

import pytest

from batchmark.files.brief import BriefSweep, Work
from batchmark.studies.stored.shown import shown
from batchmark.studies.stored.when import NEVER, newest_first, when_stored


def _stored(when: str) -> BriefSweep:
    return BriefSweep(when, {}, {"blobs": Work(1, 500, None)}, {}, when)


@pytest.mark.parametrize("when", ["2026-01-04T16:00:00", "2026-01-04 16:00:00+00:00", "2026-01-05T01:00:00+09:00"])
def test_a_time_is_told_in_utc_and_is_utc_where_it_names_no_zone(when: str) -> None:
    assert when_stored(_stored(when)) == datetime(2026, 1, 4, 16, tzinfo=UTC)


@pytest.mark.parametrize("when", ["yesterday", "", "0001-01-01T00:00:00+09:00"])
def test_what_is_no_date_is_older_than_all(when: str) -> None:
    assert when_stored(_stored(when)) == NEVER


def test_the_newest_is_so_by_its_time_and_not_by_how_it_is_written() -> None:
    times = ["yesterday", "2026-01-05T01:00:00+09:00", "2026-01-04 23:00:00+00:00", "2026-01-04T20:00:00"]
    order = [each.name for each in newest_first(map(_stored, times))]
    assert order == [times[2], times[3], times[1], times[0]]
    parts = shown([_stored(each) for each in times], dict.fromkeys(times, "here"))
    assert [each.name for each in parts if each.is_newest] == [times[2]]
