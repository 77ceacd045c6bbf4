"""Comparisons of two live workers, simulated: noise shaped like a shared machine's, in no time.

What was measured on one (two identical workers, a `fit` epoch of about 75 ms, two shared cores): single epochs vary by
5 to 17 % with heavy tails, a process's median drifts by 5 % within minutes, and the median of 80 interleaved pairs
repeats within 0.75 % over fresh pairs of processes. `Noise` is made of the parts that have these effects.
"""

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.signal import lfilter
from scipy.special import ndtri
from scipy.stats import binom

Matrix = NDArray[np.float64]
WARM_UP_EPOCHS = 2
"""Of each visit, thrown away."""


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


NOISY = Noise()
"""As on the machine that was measured, on one of its worse days."""
CALM = Noise(rounds=0.015, disturbed=0.05, disturbance=0.15, own_drift=0.001)
"""As with less going on beside it."""


def simulated_log_ratios(
    rng: np.random.Generator,
    noise: Noise,
    *,
    comparisons: int = 1,
    cells: int = 1,
    restarts: int,
    turns: int,
    rounds: int = 5,
    ratio: float = 1.0,
) -> Matrix:
    """Return the log-ratio of the sides' median rounds, shape (comparisons, cells, restarts, turns).

    `ratio` is the true one, candidate over baseline.
    """
    seconds = _rounds_in_time(rng, noise, (comparisons, restarts, turns, cells, 2, rounds))
    medians = np.median(seconds, axis=-1)
    # Who goes first is random, so what the time does to the second one cancels on average.
    sign = rng.choice([-1.0, 1.0], medians.shape[:-1])
    ratios = ((medians[..., 1] - medians[..., 0]) * sign).transpose(0, 3, 1, 2)
    drift_step = cells * 2 * _visit_seconds(noise, rounds) / noise.drift_seconds
    own = noise.own_drift * math.sqrt(2) * _autocorrelated(rng, (comparisons, restarts, turns), math.exp(-drift_step))
    offsets = _offsets(rng, noise, (comparisons, cells, restarts))
    return np.asarray(ratios + own[:, None] + offsets[..., None] + math.log(ratio), np.float64)


def simulated_effects(rng: np.random.Generator, noise: Noise, **options: Any) -> Matrix:
    """Return the effect of each restart, shape (comparisons, cells, restarts): `restart_effects`, all at once."""
    return np.asarray(np.median(simulated_log_ratios(rng, noise, **options), axis=-1), np.float64)


def at_most(rate: float, of: int) -> int:
    """Return the count that a true rate of no more than `rate` exceeds with one seed in a thousand."""
    return int(binom.ppf(0.999, of, rate))


def at_least(rate: float, of: int) -> int:
    """Return the count that a true rate of no less than `rate` falls short of with one seed in a thousand."""
    return int(binom.ppf(0.001, of, rate))


def _rounds_in_time(rng: np.random.Generator, noise: Noise, shape: tuple[int, ...]) -> Matrix:
    """Return the logarithms of rounds in the order of time; the last axis is a visit's, the one before a pair's."""
    rounds, visits = shape[-1], math.prod(shape[1:-1])
    flat = (shape[0], visits * rounds)
    per_visit = math.exp(-_visit_seconds(noise, rounds) / noise.drift_seconds)
    drift = noise.drift * np.repeat(_autocorrelated(rng, (shape[0], visits), per_visit), rounds, axis=1)
    own = noise.rounds * _autocorrelated(rng, flat, noise.rounds_correlation)
    is_disturbed = _autocorrelated(rng, flat, 0.8) > float(ndtri(1 - noise.disturbed))
    slower = np.log1p(rng.exponential(noise.disturbance, flat)) * is_disturbed
    return np.asarray((drift + own + slower).reshape(shape), np.float64)


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


def _visit_seconds(noise: Noise, rounds: int) -> float:
    return noise.epoch_seconds * (WARM_UP_EPOCHS + rounds)
