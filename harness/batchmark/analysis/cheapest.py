"""Which of several ways takes the least time to a target, and how sure that is: updates times seconds of one.

Source: Efron 1979, doi 10.1214/aos/1176344552 (percentiles of a bootstrap, here over paired seeds and over turns).
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Values = NDArray[np.float64]

_REPLICATES = 4_000
_CHUNK = 500


@dataclass(frozen=True)
class Cheapest:
    """What takes the least time, at the medians of updates and of seconds."""

    index: int
    """Its place among the ways."""
    shares: tuple[float, ...]
    """By way, the share of resamples in which it is the one: they add up to 1 where the target is always reached."""
    longer: float
    """In so many resamples as the level says it takes at most so much longer than the best: 0.05 is 5 %."""


def cheapest(
    updates: Values, seconds: Values, *, level: float = 0.95, seed: int = 0, replicates: int = _REPLICATES
) -> Cheapest | None:
    """Return what takes the least time; None where half of the seeds or more never get there, by any way.

    `updates`, shape (ways, seeds), infinite where a seed never gets there, NaN where a way has no such seed, and
    `seconds` of one, shape (ways, turns): seeds are paired across ways, and turns too. Seeds and turns are drawn anew
    for each resample.

    Raises ValueError: shapes that differ, a way without seeds.
    """
    shapes = updates.shape, seconds.shape
    are_alike = {len(shape) for shape in shapes} == {2} and shapes[0][0] == shapes[1][0]
    if not are_alike or not updates.size or not seconds.size or np.isnan(updates).all(axis=1).any():
        message = f"updates {updates.shape}, seconds {seconds.shape}; expected (ways, seeds) and (ways, turns)"
        raise ValueError(message)
    whole = np.nanmedian(updates, axis=1) * np.median(seconds, axis=1)
    best = int(np.argmin(whole))
    if not np.isfinite(whole[best]):
        return None
    drawn = _resampled(updates, seconds, np.random.default_rng(seed), replicates)
    first = np.argmin(drawn, axis=1)
    is_reached = np.isfinite(drawn[np.arange(len(drawn)), first])
    shares = np.bincount(first[is_reached], minlength=len(whole)) / len(drawn)
    with np.errstate(invalid="ignore"):
        longer = drawn[:, best] / drawn.min(axis=1) - 1
    # Where nothing gets there in a resample, nothing is known to be better.
    worst = float(np.quantile(np.where(np.isnan(longer), np.inf, longer), level, method="higher"))
    return Cheapest(
        best,
        tuple(float(share) for share in shares),
        worst,
    )


def _resampled(updates: Values, seconds: Values, draw: np.random.Generator, replicates: int) -> Values:
    """Return the time of each way in each resample, shape (resamples, ways)."""
    found = []
    for _ in range(replicates // _CHUNK):
        seeds = draw.integers(0, updates.shape[1], (_CHUNK, updates.shape[1]))
        turns = draw.integers(0, seconds.shape[1], (_CHUNK, seconds.shape[1]))
        found.append((_medians(updates[:, seeds]) * np.median(seconds[:, turns], axis=2)).T)
    return np.concatenate(found)


def _medians(drawn: Values) -> Values:
    """Return medians over the last axis of what is there; infinite where nothing is."""
    if not np.isnan(drawn).any():
        return np.asarray(np.median(drawn, axis=-1))
    ordered = np.sort(drawn, axis=-1)  # NaN is last
    there = np.count_nonzero(~np.isnan(drawn), axis=-1)[..., None]
    middle = [np.take_along_axis(ordered, np.maximum(at, 0), axis=-1)[..., 0] for at in ((there - 1) // 2, there // 2)]
    # Not their half sum: infinity and infinity are infinite, and so is one of them.
    return np.where(there[..., 0] > 0, (middle[0] + middle[1]) / 2, np.inf)
