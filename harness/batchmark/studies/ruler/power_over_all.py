"""What a verdict over all batch sizes would have found in stored runs, had one slow-down been planted at all of them.

What a run planted, another share at each batch size, is taken away from its restarts' effects, and a common share put
in its place: the noise is the measured one.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from batchmark.analysis.looks import LooksDesign
from batchmark.analysis.pooled import Matrix, chance_of_alike, pooled
from batchmark.analysis.restarts import ratio_over_restarts
from batchmark.analysis.verdict import judge_location
from batchmark.comparison import SIZES_DIFFER, Verdict
from batchmark.studies.ruler.power import counted, sought
from batchmark.studies.ruler.power_run import Run

SHARES = (0.0, 0.01, 0.02)
OF_POOLED = 0.975
"""The confidence of a verdict over all batch sizes in a comparison at 95 %, of which it has half the error
(`analysis.looks.Promise`)."""


@dataclass(frozen=True)
class FoundOverAll:
    """How often one slow-down at all batch sizes was found, of all runs."""

    share: float
    runs: int
    significant: dict[Verdict, int]
    """By verdict, without a tolerance, each at 99 %."""
    beyond_tolerance: dict[Verdict, int]
    """By verdict, with the tolerance, each at `OF_POOLED`."""


def of_run(run: Run, *, share: float = 0.0) -> tuple[Matrix, Matrix]:
    """Return a run's effects and errors, shape (restarts, cells), a common `share` in place of what was planted.

    Cells with epochs that are slow now and then are left out.
    """
    effects = np.array([run.effects[size] for size in run.even], np.float64).T + instead(run, share)
    return effects, np.array([run.errors[size] for size in run.even], np.float64).T


def instead(run: Run, share: float) -> NDArray[np.float64]:
    """Return what puts `share` in place of what was planted at each even cell, logarithms of shape (cells,)."""
    return math.log1p(share) - np.log1p([run.shares[size] for size in run.even])


def evaluate_over_all(runs: Sequence[Run], *, tolerance: float) -> tuple[FoundOverAll, ...]:
    """Return what was found of each of `SHARES`."""
    return tuple(_found(runs, share, tolerance) for share in SHARES)


def error_over_all(runs: Sequence[Run]) -> float:
    """Return the root mean square of what all restarts of a run found over all sizes, less what was planted."""
    found = [math.log(ratio_over_restarts(*pooled(*of_run(run)), level=0.95).value) for run in runs]
    return math.sqrt(sum(each**2 for each in found) / len(found))


def sizes_called_different(runs: Sequence[Run]) -> tuple[int, int]:
    """Return in how many runs batch sizes differ among themselves: with what was planted, and without it."""
    with_it = [np.array([run.effects[size] for size in run.even], np.float64).T for run in runs]
    without = [of_run(run)[0] for run in runs]
    counts = [sum(chance_of_alike(each) < SIZES_DIFFER for each in effects) for effects in (with_it, without)]
    return counts[0], counts[1]


def _found(runs: Sequence[Run], share: float, tolerance: float) -> FoundOverAll:
    return FoundOverAll(
        share,
        len(runs),
        _counted(runs, share, 0.99, tolerance=0.0),
        _counted(runs, share, OF_POOLED, tolerance=tolerance),
    )


def _counted(runs: Sequence[Run], share: float, confidence: float, *, tolerance: float) -> dict[Verdict, int]:
    return counted(_verdict(run, share, LooksDesign(1, run.looks, confidence), tolerance) for run in runs)


def _verdict(run: Run, share: float, design: LooksDesign, tolerance: float) -> Verdict:
    effects, errors = of_run(run, share=share)

    def judged(restarts: int, level: float) -> Verdict:
        # What is pooled at a look is of the restarts until then.
        found = ratio_over_restarts(*pooled(effects[:restarts], errors[:restarts]), level=level)
        return judge_location(found, tolerance=tolerance)

    return sought(judged, design)[0]
