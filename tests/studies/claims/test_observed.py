"""What instruments found, by seed."""

import numpy as np
import pytest

from batchmark.course import constant
from batchmark.studies.claims.observed import observed
from batchmark.studies.laboratory.parts import Arm
from batchmark.studies.laboratory.results import MissingPartError
from claim_results_made import followed

ARM = Arm("digits-mlp", constant(500, epochs=3), 4)


def test_it_is_what_was_found_at_the_look() -> None:
    found = followed(ARM, 0.9, observed={"distance": lambda look: np.arange(4.0) + 10 * look})

    np.testing.assert_array_equal(observed(found, "distance", look=1), [10, 11, 12, 13])
    np.testing.assert_array_equal(observed(found, "distance"), [20, 21, 22, 23])


def test_a_training_that_diverged_has_nothing_in_the_end_and_what_it_had_before() -> None:
    found = followed(ARM, [0.9, np.nan, 0.9, 0.9], observed={"distance": lambda _: np.ones(4)})

    np.testing.assert_array_equal(observed(found, "distance"), [1, np.nan, 1, 1])
    np.testing.assert_array_equal(observed(found, "distance", look=0), np.ones(4))


def test_what_no_instrument_found_is_a_missing_part() -> None:
    with pytest.raises(MissingPartError, match="'sharpness'"):
        observed(followed(ARM, 0.9), "sharpness")
