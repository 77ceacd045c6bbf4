"""Numbers as people write them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from batchmark.errors import BatchmarkError
from batchmark.written.numbers import parse_number, parse_numbers


@pytest.mark.parametrize(
    ("value", "number"), [("0.95", 0.95), (" .02 ", 0.02), ("1e-3", 0.001), ("-0.4", -0.4), ("5.", 5.0), (3, 3.0)]
)
def test_numbers_are_read_as_texts_and_as_numbers(value: object, number: float) -> None:
    assert parse_number(value, "--quality") == number


@pytest.mark.parametrize(
    "value", ["", "nan", "inf", "-inf", "1e999", "0x1", "1_0", "95%", "1,5", "--1", True, None, float("nan")]
)
def test_anything_else_is_refused_in_one_line(value: object) -> None:
    with pytest.raises(BatchmarkError, match=r"^--quality is .*; expected a number, as 0.95$"):
        parse_number(value, "--quality")


@pytest.mark.parametrize("value", ["0", "-0.01", "0.0", "nan"])
def test_what_has_to_be_above_a_bound_is(value: str) -> None:
    with pytest.raises(BatchmarkError, match=r"^--rates is .*; expected a number above 0, as 0.01$"):
        parse_number(value, "--rates", above=0.0)


def test_several_are_sorted_and_each_is_there_once() -> None:
    assert parse_numbers("0.02, .005,0.01,2e-2,", "--rates") == (0.005, 0.01, 0.02)


@pytest.mark.parametrize("text", ["", ",", "0.01,0", "0.01,-0.02", "0.01;0.02", "0.01,nan"])
def test_a_list_with_something_else_is_refused(text: str) -> None:
    with pytest.raises(BatchmarkError, match=r"^--rates is .*; expected (a number|numbers) above 0"):
        parse_numbers(text, "--rates")


@given(st.lists(st.floats(1e-9, 1e9), min_size=1))
def test_what_is_written_is_what_is_read(numbers: list[float]) -> None:
    written = ",".join(f"{number:.12g}" for number in numbers)
    assert parse_numbers(written, "--rates") == tuple(sorted({float(f"{number:.12g}") for number in numbers}))
