import numpy as np
import pytest

from batchmark.studies.claims.noise_trend import Noise, jackknifed

EXAMPLES = 640


def noise_of(
    generator: np.random.Generator, *, power: float = -4.0, seeds: int = 16, spread: float = 0.1, scatter: float = 0.05
) -> Noise:
    """Return what gradients would show whose noise scale is 40 at the loss 2, and goes with a power of the loss."""
    loss = np.linspace(2.6, 1.6, 8)
    scale = 40 * (loss / 2) ** power
    # Log-normal, and what a seed has it has at all looks.
    length = np.exp(generator.normal(0, scatter, (seeds, 1)))
    small, large = (
        length
        * (1 + scale * (1 / size - 1 / EXAMPLES))
        * np.exp(generator.normal(0, spread / np.sqrt(size / 8), (seeds, 8)))
        for size in (8, 128)
    )
    return Noise(8, 128, small, large, loss * np.exp(generator.normal(0, 0.02, (seeds, 1))), EXAMPLES)


def test_without_noise_the_scale_and_its_slope_are_exact() -> None:
    noise = noise_of(np.random.default_rng(0), spread=0.0, scatter=0.0)

    np.testing.assert_allclose(noise.scale(range(16)), 40 * (np.linspace(2.6, 1.6, 8) / 2) ** -4.0)
    assert noise.slope(range(16)) == pytest.approx(-4.0)


def test_the_interval_of_the_slope_covers_it_as_often_as_promised() -> None:
    generator = np.random.default_rng(5)
    draws, held = 300, 0
    for _ in range(draws):
        found = jackknifed(noise_of(generator).slope, 16, level=0.95)
        assert found.low is not None
        assert found.high is not None
        held += found.low <= -4.0 <= found.high

    assert held / draws > 0.92


def test_a_scale_whose_gradient_is_lost_in_the_noise_has_no_slope() -> None:
    noise = Noise(8, 128, np.full((16, 8), 16.0), np.full((16, 8), 0.9), np.full((16, 8), 2.0), 10 * EXAMPLES)

    assert np.isnan(noise.scale(range(16))).all()
    assert not jackknifed(noise.slope, 16, level=0.95).has_interval


def test_the_jackknife_of_a_mean_is_student_s_interval() -> None:
    values = np.array([1.0, 2.0, 4.0, 9.0])

    found = jackknifed(lambda seeds: float(values[seeds].mean()), 4, level=0.95)

    assert found.value == pytest.approx(4.0)
    assert found.low == pytest.approx(4 - 3.182446 * values.std(ddof=1) / 2, rel=1e-5)


def test_what_hangs_on_one_seed_has_no_interval() -> None:
    found = jackknifed(lambda seeds: 1.0 if 0 in seeds else float("nan"), 5, level=0.95)

    assert (found.value, found.low) == (1.0, None)


def test_one_seed_has_no_interval() -> None:
    assert not jackknifed(lambda _: 1.0, 1, level=0.95).has_interval
