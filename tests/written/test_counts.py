"""Whole numbers as people write them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from batchmark.errors import BatchmarkError
from batchmark.written.counts import parse_count


@pytest.mark.parametrize(("value", "number"), [("12", 12), (" 7 ", 7), ("007", 7), (3, 3), ("0", 0)])
def test_whole_numbers_are_read_as_texts_and_as_numbers(value: object, number: int) -> None:
    assert parse_count(value, "--turns") == number


@pytest.mark.parametrize(
    "value", ["", "many", "1.5", "-1", "+1", "1e3", "1_0", "\N{ARABIC-INDIC DIGIT FIVE}", True, 1.0]
)
def test_anything_else_is_refused_in_one_line(value: object) -> None:
    with pytest.raises(BatchmarkError, match=r"^--turns is .*; expected a whole number from 0$"):
        parse_count(value, "--turns")


@given(st.integers(0, 10**17), st.integers(0, 10**17), st.integers(0, 10**17))
def test_bounds_hold_and_are_told(value: int, least: int, most: int) -> None:
    if least <= value <= most:
        assert parse_count(str(value), "--seed", least=least, most=most) == value
    else:
        with pytest.raises(BatchmarkError, match=f"expected a whole number from {least} to {most:,}$"):
            parse_count(str(value), "--seed", least=least, most=most)
