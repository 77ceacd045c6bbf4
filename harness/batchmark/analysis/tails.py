"""Epochs that are slow now and then: what the location of neighbours' ratios can't see, and users pay for.

A location is made not to follow single values, so an epoch in five that takes twice as long leaves it where it is. So
beside it stand the ratio of mean epochs, and the excess of slow epochs: how many more of the candidate's are far above
the baseline's beside them than the other way round. A shared machine makes epochs slow as well, of both sides alike:
the excess of identical sides scatters about 0.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from statistics import median

import numpy as np
from numpy.typing import NDArray

from batchmark.analysis.intervals import as_ratio, mean_interval
from batchmark.comparison import Tail

Turn = Mapping[int, Sequence[float]]
"""The rounds of each visit, by place in the order of a turn."""
Vector = NDArray[np.float64]

SLOW = 1.3
"""An epoch is slow that takes so many times as long as the other side's beside it."""
MOST_UNSEEN = 0.05
"""The share of slow epochs that "unchanged" has to rule out."""
_LEVEL_OF_SLOW = 0.95
MORE_EPOCHS = "an end to what makes some epochs slow, or more of them (--budget)"
"""What would settle what is inconclusive for its slow epochs alone."""
# Of a verdict's probability of a false alarm, what the ratio of mean epochs has; the rest is the location's.
_SHARE_OF_MEANS = 0.2


@dataclass(frozen=True)
class Tails:
    """What restarts tell of slow epochs, one value a restart; NaN where it tells none."""

    means: Vector
    """Shape (restarts,): the logarithm of mean epochs, candidate over baseline."""
    excesses: Vector
    """Shape (restarts,): the share of slow epochs, the candidate's less the baseline's."""
    epochs: int
    """Of all restarts together, of the side that has fewer."""

    def up_to(self, restarts: int) -> "Tails":
        """Return those of the first so many restarts, as a look between has them; `epochs` stays that of all."""
        return replace(self, means=self.means[:restarts], excesses=self.excesses[:restarts])

    def over_restarts(self, *, level: float) -> Tail | None:
        """Return what they tell together, with intervals of Student's t, the mean's at `level`; None below two."""
        mean = as_ratio(mean_interval(self.means, level=level))
        slow = mean_interval(self.excesses, level=_LEVEL_OF_SLOW)
        if mean.low is None or mean.high is None or slow.low is None or slow.high is None:
            return None
        return Tail(mean.value, (mean.low, mean.high), slow.value, (slow.low, slow.high), level, self.epochs)


def shared(level: float) -> tuple[float, float]:
    """Return the level of the location's interval and of the mean epoch's, which hold together at `level`."""
    return 1 - (1 - _SHARE_OF_MEANS) * (1 - level), 1 - _SHARE_OF_MEANS * (1 - level)


def tails(restarts: Iterable[tuple[Sequence[Turn], Sequence[Turn]]]) -> Tails:
    """Return the tails of restarts: of each the baseline's and the candidate's turns, the same in the same order."""
    each = list(restarts)
    found = [(_ratio_of_means(*sides), _excess(*sides)) for sides in each]
    means, excesses = np.array(found, np.float64).reshape(-1, 2).T
    return Tails(means, excesses, min((sum(len(_rounds(sides[side])) for sides in each) for side in (0, 1)), default=0))


def pooled_tails(of_cells: Sequence[Tails]) -> Tails:
    """Return each restart's mean over cells, all of the same restarts; NaN where a restart lacks one."""
    means, excesses = (
        np.mean(values, axis=0) for values in zip(*((each.means, each.excesses) for each in of_cells), strict=True)
    )
    return Tails(means, excesses, sum(each.epochs for each in of_cells))


def _ratio_of_means(baseline: Sequence[Turn], candidate: Sequence[Turn]) -> float:
    theirs, ours = _rounds(baseline), _rounds(candidate)
    if not theirs or not ours or not (sum(theirs) > 0 and sum(ours) > 0):
        return math.nan
    return math.log(np.mean(ours) / np.mean(theirs))


def _rounds(turns: Sequence[Turn]) -> list[float]:
    return [each for turn in turns for visit in turn.values() for each in visit]


def _excess(baseline: Sequence[Turn], candidate: Sequence[Turn]) -> float:
    shares = [_share_of_slow(candidate, baseline), _share_of_slow(baseline, candidate)]
    return shares[0] - shares[1]


def _share_of_slow(side: Sequence[Turn], other: Sequence[Turn]) -> float:
    """Return the share of `side`'s rounds that are slow beside a visit of the `other`'s before or after it."""
    slow = [
        each > SLOW * median(beside)
        for ours, theirs in zip(side, other, strict=False)
        for place, visit in ours.items()
        for neighbour in (place - 1, place + 1)
        if (beside := theirs.get(neighbour))
        for each in visit
    ]
    return sum(slow) / len(slow) if slow else math.nan
