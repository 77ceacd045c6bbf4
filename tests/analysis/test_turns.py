"""What is paired with what."""

import numpy as np

from batchmark.analysis.turns import turn_matrix
from synthetic import record_of


def test_each_entry_is_the_median_of_a_turns_rounds() -> None:
    matrix = turn_matrix([record_of(1, [[1.0, 9.0, 2.0], [3.0]]), record_of(2, [[4.0], [5.0, 7.0]])])
    np.testing.assert_array_equal(matrix, [[2.0, 3.0], [4.0, 6.0]])


def test_turns_that_not_all_have_are_cut_off_at_the_end() -> None:
    matrix = turn_matrix([record_of(1, [[1.0], [2.0], [3.0]]), record_of(2, [[4.0], [5.0]])])
    np.testing.assert_array_equal(matrix, [[1.0, 2.0], [4.0, 5.0]])


def test_a_record_without_turns_leaves_no_column() -> None:
    assert turn_matrix([record_of(1, [[1.0]]), record_of(2, [])]).shape == (2, 0)
    assert turn_matrix([]).shape == (0, 0)
