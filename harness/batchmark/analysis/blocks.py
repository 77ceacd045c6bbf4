"""Several treatments, measured in passes: a randomised block design, each pass a block.

Treatments of a pass take turns, so a turn is a block within the pass: what a turn has in common, because the machine
was slower that second, is taken out first (`matched_in_turns`). Then each session's value, a logarithm, is taken for
``treatment + pass + noise``. What is left is what a process has for itself, however long it is measured: that is the
noise. It is estimated from all sessions together, so that three passes over ten treatments leave eighteen degrees of
freedom, where three passes over two leave two.

Source: Fisher 1935, The Design of Experiments (randomised blocks); for missing cells, ordinary least squares.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import stdtrit

from batchmark.analysis.intervals import as_ratio
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
    means: Matrix
    """Shape (treatments,): of the sessions as they are, whatever pass they were in."""
    groups: tuple[int, ...]
    """By treatment: those with the same number were in a pass together, or are linked by others that were."""

    @property
    def standard_deviation(self) -> float:
        """Of one session, about its treatment and pass; NaN without degrees of freedom."""
        if self.degrees_of_freedom < 1:
            return math.nan
        return math.sqrt(float(np.nansum(self.residuals**2)) / self.degrees_of_freedom)

    def ratio(self, candidate: int, baseline: int, *, level: float) -> Estimate:
        """Return the candidate treatment over the baseline one, with Student's t interval.

        Treatments that no pass links are compared as they are, without an interval.
        """
        n = min(self.sessions[candidate], self.sessions[baseline])
        if self.groups[candidate] != self.groups[baseline]:
            return Estimate(math.exp(float(self.means[candidate] - self.means[baseline])), None, None, level, n)
        difference = float(self.values[candidate] - self.values[baseline])
        if not math.isfinite(difference):
            return Estimate(math.nan, None, None, level, n)
        if self.degrees_of_freedom < 1:
            return Estimate(math.exp(difference), None, None, level, n)
        pair = [candidate, baseline]
        (own, shared), (_, other) = self.inverse[np.ix_(pair, pair)]
        error = self.standard_deviation * math.sqrt(max(0.0, float(own + other - 2 * shared)))
        reach = float(stdtrit(self.degrees_of_freedom, (1 + level) / 2)) * error
        return as_ratio(Estimate(difference, difference - reach, difference + reach, level, n))


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
        means=_means(logs),
        groups=_groups(logs),
    )


def matched_in_turns(turns: Sequence[Sequence[float]]) -> Matrix:
    """Return one value for each treatment of a pass, shape (treatments,), from its logarithms turn by turn.

    What a turn has in common is the mean, over treatments, of what is above a treatment's own median; it is taken out,
    and the median over turns is left. Of two treatments the values differ by the median of the turns' differences.
    Turns that only some treatments have count for those. NaN is a missing turn.
    """
    longest = max(map(len, turns))
    logs = np.full((len(turns), longest), math.nan)
    for row, values in zip(logs, turns, strict=True):
        row[: len(values)] = values
    above = logs - _medians(logs)[:, None]
    finite = np.isfinite(logs)
    common = np.where(finite, above, 0.0).sum(axis=0) / np.maximum(finite.sum(axis=0), 1)
    return _medians(logs - common)


def _medians(rows: Matrix) -> Matrix:
    """Return the median of what is finite in each row; NaN where nothing is."""
    return np.array([np.median(row[np.isfinite(row)]) if np.isfinite(row).any() else math.nan for row in rows])


def _means(logs: Matrix) -> Matrix:
    finite = np.isfinite(logs)
    sums = np.where(finite, logs, 0.0).sum(axis=1)
    counts = finite.sum(axis=1)
    return np.where(counts > 0, sums / np.maximum(counts, 1), math.nan)


def _groups(logs: Matrix) -> tuple[int, ...]:
    """Return which treatments are linked by passes that they share: for each the first one of its group."""
    groups = list(range(len(logs)))
    for column in np.isfinite(logs).T:
        together = {groups[row] for row in np.flatnonzero(column)}
        first = min(together, default=0)
        groups = [first if group in together else group for group in groups]
    return tuple(groups)
