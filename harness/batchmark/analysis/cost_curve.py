"""What an epoch costs by its batch size: an overhead per step and a cost per example.

The model is ``seconds_per_epoch = overhead * steps + cost * examples``. Divided by the steps it reads
``seconds_per_step = overhead + cost * b`` with b the mean batch of the epoch, examples / steps; so a
partial last batch is accounted for exactly.

At a fixed number of examples, a cost that each epoch has once (Keras' own, between epochs) can't be told
from a cost per example: it lands in the latter.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import nnls

from batchmark.analysis.intervals import median_interval, simultaneous_level
from batchmark.analysis.turns import turn_matrix
from batchmark.records import CellRecord, Estimate

# Two parameters pass through any two points: the third is the first that can disagree.
_FEWEST_STEP_COUNTS = 3


@dataclass(frozen=True)
class TurnFits:
    """The curve fitted to each turn by itself."""

    parameters: NDArray[np.float64]
    """Shape (turns, 2): overhead in seconds per step, cost in seconds per example."""
    log_residuals: NDArray[np.float64]
    """Shape (cells, turns): the logarithm of measured / fitted."""


@dataclass(frozen=True)
class CostCurve:
    """The fitted curve, and where it fits badly."""

    overhead: Estimate
    """Seconds per step."""
    cost: Estimate
    """Seconds per example, with whatever an epoch costs once."""
    residuals: dict[int, Estimate]
    """Measured / fitted - 1 by batch size; their intervals hold together."""

    def misfits(self, tolerance: float = 0.05) -> tuple[int, ...]:
        """Return the batch sizes whose residual's whole interval lies beyond ±`tolerance`."""
        return tuple(size for size, residual in self.residuals.items() if residual.lies_beyond(-tolerance, tolerance))

    def seconds_per_epoch(self, steps: int, examples: int) -> float:
        """Return what an epoch of `examples` examples in `steps` steps costs by the curve."""
        return self.overhead.value * steps + self.cost.value * examples


def fit_cost_curve(records: Sequence[CellRecord], *, level: float = 0.95) -> CostCurve | None:
    """Fit the curve to cells of one workload and loop; its parameters are medians over turns.

    Returns None where fewer than three different step counts, or no common turn, leave nothing to fit.
    """
    fits = fit_turns(records)
    if fits is None:
        return None
    overhead, cost = (median_interval(column, level=level) for column in fits.parameters.T)
    # One size in twenty would be called a misfit by chance if each interval held by itself.
    at_level = simultaneous_level(level, len(records))
    residuals = {
        record.cell.batch_size: median_interval(np.expm1(row), level=at_level)
        for record, row in zip(records, fits.log_residuals, strict=True)
    }
    return CostCurve(overhead, cost, residuals)


def fit_turns(records: Sequence[CellRecord]) -> TurnFits | None:
    """Fit the curve to each turn of cells of one workload and loop.

    Relative least squares, because noise grows with the time it is in: the squares of fitted / measured - 1
    are minimised over non-negative overhead and cost. Returns None as `fit_cost_curve` does.
    """
    seconds = turn_matrix(records)
    steps_and_examples = np.array([(record.steps_per_epoch, record.examples) for record in records], np.float64)
    if seconds.size == 0 or len(set(steps_and_examples[:, 0])) < _FEWEST_STEP_COUNTS:
        return None
    # nnls stops at absolute tolerances; columns of equal size keep seconds and examples out of them.
    scale = steps_and_examples.max(axis=0)
    parameters, fitted = [], []
    for turn in seconds.T:
        typical = math.exp(np.log(turn).mean())
        design = steps_and_examples / scale * (typical / turn)[:, None]
        solution, _ = nnls(design, np.ones(len(turn)))
        parameters.append(solution * typical / scale)
        fitted.append(design @ solution)
    return TurnFits(np.array(parameters), -np.log(np.array(fitted).T))
