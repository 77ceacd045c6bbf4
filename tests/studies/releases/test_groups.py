"""Which releases take turns with each other."""

from collections.abc import Collection
from itertools import pairwise

import pytest

from batchmark.studies.releases.groups import groups_to_measure
from batchmark.timeline.history import Commit

LINE = tuple(Commit(str(number), f"v2.{number}", f"Framework 2.{number}", "") for number in range(10))


def _groups(
    counts: dict[int, int], *, number: int = 1, at_once: int = 100, wanted: Collection[int] = range(10)
) -> list[list[int]]:
    by_commit = {each.commit: counts.get(int(each.commit), 0) for each in LINE}
    chosen = [LINE[index] for index in wanted]
    groups = groups_to_measure(LINE, by_commit, wanted=chosen, number=number, at_once=at_once)
    return [[int(each.commit) for each in group] for group in groups]


def test_a_line_without_sessions_takes_turns_all_together() -> None:
    assert _groups({}) == [list(range(10))]


def test_what_has_its_sessions_is_not_measured_again() -> None:
    assert _groups(dict.fromkeys(range(10), 2), number=2) == []


def test_a_new_release_takes_turns_with_the_one_before_it() -> None:
    assert _groups(dict.fromkeys(range(9), 3), number=3) == [[8, 9]]


def test_a_release_in_the_middle_that_lacks_a_session_too() -> None:
    assert _groups(dict.fromkeys((0, 1, 2, 3, 5, 6, 7, 8, 9), 1)) == [[3, 4]]


def test_the_first_release_takes_turns_with_the_next() -> None:
    assert _groups(dict.fromkeys(range(1, 10), 1)) == [[0, 1]]


def test_a_release_that_is_measured_only_takes_turns_with_the_one_before_it_that_has_a_session() -> None:
    assert _groups(dict.fromkeys(range(7), 3), number=3, wanted=[9]) == [[6, 9]]
    assert _groups(dict.fromkeys(range(9), 1), number=3, wanted=[9]) == [[8, 9]]


def test_what_has_no_session_and_is_not_asked_for_is_not_measured() -> None:
    assert _groups({}, wanted=[4]) == [[4]]
    assert _groups({}, wanted=[2, 4]) == [[2, 4]]


def test_what_was_not_asked_for_lacks_nothing() -> None:
    assert _groups({8: 1, 9: 3}, number=3, wanted=[9]) == []


@pytest.mark.parametrize("at_once", [2, 3, 4, 6, 9])
def test_more_than_fit_into_the_memory_are_cut_into_groups_that_share_a_release(at_once: int) -> None:
    groups = _groups({}, at_once=at_once)
    assert all(2 <= len(group) <= at_once for group in groups)
    together = {(before, after) for group in groups for before, after in pairwise(group)}
    assert together == {(number, number + 1) for number in range(9)}
    assert sum(map(len, groups)) == 10 + len(groups) - 1
