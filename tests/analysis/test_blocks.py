"""Treatments in passes: what is estimated, and how often its intervals hold, by seeded simulation."""

import math

import numpy as np
import pytest
from numpy.typing import NDArray

from batchmark.analysis.blocks import fit_blocks, matched_in_turns

SIMULATIONS = 400
RELEASES, PASSES = 10, 3


def _noise(generator: np.random.Generator, *, scale: float = 0.02) -> NDArray[np.float64]:
    """Return sessions' noise with tails heavier than normal ones, and passes that differ by much more."""
    heavy = generator.standard_t(5, (RELEASES, PASSES)) * scale
    return np.asarray(heavy + generator.normal(0, 0.1, (1, PASSES)))


def test_what_a_pass_has_in_common_is_no_effect() -> None:
    logs = np.log(np.array([[1.0], [1.1], [0.9]])) + np.array([[0.0, 0.5, -0.3]])
    fit = fit_blocks(logs)
    assert fit.ratio(1, 0, level=0.95).value == pytest.approx(1.1)
    assert fit.ratio(2, 1, level=0.95).value == pytest.approx(0.9 / 1.1)
    assert fit.standard_deviation == pytest.approx(0.0, abs=1e-12)
    assert fit.degrees_of_freedom == 4


def test_two_treatments_give_the_paired_t_interval() -> None:
    logs = np.array([[0.10, 0.30, 0.20, 0.15], [0.13, 0.36, 0.21, 0.20]])
    difference = logs[1] - logs[0]
    # scipy.stats.t.ppf(0.975, 3) = 3.182446
    reach = 3.182446 * np.std(difference, ddof=1) / 2
    ratio = fit_blocks(logs).ratio(1, 0, level=0.95)
    assert ratio.value == pytest.approx(math.exp(difference.mean()))
    assert ratio.low is not None
    assert ratio.high is not None
    assert (math.log(ratio.low), math.log(ratio.high)) == pytest.approx(
        (difference.mean() - reach, difference.mean() + reach), rel=1e-5
    )
    assert ratio.n == 4


def test_intervals_cover_the_truth_as_often_as_they_say() -> None:
    generator = np.random.default_rng(1)
    truth = 1.05
    covered = 0
    for _ in range(SIMULATIONS):
        logs = _noise(generator)
        logs[4:] += math.log(truth)
        ratio = fit_blocks(logs).ratio(4, 3, level=0.9)
        assert ratio.has_interval
        covered += not ratio.lies_beyond(truth, truth)
    # 90 % of 400 is 360, its standard deviation 6.
    assert 342 <= covered <= 382


def test_a_missing_session_is_left_out_and_makes_its_interval_wider() -> None:
    generator = np.random.default_rng(2)
    logs = _noise(generator)
    whole = fit_blocks(logs)
    logs[3, 1] = math.nan
    fit = fit_blocks(logs)
    assert fit.sessions[3] == 2
    assert fit.degrees_of_freedom == whole.degrees_of_freedom - 1
    assert fit.inverse[3, 3] > fit.inverse[2, 2]
    assert math.isnan(fit.residuals[3, 1])


def test_a_treatment_without_a_session_has_no_ratio() -> None:
    logs = np.zeros((3, 2))
    logs[1] = math.nan
    ratio = fit_blocks(logs).ratio(1, 0, level=0.95)
    assert math.isnan(ratio.value)
    assert not ratio.has_interval


def test_one_pass_gives_a_ratio_and_no_interval() -> None:
    fit = fit_blocks(np.array([[0.0], [0.2]]))
    ratio = fit.ratio(1, 0, level=0.95)
    assert ratio.value == pytest.approx(math.exp(0.2))
    assert not ratio.has_interval
    assert math.isnan(fit.standard_deviation)


@pytest.mark.parametrize("shape", [(0, 0), (3, 0)])
def test_nothing_measured_fits_nothing(shape: tuple[int, int]) -> None:
    fit = fit_blocks(np.full(shape, math.nan))
    assert fit.sessions == (0,) * shape[0]
    assert fit.degrees_of_freedom == 0


def test_what_a_turn_has_in_common_is_taken_out() -> None:
    turns = np.array([0.0, 0.7, -0.4, 1.5])
    values = matched_in_turns([list(turns), list(turns + 0.1), list(turns - 0.2)])
    assert values - values[0] == pytest.approx([0.0, 0.1, -0.2])


def test_two_treatments_differ_by_the_median_of_their_turns_differences() -> None:
    generator = np.random.default_rng(1)
    common = np.cumsum(generator.normal(0, 0.3, 9))
    first, second = common + generator.normal(0, 0.05, 9), common + generator.normal(0.02, 0.05, 9)
    values = matched_in_turns([list(first), list(second)])
    assert values[1] - values[0] == pytest.approx(np.median(second - first))


def test_a_turn_that_was_late_for_one_treatment_moves_it_little_and_the_others_hardly() -> None:
    rows = np.tile(np.array([0.0, 0.1, 0.2]), (5, 1))
    late = rows.copy()
    late[0, 1] += 1.0
    assert matched_in_turns(late.tolist()) == pytest.approx(matched_in_turns(rows.tolist()), abs=0.21)
    assert np.ptp(matched_in_turns(late.tolist())[1:]) == 0


def test_missing_turns_and_sessions_are_left_out() -> None:
    values = matched_in_turns([[0.0, 1.0, 5.0], [0.3, 1.3], [math.nan, math.nan, math.nan]])
    assert values[1] - values[0] == pytest.approx(0.3)
    assert math.isnan(values[2])


def test_treatments_that_no_pass_links_have_no_interval() -> None:
    missing = math.nan
    logs = np.array([[0.0, 0.1, missing, missing], [0.2, 0.1, missing, missing], [missing, missing, 0.5, 0.7]])
    fit = fit_blocks(logs)
    apart = fit.ratio(2, 1, level=0.95)
    assert apart.value == pytest.approx(math.exp(0.6 - 0.15))
    assert not apart.has_interval
    assert fit.ratio(1, 0, level=0.95).has_interval


def test_treatments_that_share_a_third_ones_passes_are_linked() -> None:
    missing = math.nan
    logs = np.array([[0.0, 0.02, missing, missing], [0.2, 0.21, 0.9, 0.92], [missing, missing, 1.0, 1.03]])
    ratio = fit_blocks(logs).ratio(2, 0, level=0.95)
    assert ratio.value == pytest.approx(math.exp(0.195 + 0.105))
    assert ratio.has_interval
