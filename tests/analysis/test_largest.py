"""The search for the largest batch size, over boundaries drawn at random."""

from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from batchmark.analysis.largest import Boundary, boundary, find_largest, most_probes, next_batch_size

SIZES = st.integers(1, 1_000_000)


@dataclass(frozen=True)
class Probe:
    batch_size: int
    trained: bool


def _search(trains: Callable[[int], bool], *, start: int = 32, maximum: int = 100_000) -> Boundary[Probe]:
    return find_largest(lambda size: Probe(size, trains(size)), start=start, maximum=maximum)


def _sizes(found: Boundary[Probe]) -> list[int]:
    return [probe.batch_size for probe in found.probes]


def _answers(found: Boundary[Probe], size: int) -> list[bool]:
    return [probe.trained for probe in found.probes if probe.batch_size == size]


def test_it_doubles_then_halves_the_bracket_then_asks_both_ends_again() -> None:
    found = _search(lambda size: size <= 300)
    assert _sizes(found) == [32, 64, 128, 256, 512, 384, 320, 288, 304, 296, 304, 296]
    assert (found.answer, found.smallest_failing) == (296, 304)
    assert (found.verified, found.settled, found.reached_maximum) == (True, True, False)


@given(limit=st.integers(0, 2_000_000), start=SIZES, maximum=SIZES)
def test_the_answer_is_within_5_percent_of_the_boundary_and_trained_twice(limit: int, start: int, maximum: int) -> None:
    found = _search(lambda size: size <= limit, start=start, maximum=maximum)
    boundary_size = min(limit, maximum)
    assert found.settled
    if boundary_size == 0:
        assert (found.answer, found.smallest_failing, found.verified) == (None, 1, False)
        return
    assert found.answer is not None
    assert found.answer <= boundary_size <= max(found.answer * 1.05, found.answer)
    assert found.verified
    assert [probe for probe in found.probes if probe.batch_size == found.answer] == [Probe(found.answer, True)] * 2
    assert found.reached_maximum == (found.answer == maximum)


@given(limit=st.integers(0, 2_000_000), start=SIZES, maximum=SIZES)
def test_no_search_takes_more_probes_than_it_says(limit: int, start: int, maximum: int) -> None:
    found = _search(lambda size: size <= limit, start=start, maximum=maximum)
    assert len(found.probes) <= most_probes(start=start, maximum=maximum)
    assert all(1 <= size <= maximum for size in _sizes(found))


@given(start=SIZES, maximum=SIZES, answers=st.lists(st.booleans(), max_size=200))
def test_whatever_the_answers_are_it_ends_with_two_yeses_below_two_noes_or_with_none(
    start: int, maximum: int, answers: list[bool]
) -> None:
    rest = iter(answers)
    found = _search(lambda _: next(rest, False), start=start, maximum=maximum)
    assert found.settled
    assert found.smallest_failing is None or _answers(found, found.smallest_failing).count(False) == 2
    if found.answer is None:
        assert found.smallest_failing == 1
        return
    assert _answers(found, found.answer).count(True) == 2
    assert all(len(_answers(found, size)) <= 3 for size in _sizes(found))
    assert found.reached_maximum or found.smallest_failing is not None
    assert found.smallest_failing is None or found.answer < found.smallest_failing <= max(
        found.answer + 1, 1.05 * found.answer
    )


@given(limit=st.integers(1, 100_000), lucky=st.sets(st.integers(1, 100_000), max_size=50), start=SIZES)
def test_a_size_that_trains_above_a_failure_by_luck_is_not_the_answer(limit: int, lucky: set[int], start: int) -> None:
    seen: set[int] = set()

    def trains(size: int) -> bool:
        first = size not in seen
        seen.add(size)
        return size <= limit or (size in lucky and first)

    found = _search(trains, start=start)
    assert found.answer is not None
    assert found.answer <= limit
    assert found.verified


def _once(*stray: int) -> Callable[[int], bool]:
    """Trains up to 300, but the first probe of a `stray` one says the contrary."""
    seen: set[int] = set()

    def trains(size: int) -> bool:
        first = size not in seen
        seen.add(size)
        return (size <= 300) is not (first and size in stray)

    return trains


@pytest.mark.parametrize("stray", [128, 256, 296, 304, 384])
def test_one_stray_answer_moves_nothing(stray: int) -> None:
    found = _search(_once(stray))
    assert found.answer is not None
    assert found.smallest_failing is not None
    assert found.answer <= 300 < found.smallest_failing <= 1.05 * found.answer
    assert found.settled


def test_two_answers_that_differ_are_decided_by_a_third() -> None:
    assert _sizes(_search(_once(296)))[-5:] == [304, 296, 296, 296, 304]
    assert _sizes(_search(_once(304)))[-8:] == [288, 304, 312, 312, 304, 304, 296, 296]


@pytest.mark.parametrize(("limit", "sizes"), [(10_000, [500, 500]), (0, [500, 250, 125, 62, 31, 15, 7, 3, 1, 1])])
def test_a_start_above_the_maximum_begins_at_the_maximum(limit: int, sizes: list[int]) -> None:
    found = _search(lambda size: size <= limit, start=512, maximum=500)
    assert _sizes(found) == sizes
    assert found.reached_maximum == (limit > 0)


def test_a_start_that_fails_is_halved_until_something_trains() -> None:
    found = _search(lambda size: size <= 5, start=32)
    assert _sizes(found) == [32, 16, 8, 4, 6, 5, 6, 5]
    assert (found.answer, found.smallest_failing) == (5, 6)


def test_one_example_is_a_maximum_too() -> None:
    found = _search(lambda _: True, start=32, maximum=1)
    assert (found.answer, found.reached_maximum, _sizes(found)) == (1, True, [1, 1])


def test_a_search_that_is_stopped_says_what_it_knows() -> None:
    tried = [Probe(32, True), Probe(64, True), Probe(128, False)]
    for known, (earlier, later) in enumerate(pairwise([*tried, Probe(96, True)]), start=1):
        assert next_batch_size(tried[:known], start=32, maximum=1000) == later.batch_size, earlier
    found = boundary(tried, start=32, maximum=1000)
    assert (found.answer, found.smallest_failing) == (64, 128)
    assert (found.verified, found.settled) == (False, False)


@pytest.mark.parametrize(("start", "maximum"), [(0, 10), (10, 0), (-1, 1)])
def test_a_search_without_a_batch_size_is_an_error(start: int, maximum: int) -> None:
    with pytest.raises(ValueError, match="at least 1"):
        next_batch_size([], start=start, maximum=maximum)
