"""Several treatments, measured in passes: a randomised block design, each pass a block.

Each session's value, a logarithm, is taken for ``treatment + pass + noise``: what a pass has in common, because the
machine was slower that hour, cancels. The noise is estimated from all sessions together, so that three passes over ten
treatments leave eighteen degrees of freedom, where three passes over two leave two.

Source: Fisher 1935, The Design of Experiments (randomised blocks); for missing cells, ordinary least squares.
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import stdtrit

from batchmark.records import Estimate

Matrix = NDArray[np.float64]


@dataclass(frozen=True)
class BlockFit:
    """The fitted treatments and what is left over."""

    values: Matrix
    """Shape (treatments,): NaN where one has no session."""
    inverse: Matrix
    """Shape (treatments, treatments): covariances of `values`, in units of the noise's variance."""
    residuals: Matrix
    """Shape (treatments, passes): NaN where there was no session."""
    degrees_of_freedom: int
    sessions: tuple[int, ...]
    """By treatment."""

    @property
    def standard_deviation(self) -> float:
        """Of one session, about its treatment and pass; NaN without degrees of freedom."""
        if self.degrees_of_freedom < 1:
            return math.nan
        return math.sqrt(float(np.nansum(self.residuals**2)) / self.degrees_of_freedom)

    def ratio(self, candidate: int, baseline: int, *, level: float) -> Estimate:
        """Return the candidate treatment over the baseline one, with Student's t interval."""
        difference = float(self.values[candidate] - self.values[baseline])
        n = min(self.sessions[candidate], self.sessions[baseline])
        if not math.isfinite(difference):
            return Estimate(math.nan, None, None, level, n)
        if self.degrees_of_freedom < 1:
            return Estimate(math.exp(difference), None, None, level, n)
        pair = [candidate, baseline]
        (own, shared), (_, other) = self.inverse[np.ix_(pair, pair)]
        error = self.standard_deviation * math.sqrt(max(0.0, float(own + other - 2 * shared)))
        reach = float(stdtrit(self.degrees_of_freedom, (1 + level) / 2)) * error
        return Estimate(math.exp(difference), math.exp(difference - reach), math.exp(difference + reach), level, n)


def fit_blocks(logs: Matrix) -> BlockFit:
    """Fit treatments and passes to `logs`, shape (treatments, passes), NaN where a session is missing."""
    treatments, passes = logs.shape
    present = np.argwhere(np.isfinite(logs))
    seen = sorted({int(row) for row, _ in present})
    column_of = {row: column for column, row in enumerate(seen)}
    used = sorted({int(block) for _, block in present})
    # The first pass is the level that the others differ from.
    block_of = {block: len(seen) + position for position, block in enumerate(used[1:])}
    design = np.zeros((len(present), len(seen) + len(block_of)))
    for index, (row, block) in enumerate(present):
        design[index, column_of[int(row)]] = 1
        if int(block) in block_of:
            design[index, block_of[int(block)]] = 1
    measured = logs[tuple(present.T)]
    inverse_all = np.linalg.pinv(design.T @ design) if design.size else np.zeros((0, 0))
    solution = inverse_all @ design.T @ measured
    values = np.full(treatments, math.nan)
    inverse = np.full((treatments, treatments), math.nan)
    values[seen] = solution[: len(seen)]
    inverse[np.ix_(seen, seen)] = inverse_all[: len(seen), : len(seen)]
    residuals = np.full((treatments, passes), math.nan)
    residuals[tuple(present.T)] = measured - design @ solution
    rank = int(np.linalg.matrix_rank(design)) if design.size else 0
    return BlockFit(
        values=values,
        inverse=inverse,
        residuals=residuals,
        degrees_of_freedom=len(present) - rank,
        sessions=tuple(int(count) for count in np.isfinite(logs).sum(axis=1)),
    )
