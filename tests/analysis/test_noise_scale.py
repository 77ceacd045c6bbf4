"""What the noise scale's interval promises, on gradients of a linear model whose covariance is known."""

import math

import numpy as np
import pytest
from numpy.typing import NDArray

from batchmark.analysis.noise_scale import noise_scale

SIMULATIONS = 400
SMALL, LARGE, BATCHES, WEIGHTS = 8, 64, 8, 5
# E[x⁴] of the uniform distribution and of Laplace's, where E[x²] = 1.
FOURTH_MOMENTS = {"flat": 1.8, "heavy tails": 6.0}
Values = NDArray[np.float64]


def drawn(rng: np.random.Generator, noise: str, shape: tuple[int, ...]) -> Values:
    """Return independent values with the mean 0 and the variance 1."""
    if noise == "flat":
        return rng.uniform(-math.sqrt(3), math.sqrt(3), shape)
    return rng.laplace(0, math.sqrt(0.5), shape)


def squared(rng: np.random.Generator, noise: str, size: int, seeds: int, off: float) -> Values:
    """Return by seed the mean squared gradient of batches of a linear model that is `off` in each of its weights."""
    x = drawn(rng, noise, (seeds, BATCHES, size, WEIGHTS))
    errors = off * x.sum(axis=-1) - drawn(rng, noise, (seeds, BATCHES, size))
    gradients = (x * errors[..., None]).mean(axis=2)
    return np.asarray((gradients**2).sum(axis=-1).mean(axis=1))


def true_scale(noise: str, off: float) -> float:
    """Return trΣ/|G|² of x(x·d - e): its mean is d, its mean square |d|² (E[x⁴] + weights - 1) + weights."""
    length = WEIGHTS * off**2
    return (length * (FOURTH_MOMENTS[noise] + WEIGHTS - 1) + WEIGHTS - length) / length


@pytest.mark.parametrize("noise", FOURTH_MOMENTS)
@pytest.mark.parametrize(("seeds", "level"), [(8, 0.95), (16, 0.95), (16, 0.99375)])
def test_the_interval_covers_the_scale_of_a_known_covariance(noise: str, seeds: int, level: float) -> None:
    rng, covered, truth = np.random.default_rng(1), 0, true_scale(noise, 0.6)
    for _ in range(SIMULATIONS):
        small, large = (squared(rng, noise, size, seeds, 0.6) for size in (SMALL, LARGE))
        found = noise_scale(small, large, small=SMALL, large=LARGE, level=level)
        assert found.has_interval
        covered += not found.lies_beyond(truth, truth)
    # An interval of means promises a little less than it says where tails are heavy.
    assert covered / SIMULATIONS >= level - 0.01 - 3 * math.sqrt(level * (1 - level) / SIMULATIONS)


def test_without_a_mean_gradient_there_is_hardly_ever_an_interval() -> None:
    rng, bounded = np.random.default_rng(2), 0
    for _ in range(SIMULATIONS):
        small, large = (
            (drawn(rng, "heavy tails", (16, size, 3)).mean(axis=1) ** 2).sum(axis=-1) for size in (SMALL, LARGE)
        )
        bounded += noise_scale(small, large, small=SMALL, large=LARGE).has_interval
    # Told from 0 on the one side, in at most 2.5 %.
    assert bounded / SIMULATIONS <= 0.025 + 3 * math.sqrt(0.025 * 0.975 / SIMULATIONS)


def test_weights_that_were_fitted_to_the_examples_have_the_scale_of_these_examples() -> None:
    """Batches without replacement lack trΣ/N in their squared lengths, which weighs where |G|² is small."""
    rng = np.random.default_rng(11)
    number, dimensions = 640, 6
    own = rng.exponential(1, (number, dimensions)) - 1
    # Nearly at the bottom for these examples, wherever the distribution's is.
    own += 0.15 - own.mean(axis=0)
    small, large = [], []
    for _ in range(40):
        order = rng.permutation(number)
        batches = [own[order[begin : begin + 8]].mean(axis=0) for begin in range(0, 320, 8)]
        wholes = [own[order[begin : begin + 160]].mean(axis=0) for begin in (320, 480)]
        small.append(np.mean([gradient @ gradient for gradient in batches]))
        large.append(np.mean([gradient @ gradient for gradient in wholes]))
    true = own.var(axis=0, ddof=1).sum() / (own.mean(axis=0) @ own.mean(axis=0))
    found = noise_scale(small, large, small=8, large=160, examples=number)
    without = noise_scale(small, large, small=8, large=160)
    assert found.low is not None
    assert found.high is not None
    assert found.low <= true <= found.high
    assert found.value == pytest.approx(true, rel=0.1)
    assert without.value > 1.03 * found.value


def test_squares_are_averaged_before_they_are_divided() -> None:
    # By seed, trΣ is 10 and 30, and |G|² 1 and 3: were each divided first, and weighed alike, a third seed with a
    # |G|² of nearly 0 would decide.
    gradients, traces = np.array([1.0, 3.0, 0.001]), np.array([10.0, 30.0, 20.0])
    found = noise_scale(gradients + traces / 8, gradients + traces / 64, small=8, large=64)
    assert found.value == pytest.approx(60 / 4.001)
    assert found.n == 3


def test_seeds_in_the_same_proportion_have_an_interval_without_width() -> None:
    gradients = np.array([1.0, 2.0, 3.0, 5.0])
    found = noise_scale(gradients * (1 + 10 / 8), gradients * (1 + 10 / 64), small=8, large=64)
    assert (found.value, found.low, found.high) == pytest.approx((10, 10, 10), rel=1e-6)


def test_a_scale_is_not_negative() -> None:
    rng = np.random.default_rng(3)
    gradients, traces = 1 + rng.uniform(-0.1, 0.1, 12), rng.uniform(-1, 1.2, 12)
    found = noise_scale(gradients + traces / 8, gradients + traces / 64, small=8, large=64)
    assert found.low == 0


def test_a_seed_that_diverged_is_left_out_and_counted_out() -> None:
    small, large = np.array([3.0, 3.1, 3.3, 2.9, np.nan]), np.array([1.3, 1.2, 1.4, 1.3, 1.3])
    assert noise_scale(small, large, small=8, large=64) == noise_scale(small[:4], large[:4], small=8, large=64)
    assert noise_scale(small, large, small=8, large=64).n == 4


def test_too_few_seeds_have_no_interval_and_none_have_no_value() -> None:
    assert not noise_scale([3.0, 3.1], [1.3, 1.2], small=8, large=64).has_interval
    assert math.isnan(noise_scale([np.nan], [1.0], small=8, large=64).value)


def test_sizes_that_do_not_ascend_are_refused() -> None:
    with pytest.raises(ValueError, match="expected"):
        noise_scale([1.0], [1.0], small=64, large=8)
