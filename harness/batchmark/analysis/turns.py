"""The rounds of several cells as one matrix: what is paired with what."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from batchmark.records import CellRecord


def turn_matrix(records: Sequence[CellRecord]) -> NDArray[np.float64]:
    """Return the median seconds per epoch of each turn, shape (cells, turns), in the order of `records`.

    A column holds one turn, and so one period of time: values in it are paired. Turns that not all of
    `records` have are cut off, so a record without turns leaves no column.
    """
    turns = min((record.turns for record in records), default=0)
    matrix = np.array([record.seconds_per_turn[:turns] for record in records], np.float64)
    return matrix.reshape(len(records), turns)
