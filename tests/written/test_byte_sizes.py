"""Amounts of memory as people write and read them."""

from contextlib import suppress
from string import printable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from batchmark.errors import BatchmarkError
from batchmark.written.byte_sizes import format_bytes, parse_bytes

_UNITS = {"": 1, "B": 1, "kB": 10**3, "MB": 10**6, "GB": 10**9, "TB": 10**12}
_UNITS |= {"KiB": 2**10, "MiB": 2**20, "GiB": 2**30, "TiB": 2**40}


@pytest.mark.parametrize(
    ("text", "size"),
    [
        ("8GiB", 8 << 30),
        ("512MiB", 512 << 20),
        ("8GB", 8_000_000_000),
        ("1.5GiB", 3 << 29),
        (" 1.5 gib ", 3 << 29),
        ("8kb", 8_000),
        ("123", 123),
        ("0.1GB", 100_000_000),
        ("7B", 7),
    ],
)
def test_a_number_with_a_unit_is_bytes(text: str, size: int) -> None:
    assert parse_bytes(text, "--memory-limit") == size


_NO_AMOUNTS = (
    *("0", "0GiB", "0.0001", "-1GiB", "8 bananas", "8G", "8Gi", "GiB", "", "nan", "inf", "1e9", "8 GiB free"),
    *("٨GiB", "1_0GiB", "9" * 40, "8,5GiB", "8.GiB", ".5GiB", "8GiBs"),
)


@pytest.mark.parametrize("text", _NO_AMOUNTS)
def test_what_is_no_amount_of_memory_is_one_line_that_names_it_and_says_what_to_type(text: str) -> None:
    with pytest.raises(BatchmarkError) as caught:
        parse_bytes(text, "--memory-limit")
    assert "\n" not in str(caught.value)
    assert ascii(text) in str(caught.value)
    assert "8GiB" in str(caught.value)


@given(st.integers(1, 10**15), st.sampled_from(sorted(_UNITS)))
def test_every_whole_number_of_every_unit_is_exact(number: int, unit: str) -> None:
    assert parse_bytes(f"{number}{unit}", "--memory-limit") == number * _UNITS[unit]
    assert parse_bytes(f"{number} {unit.lower()}", "--memory-limit") == number * _UNITS[unit]


@given(st.text(printable, max_size=12))
def test_whatever_is_typed_is_an_amount_or_an_error(text: str) -> None:
    with suppress(BatchmarkError):
        assert parse_bytes(text, "--memory-limit") >= 1


@pytest.mark.parametrize(
    ("size", "text"),
    [
        (8 << 30, "8 GiB"),
        (3 << 29, "1.5 GiB"),
        (1200 << 20, "1.17 GiB"),
        (623 << 20, "623 MiB"),
        ((1 << 30) - 1, "1 GiB"),
        (100 << 30, "100 GiB"),
        (int(15.66 * 2**30), "15.7 GiB"),
        (3 << 40, "3 TiB"),
        (2048, "2 KiB"),
        (999, "999 bytes"),
    ],
)
def test_bytes_are_printed_in_the_unit_that_suits_them(size: int, text: str) -> None:
    assert format_bytes(size) == text


@given(st.integers(1, 2**50))
def test_what_is_printed_reads_as_nearly_the_same(size: int) -> None:
    again = parse_bytes(format_bytes(size).removesuffix("ytes"), "--memory-limit")
    assert again == pytest.approx(size, rel=0.01)
