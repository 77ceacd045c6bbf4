"""How a training goes, as it is declared."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from batchmark.course import Course, Phase, constant, warmed_up


def test_an_epoch_is_one_stretch_and_looked_at_as_often_as_asked() -> None:
    stretches = list(constant(32, epochs=5, learning_rate=0.1, epochs_per_look=2).stretches(100))
    assert [(each.begin, each.end, each.steps) for each in stretches] == [(0, 100, 4)] * 5
    assert [each.is_looked_at for each in stretches] == [False, True, False, True, True]


def test_looks_within_an_epoch_cut_it_between_batches() -> None:
    course = Course((Phase(1, 16, 0.1), Phase(1, 32, 0.1)), examples_per_look=64)
    assert [(each.batch_size, each.begin, each.end, each.steps) for each in course.stretches(150)] == [
        (16, 0, 64, 4),
        (16, 64, 128, 4),
        (16, 128, 150, 2),
        (32, 0, 64, 2),
        (32, 64, 128, 2),
        (32, 128, 150, 1),
    ]


def test_a_batch_larger_than_the_data_is_all_of_them() -> None:
    (only,) = constant(512, epochs=1).stretches(500)
    assert (only.batch_size, only.steps) == (500, 1)


@given(
    st.lists(st.tuples(st.integers(1, 4), st.sampled_from([1, 2, 4, 8])), min_size=1, max_size=4),
    st.integers(1, 3),
    st.sampled_from([None, 8, 16, 64]),
    st.integers(1, 100),
)
def test_every_example_is_trained_once_an_epoch_in_steps_of_the_batch_size(
    phases: list[tuple[int, int]], every: int, within: int | None, examples: int
) -> None:
    course = Course(tuple(Phase(epochs, size) for epochs, size in phases), every, within)
    stretches = list(course.stretches(examples))
    assert sum(each.end - each.begin for each in stretches) == examples * course.epochs
    assert sum(each.steps for each in stretches) == sum(epochs * -(-examples // size) for epochs, size in phases)
    assert stretches[-1].is_looked_at


def test_what_trains_nothing_or_cuts_a_batch_is_refused() -> None:
    for phases in ((), (Phase(0, 32),), (Phase(1, 0),)):
        with pytest.raises(ValueError, match="expected a phase, and numbers from 1"):
            Course(phases)
    with pytest.raises(ValueError, match="cut batches of 32 in two"):
        Course((Phase(1, 32),), examples_per_look=48)
    with pytest.raises(ValueError, match="a learning rate in each of them, or in none"):
        Course((Phase(1, 32, 0.1), Phase(1, 32)))


def test_a_warm_up_rises_evenly_to_the_rate_and_takes_no_epoch_more() -> None:
    course = warmed_up(constant(256, epochs=10, learning_rate=0.08), 4, starting_rate=0.01)
    assert [phase.learning_rate for phase in course.phases] == pytest.approx([0.01, 0.0275, 0.045, 0.0625, 0.08])
    assert course.epochs == 10
    with pytest.raises(ValueError, match="more epochs"):
        warmed_up(constant(256, epochs=4, learning_rate=0.08), 4, starting_rate=0.01)
