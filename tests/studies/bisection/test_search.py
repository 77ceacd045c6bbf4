"""The search: for any releases, and whatever can't be told of some, it names the first bad one or where it lies."""

import math

from hypothesis import given
from hypothesis import strategies as st

from batchmark.studies.bisection.search import Answer, Search, begin

MANY = st.integers(0, 60)


def _searched(between: int, first_bad: int, unknown: frozenset[int]) -> tuple[Search, int]:
    """Search among so many releases between the ends, numbered from 1; return what came of it, and after how many."""
    search = begin("0", tuple(str(number) for number in range(1, between + 1)), str(between + 1))
    asked: list[str] = []
    while (release := search.next) is not None:
        asked.append(release)
        number = int(release)
        answer = Answer.BAD if number >= first_bad else Answer.GOOD
        search = search.after(release, Answer.UNKNOWN if number in unknown else answer)
    assert len(asked) == len(set(asked))
    return search, len(asked)


@given(MANY, st.data())
def test_the_first_bad_release_is_found_in_as_many_steps_as_halving_takes(between: int, data: st.DataObject) -> None:
    first_bad = data.draw(st.integers(1, between + 1))
    search, steps = _searched(between, first_bad, frozenset())
    assert (search.first_bad, search.last_good, search.between) == (str(first_bad), str(first_bad - 1), ())
    assert steps <= math.ceil(math.log2(between + 1)) + 1


@given(MANY, st.data())
def test_a_release_of_which_it_cannot_be_told_never_makes_it_name_a_wrong_one(
    between: int, data: st.DataObject
) -> None:
    first_bad = data.draw(st.integers(1, between + 1))
    unknown = data.draw(st.frozensets(st.integers(1, max(1, between))))
    search, steps = _searched(between, first_bad, unknown)
    assert int(search.last_good) < first_bad <= int(search.first_bad)
    assert {int(each) for each in search.between} <= unknown
    # Nothing narrower is known: both ends were measured, or are the ends of the whole.
    assert not {int(search.last_good), int(search.first_bad)} & (unknown & set(range(1, between + 1)))
    assert steps <= math.ceil(math.log2(between + 1)) + 1 + len(unknown)


def test_with_nothing_between_the_ends_nothing_is_asked() -> None:
    search = begin("1.0", (), "2.0")
    assert (search.next, search.last_good, search.first_bad, search.between) == (None, "1.0", "2.0", ())
