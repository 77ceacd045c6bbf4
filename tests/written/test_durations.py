"""Times as people write them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from batchmark.errors import BatchmarkError
from batchmark.written.durations import format_seconds, parse_seconds


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("60", 60),
        (90, 90),
        (2.5, 2.5),
        ("60s", 60),
        (" 60 s", 60),
        ("2min", 120),
        ("1.5m", 90),
        ("0.5 h", 1800),
        ("90sec", 90),
    ],
)
def test_seconds_minutes_and_hours(text: object, seconds: float) -> None:
    assert parse_seconds(text, "--budget") == seconds


@pytest.mark.parametrize(
    "text",
    [
        True,
        0,
        -1.0,
        float("nan"),
        float("inf"),
        10**400,
        None,
        "",
        "0",
        "0s",
        "-1s",
        "1 day",
        "s",
        "1e400",
        "nan",
        "60 s s",
    ],
)
def test_anything_else_is_refused_with_an_example(text: object) -> None:
    with pytest.raises(BatchmarkError, match=r"--budget is .*; expected a time above 0 as in 60s or 2min"):
        parse_seconds(text, "--budget")


@given(st.integers(1, 999_999_999_999).map(lambda microseconds: microseconds / 1e6))
def test_what_is_printed_reads_as_the_same(seconds: float) -> None:
    assert parse_seconds(format_seconds(seconds), "--budget") == pytest.approx(seconds, abs=1e-6)


@given(st.integers(1, 999_999), st.sampled_from([("", 1), ("s", 1), ("sec", 1), ("min", 60), ("m", 60), ("h", 3600)]))
def test_every_whole_number_of_every_unit_is_exact(number: int, unit: tuple[str, int]) -> None:
    assert parse_seconds(f"{number}{unit[0]}", "--budget") == number * unit[1]
    assert parse_seconds(f"{number} {unit[0]}", "--budget") == number * unit[1]


@given(st.text(max_size=12))
def test_whatever_is_typed_is_a_time_above_0_or_an_error_of_one_line(text: str) -> None:
    try:
        assert parse_seconds(text, "--budget") > 0
    except BatchmarkError as refused:
        assert "\n" not in str(refused)  # noqa: PT017  either outcome is right
