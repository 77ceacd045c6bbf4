"""Times as people write them."""

import pytest

from batchmark.errors import BatchmarkError
from batchmark.written.durations import parse_seconds


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("60", 60), ("60s", 60), (" 60 s", 60), ("2min", 120), ("1.5m", 90), ("0.5 h", 1800), ("90sec", 90)],
)
def test_seconds_minutes_and_hours(text: str, seconds: float) -> None:
    assert parse_seconds(text, "--budget") == seconds


@pytest.mark.parametrize("text", ["", "0", "0s", "-1s", "1 day", "s", "1e400", "nan", "60 s s"])
def test_anything_else_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(BatchmarkError, match=r"--budget is .*; expected a time above 0 as in 60s or 2min"):
        parse_seconds(text, "--budget")
