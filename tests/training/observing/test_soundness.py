"""Whether instruments can look at a loss."""

import numpy as np
import pytest
from numpy.typing import NDArray

from batchmark.errors import WorkloadError
from batchmark.training.observing.soundness import require_mean

_OF_EXAMPLE = np.array([0.5, 2.0])


def test_a_mean_over_the_batch_is_one_with_a_penalty_beside_it_too() -> None:
    require_mean(lambda indices: float(_OF_EXAMPLE[indices].mean()) + 0.25)


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_of_a_loss_that_is_no_number_nothing_is_said(value: float) -> None:
    require_mean(lambda _: value)


def test_a_sum_over_the_batch_and_a_loss_that_couples_examples_are_refused() -> None:
    def coupled(indices: NDArray[np.int64]) -> float:
        return float(np.log(1 + len(indices)))

    for loss_of in (lambda indices: float(_OF_EXAMPLE[indices].sum()), coupled):
        with pytest.raises(WorkloadError, match="no mean over the batch's examples"):
            require_mean(loss_of)
