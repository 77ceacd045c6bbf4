"""What a record says of its rounds, visit by visit."""

from dataclasses import replace

from synthetic import record_of

RECORD = record_of(32, [[1.0, 3.0, 9.0, 2.0], [4.0, 8.0]])


def test_a_visit_takes_the_median_of_its_own_rounds() -> None:
    record = replace(RECORD, places=((3, 7), (0,)))
    assert record.seconds_per_visit == ({3: 2.0, 7: 5.5}, {0: 6.0})


def test_visits_of_as_many_rounds_each_have_one_each() -> None:
    assert replace(RECORD, places=((0, 2, 4, 6), (1, 3))).seconds_per_visit == (
        {0: 1.0, 2: 3.0, 4: 9.0, 6: 2.0},
        {1: 4.0, 3: 8.0},
    )


def test_a_turn_whose_visits_differ_in_rounds_has_none() -> None:
    assert replace(RECORD, places=((0, 2, 4), (1,))).seconds_per_visit == ({}, {1: 6.0})


def test_without_places_there_are_no_visits() -> None:
    assert replace(RECORD, places=()).seconds_per_visit == ()
    assert replace(RECORD, places=((), (1,))).seconds_per_visit == ({}, {1: 6.0})
