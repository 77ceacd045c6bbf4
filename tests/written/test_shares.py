"""Shares as people write them."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from batchmark.errors import PolicyError
from batchmark.written.shares import parse_share


def _parse(value: object, **options: float | None) -> float:
    return parse_share(value, "here", hint="a share as 0.02", **options)


@pytest.mark.parametrize(
    ("value", "share"),
    [("2%", 0.02), ("2 %", 0.02), (" 0.5% ", 0.005), ("150%", 1.5), ("0.02", 0.02), (".02", 0.02), ("1e-3", 0.001)],
)
def test_percent_and_plain_numbers_are_shares(value: object, share: float) -> None:
    assert _parse(value) == pytest.approx(share)


@pytest.mark.parametrize("value", [0.02, 0, 0.999])
def test_a_number_is_itself(value: float) -> None:
    assert _parse(value) == value


@pytest.mark.parametrize(
    "value", ["", "%", "two", "-1%", -0.1, "nan", float("nan"), float("inf"), True, None, [], 10**400]
)
def test_what_is_no_share_is_refused_with_what_is_expected(value: object) -> None:
    with pytest.raises(PolicyError, match=r"^here is .*; expected a share as 0\.02$"):
        _parse(value)


@pytest.mark.parametrize(("value", "meant"), [(2, 'write 0.02 or "2%"'), ("1.5", 'write 0.015 or "1.5%"')])
def test_a_plain_number_of_one_or_more_was_meant_as_percent(value: object, meant: str) -> None:
    with pytest.raises(PolicyError, match=meant):
        _parse(value)


def test_a_number_in_a_unit_of_its_own_has_no_such_bound() -> None:
    assert _parse(2.5, below=None) == 2.5


@given(st.integers(0, 10**8 - 1), st.sampled_from(["%", " %"]))
def test_every_percentage_is_its_hundredth(hundredths: int, sign: str) -> None:
    assert _parse(f"{hundredths // 100}.{hundredths % 100:02}{sign}") == pytest.approx(hundredths / 10_000)


@given(st.floats(0, 1, exclude_max=True))
def test_every_number_below_one_is_itself_as_a_number_and_as_it_is_printed(value: float) -> None:
    assert _parse(value) == value
    assert _parse(f"{value:.6f}" if value < 0.999 else "0.999") == pytest.approx(min(value, 0.999), abs=1e-3)


@given(st.text() | st.floats() | st.integers())
def test_whatever_it_is_it_is_a_share_or_refused_in_one_line(value: object) -> None:
    with suppress(PolicyError):
        assert _parse(value) >= 0
