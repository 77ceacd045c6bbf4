from dataclasses import replace

import pytest

from batchmark.errors import BatchSizeError
from batchmark.studies.questions.sizes import sizes_around, sizes_between
from questions_asked import DESCRIBED


def test_without_a_grid_sizes_stand_around_the_reference() -> None:
    assert sizes_around(DESCRIBED, None) == (8, 32, 128)
    assert sizes_around(DESCRIBED, None, larger=2) == (8, 32, 128, 500)


def test_they_stay_within_one_and_all_examples_and_each_is_there_once() -> None:
    assert sizes_around(replace(DESCRIBED, reference_batch_size=1), None) == (1, 4)
    assert sizes_around(replace(DESCRIBED, reference_batch_size=500), None, larger=2) == (125, 500)


def test_a_grid_is_as_it_is_written_and_more_than_all_examples_is_refused() -> None:
    assert sizes_around(DESCRIBED, "full,16..32") == (16, 32, 500)
    with pytest.raises(BatchSizeError, match="exceeds the workload's 500 examples"):
        sizes_around(DESCRIBED, "600")


def test_sizes_halfway_and_one_below_may_be_tried_beside() -> None:
    assert sizes_between((8, 32, 128, 500)) == (4, 16, 64, 256)
    assert sizes_between((1, 4)) == (2,)
    assert sizes_between((125, 500)) == (62, 250)
