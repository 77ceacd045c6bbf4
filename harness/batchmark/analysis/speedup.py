"""How many times faster one cell is than another, paired turn by turn."""

import numpy as np

from batchmark.analysis.intervals import ratio_interval
from batchmark.analysis.turns import turn_matrix
from batchmark.records import CellRecord, Estimate


def speedup(baseline: CellRecord, candidate: CellRecord, *, level: float = 0.95) -> Estimate:
    """Return the baseline's seconds per epoch over the candidate's: above 1 the candidate is faster.

    The median over the turns both have of each turn's ratio, so that drift common to a turn cancels;
    NaN where they have none in common.
    """
    ours, theirs = np.log(turn_matrix([candidate, baseline]))
    return ratio_interval(theirs - ours, level=level)
