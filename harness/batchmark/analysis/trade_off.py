"""Steps against examples to a target, over batch sizes: what a larger batch saves in steps it pays in examples.

Source: McCandlish et al. 2018, arXiv 1812.06162, equation 2.11: (S/S_min - 1)(E/E_min - 1) = 1, with the balance
E_min/S_min, at which both are twice the least. Deviation: medians over seeds are fitted, on logarithms, and a seed that
never reached the target is censored: it counts as later than all others.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from batchmark.analysis.intervals import units_needed
from batchmark.records import Estimate

Values = NDArray[np.float64]

_FEWEST_SIZES = 3
_BEYOND = 64.0
_PLACES = 241
_OF_TAIL = 20
_SHORT_OF_PERFECT = 4.0
_MOST_LOST = 0.2
"""Of what lies beyond an interval: replicates in which too few sizes reach the target."""
_CHUNK = 2_000


@dataclass(frozen=True)
class TradeOff:
    """The curve and what it says; where it is `refused`, the estimates are NaN."""

    fewest_steps: Estimate
    """S_min: with a batch however large."""
    fewest_examples: Estimate
    """E_min: with a batch however small."""
    balance: Estimate
    """E_min/S_min, in examples: where steps and examples are both twice the least."""
    critical_batch_size: Estimate
    """A quarter of `balance`, in examples: where steps fall 20 % short of perfect scaling, S ∝ 1/B."""
    censored: dict[int, int]
    """By batch size, the seeds that never reached the target."""
    left_out: tuple[int, ...] = ()
    """Sizes at which half of the seeds or more never reached it."""
    refused: str = ""
    """Why there is no curve."""


def first_reached(
    positions: Sequence[float], curves: Sequence[Values | Sequence[float]], target: float, *, higher: bool
) -> Values:
    """Return by seed the position of the first look at which its curve is at the target, or beyond it.

    Infinity where no look is: censored. `positions` are of the looks, in steps, examples or seconds; NaN in a curve,
    which has diverged, reaches nothing. `higher`: whether higher is better.
    """
    values = np.asarray(curves, np.float64)
    there = values >= target if higher else values <= target
    at = np.asarray(positions, np.float64)
    return np.where(there.any(axis=1), at[there.argmax(axis=1)], np.inf)


def fit_trade_off(
    batch_sizes: Sequence[int],
    steps_by_size: Sequence[Values | Sequence[float]],
    examples_by_size: Sequence[Values | Sequence[float]],
    *,
    level: float = 0.95,
    replicates: int | None = None,
    seed: int = 0,
) -> TradeOff:
    """Fit the curve to medians over seeds, with intervals by a bootstrap of paired seeds.

    Values are by size and seed, infinity where censored; each size has the same seeds. `replicates`: None takes what
    the level needs, 20 beyond each end of the interval at least. No interval with too few seeds for a median's at this
    level.

    Source: Efron 1979, doi 10.1214/aos/1176344552 (percentiles of a bootstrap over seeds).

    Raises ValueError: lengths that differ.
    """
    steps, examples = (
        np.array([np.asarray(each, np.float64) for each in both]) for both in (steps_by_size, examples_by_size)
    )
    if steps.shape != examples.shape or steps.shape[0] != len(batch_sizes):
        message = (
            f"steps {steps.shape}, examples {examples.shape} of {len(batch_sizes)} sizes; expected as many of each"
        )
        raise ValueError(message)
    n = steps.shape[1]
    censored = {size: int(np.isinf(row).sum()) for size, row in zip(batch_sizes, steps, strict=True)}
    reached = np.isfinite(np.median(steps, axis=1))
    left_out = tuple(size for size, is_there in zip(batch_sizes, reached, strict=True) if not is_there)
    nothing = Estimate(math.nan, None, None, level, n)

    def refused(why: str) -> TradeOff:
        return TradeOff(nothing, nothing, nothing, nothing, censored, left_out, why)

    if reached.sum() < _FEWEST_SIZES:
        return refused(
            f"{int(reached.sum())} sizes reach the target by half of their seeds; a curve takes {_FEWEST_SIZES}"
        )
    grid = _grid(batch_sizes)
    whole = _fitted(np.median(steps, axis=1)[None], np.median(examples, axis=1)[None], grid)[0]
    if not np.isfinite(whole).all():
        ratio = np.median(examples[reached][-1]) / np.median(examples[reached][0])
        return refused(
            f"examples at the largest size are {ratio:.3g} times those at the smallest, and no curve of theirs bends "
            "within these sizes"
        )
    ends = _bootstrap(steps, examples, grid, level=level, replicates=replicates, seed=seed)
    whole = _four(whole[None])[0]
    fewest_steps, fewest_examples, balance, critical = (
        Estimate(
            math.exp(value),
            None if ends is None else float(np.exp(ends[0, index])),
            None if ends is None else float(np.exp(ends[1, index])),
            level,
            n,
        )
        for index, value in enumerate(whole)
    )
    return TradeOff(fewest_steps, fewest_examples, balance, critical, censored, left_out)


def _four(fitted: Values) -> Values:
    """Return the logarithms of S_min, E_min, the balance and the critical batch size of each row of a fit."""
    fewest, examples, balance = fitted.T
    return np.stack([fewest, examples, balance, balance - math.log(_SHORT_OF_PERFECT)], axis=1)


def _grid(batch_sizes: Sequence[int]) -> Values:
    """Return places for the logarithm of the balance: up to some way beyond the sizes that were tried."""
    return np.linspace(math.log(min(batch_sizes) / _BEYOND), math.log(max(batch_sizes) * _BEYOND), _PLACES)


def _fitted(steps: Values, examples: Values, grid: Values) -> Values:
    """Return the logarithms of S_min, E_min and the balance of each row of medians, shape (rows, 3).

    Where examples don't rise with the size, the balance is infinite and S_min is 0; where steps don't fall, the balance
    and E_min are 0. NaN where too few sizes reach the target.

    For a balance the best S_min is a mean, so that one number is searched for: on a grid, and by a parabola through the
    best place and its neighbours.
    """
    with np.errstate(invalid="ignore", divide="ignore"):
        mean_size = examples / steps
        known = np.isfinite(steps) & np.isfinite(examples)
        size = np.where(known, mean_size, 1.0)
        left = np.where(known, np.log(np.where(known, steps, 1.0)), 0.0)[:, None] - np.log1p(
            np.exp(grid)[None, :, None] / size[:, None]
        )
    weight = known[:, None].astype(np.float64)
    count = np.maximum(weight.sum(axis=2), 1)
    log_steps = (left * weight).sum(axis=2) / count
    lost = (weight * (left - log_steps[..., None]) ** 2).sum(axis=2)
    best = lost.argmin(axis=1)
    rows = np.arange(len(best))
    inner = np.clip(best, 1, grid.size - 2)
    before, at, after = lost[rows, inner - 1], lost[rows, inner], lost[rows, inner + 1]
    with np.errstate(invalid="ignore", divide="ignore"):
        shift = np.clip(0.5 * (before - after) / (before - 2 * at + after), -1, 1)
    balance = grid[inner] + np.nan_to_num(shift) * (grid[1] - grid[0])
    fewest = (
        np.where(known, np.log(np.where(known, steps, 1.0)) - np.log1p(np.exp(balance)[:, None] / size), 0.0)
    ).sum(axis=1) / count[:, 0]
    places = np.where(known, np.log(np.where(known, examples, 1.0)), 0.0).sum(axis=1) / count[:, 0]
    never_bends, bends_before = best == grid.size - 1, best == 0
    found = np.stack([fewest, fewest + balance, balance], axis=1)
    found[never_bends] = np.stack([np.full(len(best), -np.inf), places, np.full(len(best), np.inf)], axis=1)[
        never_bends
    ]
    middle = np.where(known, np.log(np.where(known, steps, 1.0)), 0.0).sum(axis=1) / count[:, 0]
    zero = np.full(len(best), -np.inf)
    found[bends_before] = np.stack([middle, zero, zero], axis=1)[bends_before]
    found[known.sum(axis=1) < _FEWEST_SIZES] = np.nan
    return found


def _bootstrap(
    steps: Values, examples: Values, grid: Values, *, level: float, replicates: int | None, seed: int
) -> Values | None:
    """Return the ends of the four logarithms' intervals, shape (2, 4); None: too few seeds, or sizes."""
    n = steps.shape[1]
    if n < units_needed(level):
        return None
    wanted = max(replicates or 0, math.ceil(2 * _OF_TAIL / (1 - level)))
    draw = np.random.default_rng(seed)
    rows = []
    for begin in range(0, wanted, _CHUNK):
        seeds = draw.integers(0, n, (min(_CHUNK, wanted - begin), n))
        rows.append(_fitted(np.median(steps[:, seeds], axis=2).T, np.median(examples[:, seeds], axis=2).T, grid))
    found = np.concatenate(rows)
    known = _four(found[~np.isnan(found).any(axis=1)])
    if len(known) < (1 - _MOST_LOST * (1 - level)) * len(found):
        return None
    # Values that were drawn, as some may be infinite: an interval may reach to infinity, or to 0.
    low = np.quantile(known, (1 - level) / 2, axis=0, method="lower")
    return np.stack([low, np.quantile(known, (1 + level) / 2, axis=0, method="higher")])
