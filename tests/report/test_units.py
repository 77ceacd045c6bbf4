"""Numbers as people read them."""

import math

import pytest

from batchmark.records import Estimate
from batchmark.report.units import enumeration, number_with_interval, percent, rate, seconds, seconds_with_interval


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (302.92, "303 s"),
        (12.34, "12.3 s"),
        (1.0, "1.00 s"),
        (0.99999, "1.00 s"),
        (0.9989, "999 ms"),
        (0.00421, "4.21 ms"),
        (9.996e-4, "1.00 ms"),
        (213e-9, "213 ns"),
        (2e-12, "0.00200 ns"),
        (0.0, "0 ns"),
        (math.nan, "-"),
        (math.inf, "-"),
    ],
)
def test_seconds_take_the_unit_that_leaves_three_digits(value: float, text: str) -> None:
    assert seconds(value) == text


def test_an_interval_is_in_its_values_unit_with_its_values_decimals() -> None:
    assert seconds_with_interval(Estimate(0.98e-3, 0.91e-3, 1.23e-3, 0.95, 12)) == ("980 µs", "[910, 1230]")
    assert seconds_with_interval(Estimate(4.2e-3, None, None, 0.95, 3)) == ("4.20 ms", "-")
    assert number_with_interval(Estimate(4.0, 3.95, 12.0, 0.95, 12)) == ("4.00", "[3.95, 12.00]")
    assert number_with_interval(Estimate(1.0, 0.98, 1.02, 0.95, 12), decimals=3) == ("1.000", "[0.980, 1.020]")
    assert number_with_interval(Estimate(math.nan, None, None, 0.95, 0)) == ("-", "-")


@pytest.mark.parametrize(
    ("value", "text"), [(118_765.4, "118,765"), (767.2, "767"), (9.996, "10.0"), (3.14159, "3.14"), (math.nan, "-")]
)
def test_rates_have_separated_thousands(value: float, text: str) -> None:
    assert rate(value) == text


@pytest.mark.parametrize(
    ("share", "text"), [(0.021, "2.1 %"), (0.95, "95 %"), (0.05, "5 %"), (0.1234, "12 %"), (-0.0823, "-8.2 %")]
)
def test_shares_are_percent(share: float, text: str) -> None:
    assert percent(share) == text


def test_a_signed_share_says_which_way() -> None:
    assert percent(0.12, signed=True) == "+12 %"


def test_an_enumeration_reads_like_a_sentence() -> None:
    assert [enumeration(list(letters)) for letters in ("a", "ab", "abc")] == ["a", "a and b", "a, b and c"]
