"""What memory a training takes by its batch size: ``peak_bytes = base + bytes_per_example · b``.

`base` holds the framework, the data and the model with its optimizer's state; `bytes_per_example` what a batch
keeps of each example between the forward and the backward pass.

Source: ordinary least squares with Student's t interval of the slope, as in Draper and Smith 1998, Applied
Regression Analysis, chapter 1. One process a batch size: what differs from process to process is in the residuals.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import stdtrit
from scipy.stats import linregress

from batchmark.records import CellRecord, Estimate

# A line passes through any two points.
_FEWEST = 3


@dataclass(frozen=True)
class MemoryCurve:
    """The fitted line."""

    base: Estimate
    """Bytes."""
    bytes_per_example: Estimate
    explained: float
    """The share of the variance that the line explains, 0 to 1."""
    is_device: bool
    """Whether it is the GPU's memory."""


def fit_memory_curve(records: Sequence[CellRecord], *, level: float = 0.95) -> MemoryCurve | None:
    """Fit the line to cells of one workload and loop whose memory was measured: the GPU's where there is one.

    Returns None for fewer than three batch sizes.
    """
    is_device = any(record.peak_device_bytes is not None for record in records)
    peaks = [(r.cell.batch_size, r.peak_device_bytes if is_device else r.peak_host_bytes) for r in records]
    known = [(size, peak) for size, peak in peaks if peak is not None]
    n = len(known)
    if n < _FEWEST:
        return None
    sizes, values = np.array(known, np.float64).T
    line = linregress(sizes, values)
    reach = float(stdtrit(n - 2, (1 + level) / 2))
    return MemoryCurve(
        base=_estimate(line.intercept, reach * line.intercept_stderr, level, n),
        bytes_per_example=_estimate(line.slope, reach * line.stderr, level, n),
        # Equal peaks have no variance to explain.
        explained=float(line.rvalue**2) if np.ptp(values) else 1.0,
        is_device=is_device,
    )


def _estimate(value: float, reach: float, level: float, n: int) -> Estimate:
    return Estimate(float(value), float(value - reach), float(value + reach), level, n)
