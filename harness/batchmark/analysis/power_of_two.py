"""Are powers of two faster? Each against its neighbours and against round sizes nearby.

A contrast is, turn by turn, the logarithm of a power's residual minus that of the others; a residual is
measured / fitted by the cost curve of the same turn. So a different number of steps or a partial last batch is
accounted for, and what a turn has in common cancels.

The others of a turn are one of them, another in each turn, brought to their common level first: the difference
of two alike noises has the median zero whatever their distribution. Note: tried the mean of the others in every
turn; rejected because timing noise is skewed, and the median of such a difference is not zero then: with 36
turns of spiky noise and no effect, a contrast with five round sizes that should be wrong in 0.6 % of sweeps was
wrong in 23 % (tests/analysis/test_power_of_two.py simulates the family).

A comparison with round sizes further away leans on the curve being right there; one with neighbours hardly does.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from batchmark.analysis.cost_curve import fit_turns
from batchmark.analysis.intervals import ratio_interval, simultaneous_level, units_needed
from batchmark.analysis.turns import turn_matrix
from batchmark.records import CellRecord, Estimate
from batchmark.written.batch_sizes import powers_of_two

TOLERANCE = 0.01


class Against(StrEnum):
    """What a power of two is compared with."""

    NEIGHBOURS = "neighbours"
    """One below and one above."""
    ROUND_SIZES = "round sizes"
    """The multiples of ten strictly between its half and its double, neighbours left out."""


@dataclass(frozen=True)
class Comparison:
    """A contrast before it is measured."""

    batch_size: int
    against: Against
    others: tuple[int, ...]


@dataclass(frozen=True)
class Contrast:
    """A power of two against others."""

    comparison: Comparison
    ratio: Estimate
    """Residual of the power over that of the others: below 1 the power of two is faster."""
    on_curve: bool
    """Whether residuals are relative to the cost curve; else there was none, and they are costs per example."""


class Outcome(StrEnum):
    """What the contrasts say together."""

    FASTER = "faster"
    """At least one whole interval lies below 1, and none above."""
    SLOWER = "slower"
    """At least one whole interval lies above 1, and none below."""
    MIXED = "mixed"
    """Some lie below 1 and some above."""
    NO_DIFFERENCE = "no difference"
    """Every interval includes 1 and lies within the tolerance of it."""
    INCONCLUSIVE = "inconclusive"
    """Some interval includes 1 and reaches beyond the tolerance, or there are too few turns for one."""
    NOT_MEASURED = "not measured"
    """There are no contrasts."""


@dataclass(frozen=True)
class Conclusion:
    """The outcome with what it rests on."""

    outcome: Outcome
    contrasts: tuple[Contrast, ...]
    faster: tuple[Contrast, ...] = ()
    slower: tuple[Contrast, ...] = ()
    turns_needed: int | None = None
    """If inconclusive: about how many turns would bring every interval's half-width down to the tolerance."""
    tolerance: float = TOLERANCE


def comparisons(sizes: Sequence[int]) -> tuple[Comparison, ...]:
    """Return the contrasts that a grid of `sizes` makes possible, by power of two, neighbours first."""
    grid = set(sizes)
    found = []
    for power in powers_of_two(tuple(sorted(grid))):
        neighbours = (power - 1, power + 1)
        if grid.issuperset(neighbours):
            found.append(Comparison(power, Against.NEIGHBOURS, neighbours))
        nearby = (size for size in grid.difference(neighbours) if power / 2 < size < 2 * power)
        if round_sizes := tuple(sorted(size for size in nearby if size % 10 == 0)):
            found.append(Comparison(power, Against.ROUND_SIZES, round_sizes))
    return tuple(found)


def contrasts(records: Sequence[CellRecord], *, family: int, level: float = 0.95) -> tuple[Contrast, ...]:
    """Return the contrasts that cells of one workload and loop make possible.

    Their intervals hold together at `level` with all others of a `family` that counts at least these.
    """
    by_turn, on_curve = log_contrasts(records)
    at_level = simultaneous_level(level, max(family, len(by_turn), 1))
    return tuple(
        Contrast(comparison, ratio_interval(values, level=at_level), on_curve=on_curve)
        for comparison, values in by_turn.items()
    )


def log_contrasts(records: Sequence[CellRecord]) -> tuple[dict[Comparison, NDArray[np.float64]], bool]:
    """Return each possible contrast by turn, shape (turns,), as a logarithm, and whether it is relative to a curve."""
    row_of = {record.cell.batch_size: row for row, record in enumerate(records)}
    residuals, on_curve = _log_residuals(records)
    by_turn = {
        comparison: _by_turn(residuals, row_of[comparison.batch_size], [row_of[size] for size in comparison.others])
        for comparison in comparisons(list(row_of))
    }
    return by_turn, on_curve


def conclude(contrasts: Sequence[Contrast], tolerance: float = TOLERANCE) -> Conclusion:
    """Return what `contrasts`, all of one kind, say together.

    Faster and slower mean by more than zero, not by more than the tolerance: the range is in the contrasts.
    """
    told = tuple(contrasts)
    faster = tuple(c for c in told if c.ratio.high is not None and c.ratio.high < 1)
    slower = tuple(c for c in told if c.ratio.low is not None and c.ratio.low > 1)
    needed: int | None = None
    if not told:
        outcome = Outcome.NOT_MEASURED
    elif faster and slower:
        outcome = Outcome.MIXED
    elif faster or slower:
        outcome = Outcome.FASTER if faster else Outcome.SLOWER
    elif all(c.ratio.lies_within(1 - tolerance, 1 + tolerance) for c in told):
        outcome = Outcome.NO_DIFFERENCE
    else:
        outcome = Outcome.INCONCLUSIVE
        needed = max(_turns_needed(c.ratio, tolerance) for c in told)
    return Conclusion(outcome, told, faster, slower, needed, tolerance)


def _by_turn(residuals: NDArray[np.float64], power: int, others: list[int]) -> NDArray[np.float64]:
    """Return the contrast of row `power` with rows `others` in each turn."""
    theirs = residuals[others]
    turns = np.arange(residuals.shape[1])
    if turns.size == 0:
        return np.array([])
    # How far each of the others lies from the common level, which this leaves where it is.
    offsets = np.median(theirs - theirs.mean(axis=0), axis=1)
    levelled = theirs - (offsets - offsets.mean())[:, None]
    contrast: NDArray[np.float64] = residuals[power] - levelled[turns % len(others), turns]
    return contrast


def _log_residuals(records: Sequence[CellRecord]) -> tuple[NDArray[np.float64], bool]:
    """Return log residuals, shape (cells, turns), and whether they are relative to the cost curve."""
    if fits := fit_turns(records):
        return fits.log_residuals, True
    examples = np.array([record.examples for record in records], np.float64)
    return np.log(turn_matrix(records) / examples[:, None]), False


def _turns_needed(ratio: Estimate, tolerance: float) -> int:
    """Return roughly how many turns bring the half-width to `tolerance`: it goes with 1 / sqrt(turns)."""
    fewest = units_needed(ratio.level)
    if ratio.low is None or ratio.high is None:
        return fewest
    half_width = (ratio.high - ratio.low) / 2
    return max(fewest, ratio.n + 1, round(ratio.n * (half_width / tolerance) ** 2))
