"""Trainings put together and taken apart by seed."""

from dataclasses import replace

import pytest

from batchmark.course import constant
from batchmark.studies.laboratory.parts import Arm
from batchmark.trainings import Followed, joined, of_seeds
from claim_results_made import followed


def _trained(first: int, seeds: int, *, epochs: int = 2) -> Followed:
    arm = Arm("blobs", constant(32, epochs=epochs), seeds, first_seed=first)
    own = [0.1 * seed for seed in arm.asked.seeds]
    return followed(
        arm, own, validation_quality=lambda look: [each + look for each in own], observed={"it": lambda _: own}
    )


def test_trainings_of_some_seeds_after_those_of_others_are_those_of_all() -> None:
    both = joined([_trained(0, 3), _trained(3, 2)])
    assert replace(both, seconds=1.0) == _trained(0, 5)
    assert both.seconds == 2.0


def test_trainings_that_were_looked_at_elsewhere_are_not_joined() -> None:
    with pytest.raises(ValueError, match="other places"):
        joined([_trained(0, 3), _trained(3, 2, epochs=3)])


def test_seeds_are_taken_with_all_that_is_theirs_and_as_often_as_they_are_named() -> None:
    whole = _trained(0, 4)
    assert of_seeds(whole, range(2)) == _trained(0, 2)
    twice = of_seeds(whole, [3, 3])
    assert twice.seeds == (3, 3)
    assert twice.validation_quality == (whole.validation_quality[3],) * 2
    assert twice.observed["it"] == (whole.observed["it"][3],) * 2
