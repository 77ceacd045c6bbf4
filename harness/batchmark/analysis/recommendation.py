"""Which batch size to take: the fastest, those as good, and the smallest that is nearly as fast."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from batchmark.analysis.intervals import median_interval, simultaneous_level
from batchmark.analysis.turns import turn_matrix
from batchmark.records import CellRecord

KNEE_TOLERANCE = 0.05


@dataclass(frozen=True)
class Recommendation:
    """What a sweep of one workload and loop says about which batch size to take for speed."""

    fastest: int
    """The batch size with the highest throughput at its median seconds per epoch."""
    examples_per_second: float
    """At the median over turns of the seconds per epoch of `fastest`."""
    not_distinguishable: tuple[int, ...]
    """Other batch sizes that could be as fast, ascending: all of them where turns are too few to tell."""
    turns_are_enough: bool
    """Whether there were turns enough for the intervals that tell batch sizes from the fastest."""
    knee: int
    """The smallest batch size whose median throughput is within 5 % of the best."""
    knee_turns: int
    """In how many of the turns, taken by themselves, the knee is the same."""
    turns: int


def recommend(records: Sequence[CellRecord], *, level: float = 0.95) -> Recommendation | None:
    """Return the recommendation from cells of one workload and loop; None where no turn is common to them.

    A batch size is told from the fastest where the interval of its paired ratio to it excludes 1, at the level
    that holds for all these comparisons together. Although the data choose what looks fastest, the size that truly
    is gets told from it with a probability of at most 1 - `level`: for that it has to lose, wrongly, one of its own
    comparisons, and as many as it has are corrected for.
    """
    ordered = sorted(records, key=lambda record: record.cell.batch_size)
    seconds = turn_matrix(ordered)
    if seconds.size == 0:
        return None
    sizes = [record.cell.batch_size for record in ordered]
    examples = np.array([record.examples for record in ordered], np.float64)
    throughput = examples[:, None] / seconds
    medians = examples / np.median(seconds, axis=1)
    best = int(np.argmax(medians))
    at_level = simultaneous_level(level, max(1, len(sizes) - 1))
    log_ratios = np.log(throughput[best] / throughput)
    intervals = [median_interval(row, level=at_level) for row in log_ratios]
    knee = _knee(medians)
    return Recommendation(
        fastest=sizes[best],
        examples_per_second=float(medians[best]),
        not_distinguishable=tuple(
            size
            for index, (size, interval) in enumerate(zip(sizes, intervals, strict=True))
            if index != best and not interval.lies_beyond(0.0, 0.0)
        ),
        turns_are_enough=all(interval.has_interval for interval in intervals),
        knee=sizes[knee],
        knee_turns=sum(_knee(turn) == knee for turn in throughput.T),
        turns=seconds.shape[1],
    )


def _knee(throughput: NDArray[np.float64]) -> int:
    """Return the first index, sizes ascending, whose throughput is within the tolerance of the best."""
    return int(np.argmax(throughput >= (1 - KNEE_TOLERANCE) * throughput.max()))
