"""Does a comparison find what is there, and nothing else? Real slow-downs are planted, and looked for.

Each cell of a run (`power_run`) is judged as if compared alone, look by look, until it is settled. Beside it the
same workers are compared as stored runs are, one side after the other: by the median epoch of one side's in the first
half of the run, and the other's in the second.
"""

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from statistics import median

import numpy as np
from numpy.typing import NDArray

from batchmark.analysis.intervals import as_ratio, mean_interval
from batchmark.analysis.looks import LooksDesign
from batchmark.analysis.restarts import ratio_over_restarts
from batchmark.analysis.verdict import judge_location
from batchmark.comparison import Verdict
from batchmark.records import Estimate
from batchmark.studies.ruler.power_run import Run

STORED_THRESHOLD = 0.05
"""What stored runs are usually judged by: a median that is slower by 5 % fails."""


@dataclass(frozen=True)
class Found:
    """How often what was planted was found, of all runs together."""

    share: float
    cells: int
    significant: dict[Verdict, int]
    """By verdict, without a tolerance, each at 99 %."""
    beyond_tolerance: dict[Verdict, int]
    """By verdict, with the tolerance, each at 95 %."""
    restarts: float
    """Median, until it was settled without a tolerance."""
    spread: float
    """Of restarts' effects in a cell, the median of cells."""
    error: float
    """Root mean square of what comparisons of all restarts found, less what was planted."""
    stored_error: float
    """The same of stored runs."""
    stored: int
    """Comparisons of stored runs: two for each cell of a run."""
    stored_regressed: int
    """How many of them are slower by more than the fixed threshold."""
    stored_improved: int
    """How many are faster by more than it."""


def settled(
    effects: Sequence[float], errors: Sequence[float], design: LooksDesign, *, tolerance: float
) -> tuple[Verdict, int]:
    """Return the verdict on one cell, sought look by look until it is settled, and the restarts that it took."""

    def judged(restarts: int, level: float) -> Verdict:
        return judge_location(
            ratio_over_restarts(effects[:restarts], errors[:restarts], level=level), tolerance=tolerance
        )

    return sought(judged, design)


def sought(judged: Callable[[int, float], Verdict], design: LooksDesign) -> tuple[Verdict, int]:
    """Return the verdict that is given by the number of restarts and a level, as `settled` does."""
    verdict = Verdict.INCONCLUSIVE
    for index, restarts in enumerate(design.looks):
        verdict = judged(restarts, design.level(index))
        if verdict is not Verdict.INCONCLUSIVE:
            return verdict, restarts
    return verdict, design.looks[-1]


def evaluate(runs: Sequence[Run], *, tolerance: float = 0.01, threshold: float = STORED_THRESHOLD) -> tuple[Found, ...]:
    """Return what was found of each share that was planted, ascending; stored runs are judged by `threshold` alone."""
    shares = sorted({run.shares[size] for run in runs for size in run.even})
    return tuple(_found(runs, share, tolerance, threshold) for share in shares)


def calm_and_noisy(runs: Sequence[Run]) -> tuple[tuple[Run, ...], tuple[Run, ...]]:
    """Return the half of the runs in which restarts scattered least, and the others, both ascending by it.

    The halves are parted by noise, not by what was found; of an odd number the middle one is noisy.
    """
    ordered = tuple(sorted(runs, key=lambda run: run.spread))
    half = len(ordered) // 2
    return ordered[:half], ordered[half:]


def gain(runs: Sequence[Run], *, level: float = 0.95) -> Estimate:
    """Return how many times as much stored runs err as comparisons do: the geometric mean over runs, with Student's t.

    Both are root mean squares over a run's cells, of what was found less what was planted, and of as much data: each
    half of a run is a comparison, and stored runs have half of each side's restarts.
    """
    return as_ratio(mean_interval([_gain(run) for run in runs], level=level))


def _gain(run: Run) -> float:
    planted = {size: math.log1p(share) for size, share in run.shares.items()}
    live = np.array([effect - planted[size] for size in run.even for effect in run.halves(size)])
    stored = np.array([effect - planted[size] for size in run.even for effect in run.stored(size)])
    return math.log(_root_mean_square(stored) / _root_mean_square(live))


def _found(runs: Sequence[Run], share: float, tolerance: float, threshold: float) -> Found:
    cells = [(run, size) for run in runs for size in run.even if run.shares[size] == share]
    alone, beyond = (
        [
            settled(run.effects[size], run.errors[size], LooksDesign(1, run.looks, confidence), tolerance=by)
            for run, size in cells
        ]
        for confidence, by in ((0.99, 0.0), (0.95, tolerance))
    )
    planted, limit = math.log1p(share), math.log1p(threshold)
    found = np.array([run.found(size) for run, size in cells])
    stored = np.array([effect for run, size in cells for effect in run.stored(size)])
    return Found(
        share=share,
        cells=len(cells),
        significant=counted(verdict for verdict, _ in alone),
        beyond_tolerance=counted(verdict for verdict, _ in beyond),
        restarts=median(restarts for _, restarts in alone),
        spread=median(run.spread_of(size) for run, size in cells),
        error=_root_mean_square(found - planted),
        stored_error=_root_mean_square(stored - planted),
        stored=stored.size,
        stored_regressed=int(np.sum(stored > limit)),
        stored_improved=int(np.sum(stored < -limit)),
    )


def _root_mean_square(values: NDArray[np.float64]) -> float:
    return float(np.sqrt(np.mean(values**2)))


def counted(verdicts: Iterable[Verdict]) -> dict[Verdict, int]:
    """Return how often each verdict came out."""
    found = list(verdicts)
    return {verdict: found.count(verdict) for verdict in Verdict}
