"""The grid's grammar: what it yields, what it refuses, and that nothing else happens."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from batchmark.errors import BatchSizeError, PolicyError
from batchmark.written.batch_sizes import (
    parse_batch_sizes,
    power_of_two_beside,
    powers_of_two,
    require_batch_size,
    require_grid,
)


@pytest.mark.parametrize(
    ("text", "sizes"),
    [
        ("32", (32,)),
        ("+32", (32,)),
        ("032", (32,)),
        ("0" * 30 + "32", (32,)),
        ("64, 32 ,64", (32, 64)),
        ("32,,", (32,)),
        ("full", (500,)),
        ("500,full", (500,)),
        ("1..16", (1, 2, 4, 8, 16)),
        ("3..17", (4, 8, 16)),
        ("16..64*", (15, 16, 17, 31, 32, 33, 63, 64, 65)),
        ("1..2*", (1, 2, 3)),
        ("50..200+50", (50, 100, 150, 200)),
        ("50..199+50", (50, 100, 150)),
        ("7..7+1", (7,)),
        ("1..3+" + "0" * 30 + "1", (1, 2, 3)),
        ("1..500+" + "9" * 5000, (1,)),
        ("1,2,4,8,16,32..256*,full", (1, 2, 4, 8, 16, 31, 32, 33, 63, 64, 65, 127, 128, 129, 255, 256, 257, 500)),
    ],
)
def test_a_grid_is_its_distinct_sizes_in_ascending_order(text: str, sizes: tuple[int, ...]) -> None:
    assert parse_batch_sizes(text, examples=500) == sizes


def test_a_neighbour_beyond_the_examples_is_left_out() -> None:
    assert parse_batch_sizes("256..256*", examples=256) == (255, 256)
    assert parse_batch_sizes("1..1*", examples=500) == (1, 2)


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("", "no batch size in ''; expected integers"),
        (" , ", "no batch size in ' , '"),
        ("0", "batch size 0 is below 1; use a whole number from 1 to 500, or `full`"),
        ("-5", "batch size -5 is below 1"),
        ("501", "batch size 501 exceeds the workload's 500 examples; use --batch-sizes full"),
        ("600..1024", "batch size 600 exceeds"),
        ("16..1024", "batch size 1024 exceeds"),
        ("9" * 19, "a batch size of 19 digits exceeds the workload's 500 examples"),
        ("9" * 5000, "a batch size of 5000 digits exceeds"),
        ("0..8", "batch size 0 is below 1"),
        ("32.0", "batch size '32.0' is not a number; expected integers"),
        ("--5", "'--5' is not a number"),
        ("+-5", "is not a number"),
        ("+", "is not a number"),
        ("1_0", "is not a number"),
        ("1 0", "is not a number"),
        ("\N{ARABIC-INDIC DIGIT FIVE}", "is not a number"),
        ("1..\N{ARABIC-INDIC DIGIT FIVE}", "is not a number"),
        ("\N{SUPERSCRIPT TWO}", "is not a number"),
        ("Full", "is not a number"),
        ("32*", "is not a number"),
        ("1..2..3", "is not a number"),
        ("1..8*+2", "is not a number"),
        ("8..4", "the range '8..4' holds no batch size"),
        ("5..7", "the range '5..7' holds no batch size"),
        ("8..4+1", "holds no batch size"),
        ("1..8+0", "the range '1..8+0' takes steps of 0; write 1..8+STEP with STEP at least 1"),
    ],
)
def test_what_can_not_be_measured_is_refused_with_what_to_type_instead(text: str, complaint: str) -> None:
    with pytest.raises(BatchSizeError) as refused:
        parse_batch_sizes(text, examples=500)
    assert complaint in str(refused.value)
    assert "\n" not in str(refused.value)


def test_a_range_of_more_sizes_than_anyone_compares_is_refused() -> None:
    with pytest.raises(BatchSizeError, match="holds 1000000 batch sizes; take longer steps"):
        parse_batch_sizes("1..1000000+1", examples=10**6)


NUMBERS = st.integers(-3, 1100).map(str)
TERMS = st.one_of(
    NUMBERS,
    st.just("full"),
    st.tuples(NUMBERS, NUMBERS, st.sampled_from(["", "*", "+0", "+7", "+100"])).map(lambda t: f"{t[0]}..{t[1]}{t[2]}"),
    st.text("0123456789.,+-* \n\t\u0665\u00b2fulxe_", max_size=8),
    st.text(max_size=8),
)


@given(st.lists(TERMS, max_size=4).map(",".join), st.integers(1, 1000))
@example("--5", 500)
@example("1..\u00b2", 500)
def test_everything_parses_to_distinct_ascending_sizes_within_the_examples_or_is_refused(
    text: str, examples: int
) -> None:
    try:
        sizes = parse_batch_sizes(text, examples=examples)
    except BatchSizeError as refused:
        assert "\n" not in str(refused)  # noqa: PT017  either outcome is right
    else:
        assert sizes
        assert list(sizes) == sorted(set(sizes))
        assert 1 <= sizes[0] <= sizes[-1] <= examples
        assert all(type(size) is int for size in sizes)


@given(st.sets(st.integers(1, 1000), min_size=1))
def test_what_is_written_as_a_list_is_read_back(sizes: set[int]) -> None:
    assert parse_batch_sizes(",".join(map(str, sizes)), examples=1000) == tuple(sorted(sizes))


def test_powers_of_two_count_from_four() -> None:
    assert powers_of_two(tuple(range(1, 300))) == (4, 8, 16, 32, 64, 128, 256)


@pytest.mark.parametrize(
    ("size", "power"),
    [(1, None), (2, None), (3, 4), (4, 4), (5, 4), (6, None), (31, 32), (32, 32), (33, 32), (34, None), (500, None)],
)
def test_a_size_beside_a_power_of_two_knows_it(size: int, power: int | None) -> None:
    assert power_of_two_beside(size) == power


@given(st.lists(TERMS, max_size=4).map(",".join))
def test_what_no_number_of_examples_makes_right_is_refused_at_once_and_nothing_else(text: str) -> None:
    try:
        parse_batch_sizes(text, examples=10**17)
    except BatchSizeError:
        with pytest.raises(BatchSizeError):
            require_grid(text, "--batch-sizes")
    else:
        assert require_grid(text, "--batch-sizes") == text


def test_a_size_that_may_exceed_the_examples_is_left_to_the_workload() -> None:
    assert require_grid("9" * 5000, "--batch-sizes") == "9" * 5000
    with pytest.raises(BatchSizeError, match="batch size 0 is below 1; use a whole number from 1, or `full`"):
        require_grid("0", "--batch-sizes")


@pytest.mark.parametrize("text", ["32", "full", "16..16"])
def test_one_batch_size_is_a_grid_of_one(text: str) -> None:
    assert require_batch_size(text, "--batch-size") == text


@pytest.mark.parametrize("text", ["16..64", "1,2"])
def test_a_grid_of_several_is_no_batch_size(text: str) -> None:
    with pytest.raises(PolicyError, match=r"--batch-size is .*; expected one batch size"):
        require_batch_size(text, "--batch-size")
