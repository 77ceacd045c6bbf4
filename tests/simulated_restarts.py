"""Comparisons of two live workers, simulated: noise shaped like a shared machine's, in no time.

What was measured on one (two identical workers, a `fit` epoch of about 75 ms, two shared cores): single epochs vary by
5 to 17 % with heavy tails, a process's median drifts by 5 % within minutes, and the median of 80 interleaved pairs
repeats within 0.75 % over fresh pairs of processes. On another day, with epochs of 31 ms that alternated, one by one,
for 45 s in each of 8 pairs of processes: epochs beside each other differ by 4 to 8 %, one in 20 takes 70 ms longer, and
what 3.75 s come to repeats within 0.7 to 1.0 %. `Noise` is made of the parts that have these effects.
"""

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.signal import lfilter
from scipy.special import ndtri
from scipy.stats import binom

from batchmark.analysis.restarts import biweight_location, median_deviation, turn_scales

Matrix = NDArray[np.float64]
VISITS = 12
"""That a side makes to a cell in a turn, of one epoch each."""


@dataclass(frozen=True)
class Noise:
    """The parts of the noise, each a standard deviation of logarithms unless it says otherwise."""

    offset: float = 0.005
    """Of a pair of processes, candidate over baseline, in one cell."""
    shared: float = 0.5
    """The part of the offset's variance that all cells of a restart have in common, 0 to 1."""
    offset_tails: float | None = None
    """Degrees of freedom of the offset's own part, from Student's t; None: normal."""
    drift: float = 0.025
    """Of the machine: both sides have it."""
    drift_seconds: float = 60.0
    own_drift: float = 0.002
    """Of a process, on its own."""
    rounds: float = 0.03
    """Of a round, without what disturbs it."""
    rounds_correlation: float = 0.3
    disturbed: float = 0.10
    """The part of the rounds that something else slows down, several in a row."""
    disturbance: float = 0.25
    """The mean slow-down of these, exponential."""
    epoch_seconds: float = 0.075
    stalls_per_second: float = 0.0
    """In which the machine stands still, as where its host takes it back for a while."""
    stall_seconds: float = 0.07
    lost_restarts: float = 0.0
    """The part of the restarts in which something else has the machine: their ratios scatter twenty times as much."""


NOISY = Noise()
"""As on the machine that was measured, on one of its worse days."""
CALM = Noise(rounds=0.015, disturbed=0.05, disturbance=0.15, own_drift=0.001)
"""As with less going on beside it."""
MEASURED = Noise(
    offset=0.002, own_drift=0.001, rounds=0.05, disturbance=0.2, epoch_seconds=0.031, stalls_per_second=1.5
)
"""As on the machine the figures are from: epochs of 31 ms, of which single ones were compared in alternation."""


def simulated_log_ratios(
    rng: np.random.Generator,
    noise: Noise,
    *,
    comparisons: int = 1,
    cells: int = 1,
    restarts: int,
    turns: int,
    visits: int = VISITS,
    ratio: float = 1.0,
) -> Matrix:
    """Return the log-ratios of visits that are neighbours, shape (comparisons, cells, restarts, turns, ratios).

    In a turn each side makes so many `visits` of one epoch to each cell, in alternation. `ratio` is the true one,
    candidate over baseline.
    """
    seconds = _rounds_in_time(rng, noise, (comparisons, restarts, turns, cells, 2 * visits))
    # Who goes first is random, so what the time does to the second one cancels on average.
    sign = rng.choice([-1.0, 1.0], seconds.shape[:-1])[..., None] * np.resize([1.0, -1.0], 2 * visits - 1)
    in_turns = (np.diff(seconds, axis=-1) * sign).transpose(0, 3, 1, 2, 4)
    drift_step = cells * 2 * visits * noise.epoch_seconds / noise.drift_seconds
    own = noise.own_drift * math.sqrt(2) * _autocorrelated(rng, (comparisons, restarts, turns), math.exp(-drift_step))
    offsets = _offsets(rng, noise, (comparisons, cells, restarts))
    lost = np.where(rng.random((comparisons, 1, restarts, 1, 1)) < noise.lost_restarts, 20.0, 1.0)
    found = in_turns * lost + own[:, None, ..., None] + offsets[..., None, None] + math.log(ratio)
    return np.asarray(found, np.float64)


def simulated_effects(rng: np.random.Generator, noise: Noise, **options: Any) -> Matrix:
    """Return the effect of each restart, shape (comparisons, cells, restarts): `restart_effects`, all at once."""
    ratios = simulated_log_ratios(rng, noise, **options)
    scales = turn_scales(median_deviation(ratios, -1), median_deviation(ratios, (-2, -1)))
    flat = (*ratios.shape[:3], -1)
    return biweight_location(ratios.reshape(flat), np.broadcast_to(scales, ratios.shape).reshape(flat))


def at_most(rate: float, of: int) -> int:
    """Return the count that a true rate of no more than `rate` exceeds with one seed in a thousand."""
    return int(binom.ppf(0.999, of, rate))


def at_least(rate: float, of: int) -> int:
    """Return the count that a true rate of no less than `rate` falls short of with one seed in a thousand."""
    return int(binom.ppf(0.001, of, rate))


def _rounds_in_time(rng: np.random.Generator, noise: Noise, shape: tuple[int, ...]) -> Matrix:
    """Return the logarithms of single epochs in the order of time."""
    flat = (shape[0], math.prod(shape[1:]))
    drift = noise.drift * _autocorrelated(rng, flat, math.exp(-noise.epoch_seconds / noise.drift_seconds))
    own = noise.rounds * _autocorrelated(rng, flat, noise.rounds_correlation)
    is_disturbed = _autocorrelated(rng, flat, 0.8) > float(ndtri(1 - noise.disturbed))
    slower = np.log1p(rng.exponential(noise.disturbance, flat)) * is_disturbed
    stalls = rng.poisson(noise.stalls_per_second * noise.epoch_seconds, flat) * noise.stall_seconds
    stalled = np.log1p(stalls / noise.epoch_seconds)
    return np.asarray((drift + own + slower + stalled).reshape(shape), np.float64)


def _offsets(rng: np.random.Generator, noise: Noise, shape: tuple[int, int, int]) -> Matrix:
    common = rng.standard_normal((shape[0], 1, shape[2]))
    if noise.offset_tails is None:
        own = rng.standard_normal(shape)
    else:
        spread = math.sqrt(noise.offset_tails / (noise.offset_tails - 2))
        own = rng.standard_t(noise.offset_tails, shape) / spread
    parts = math.sqrt(noise.shared) * common + math.sqrt(1 - noise.shared) * own
    return np.asarray(noise.offset * parts, np.float64)


def _autocorrelated(rng: np.random.Generator, shape: tuple[int, ...], correlation: float) -> Matrix:
    """Return a stationary AR(1) of variance 1 along the last axis."""
    shocks = rng.standard_normal(shape)
    start = rng.standard_normal((*shape[:-1], 1)) * correlation
    filtered: Any = lfilter([math.sqrt(1 - correlation**2)], [1.0, -correlation], shocks, axis=-1, zi=start)
    return np.asarray(filtered[0], np.float64)
