"""Numbers as people read them."""

import math

import pytest

from batchmark.metrics.metric import Unit
from batchmark.records import Estimate
from batchmark.report.units import (
    enumeration,
    in_unit,
    learning_rate,
    number_with_interval,
    percent,
    rate,
    seconds,
    seconds_with_interval,
    signed_with_interval,
    size_in_bytes,
    size_with_interval,
)


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


def test_a_bound_that_two_turns_give_is_an_order_of_magnitude() -> None:
    wide = Estimate(1.2, 0.001, 3.4e45, 0.95, 2)
    assert number_with_interval(wide) == ("1.20", "[0.00, 3e+45]")
    assert number_with_interval(Estimate(1.0, 0.9, 999_999.5, 0.95, 2), decimals=3) == ("1.000", "[0.900, 1e+06]")
    assert signed_with_interval(Estimate(0.5, -2e8, 2e8, 0.95, 2), decimals=4) == ("+0.5000", "[-2e+08, 2e+08]")


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


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0, "0 bytes"),
        (1, "1 bytes"),
        (1000, "1000 bytes"),
        (1023, "1023 bytes"),
        (1024, "1 KiB"),
        (1536, "1.5 KiB"),
        (1 << 20, "1 MiB"),
        (682 << 20, "682 MiB"),
        (1000 << 20, "1000 MiB"),
        ((1 << 30) - 1, "1 GiB"),
        (1 << 30, "1 GiB"),
        (139.8 * (1 << 30), "140 GiB"),
        (2.5 * (1 << 40), "2.5 TiB"),
        (-3 << 20, "-3 MiB"),
        (-300 << 20, "-300 MiB"),
        (math.nan, "-"),
        (math.inf, "-"),
    ],
)
def test_bytes_take_the_binary_unit_that_suits_them(value: float, text: str) -> None:
    assert size_in_bytes(value) == text


def test_an_interval_of_bytes_is_in_its_values_unit_with_its_values_decimals() -> None:
    mebi = 1 << 20
    wide = Estimate(1.5 * mebi, 0.25 * mebi, 1100.0 * mebi, 0.95, 8)
    assert size_with_interval(wide) == ("1.50 MiB", "[0.25, 1100.00]")
    assert size_with_interval(Estimate(682.0 * mebi, 680.4 * mebi, 684.1 * mebi, 0.95, 8)) == ("682 MiB", "[680, 684]")
    assert size_with_interval(Estimate(2.0 * 1024, -1024.0, 5.0 * 1024, 0.95, 8)) == ("2.00 KiB", "[-1.00, 5.00]")
    assert size_with_interval(Estimate(2.0 * mebi, None, None, 0.95, 2)) == ("2.00 MiB", "-")
    assert size_with_interval(Estimate(math.nan, None, None, 0.95, 0)) == ("-", "-")


@pytest.mark.parametrize(
    ("value", "text"),
    [(0.01, "0.01"), (1e-5, "1e-05"), (1.0, "1"), (0.1234567, "0.123457"), (None, "the model's own")],
)
def test_a_learning_rate_says_whose_it_is_where_the_workload_does_not_set_it(value: float | None, text: str) -> None:
    assert learning_rate(value) == text


@pytest.mark.parametrize(
    ("value", "unit", "printed"),
    [
        (0.00421, Unit.SECONDS, "4.21 ms"),
        (715_128_832.0, Unit.BYTES, "682 MiB"),
        (1203.0, Unit.COUNT, "1,203"),
        (0.0, Unit.COUNT, "0"),
        (0.875, Unit.ITS_OWN, "0.8750"),
        (math.nan, Unit.ITS_OWN, "-"),
    ],
)
def test_a_metrics_value_is_printed_by_its_unit(value: float, unit: Unit, printed: str) -> None:
    assert in_unit(value, unit) == printed


def test_a_difference_shows_its_sign_and_its_interval_has_as_many_decimals() -> None:
    assert signed_with_interval(Estimate(12.4, -1.0, 1204.0, 0.95, 5), decimals=None) == ("+12.4", "[-1.0, +1,204.0]")
    assert signed_with_interval(Estimate(-0.002, None, None, 0.95, 5), decimals=4) == ("-0.0020", "-")
