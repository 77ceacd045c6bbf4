"""Turns within restarts: what each comes to, and how often the interval over restarts holds."""

import json
import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import ttest_1samp

from batchmark.analysis.restarts import (
    paired_log_ratios,
    ratio_over_restarts,
    restart_effects,
    spread_of_restarts,
)
from recorded_restarts import RECORDINGS, drawn_effects, recorded_effects
from simulated_restarts import (
    CALM,
    NOISY,
    Matrix,
    Noise,
    at_least,
    at_most,
    simulated_effects,
    simulated_log_ratios,
)

seconds = st.floats(1e-6, 1e6)
turn = st.lists(seconds, min_size=1, max_size=5)


def missed(effects: Matrix, *, level: float, ratio: float = 1.0) -> int:
    """Count the comparisons, shape (comparisons, restarts), whose interval leaves out the true ratio."""
    return sum(ratio_over_restarts(each, level=level).lies_beyond(ratio, ratio) for each in effects)


def test_a_turn_is_the_ratio_of_the_sides_median_rounds() -> None:
    ratios = paired_log_ratios([[1.0, 9.0, 1.1], [2.0]], [[1.1, 2.2, 99.0], [1.0]])
    assert ratios == pytest.approx([math.log(2.0), math.log(0.5)])


def test_a_turn_that_a_side_lacks_is_missing() -> None:
    ratios = paired_log_ratios([[1.0], [], [1.0]], [[2.0], [1.0]])
    assert ratios == pytest.approx([math.log(2.0), math.nan], nan_ok=True)


@given(st.lists(turn, max_size=6), st.lists(turn, max_size=6))
def test_exchanged_sides_have_the_inverse_ratio(baseline: list[list[float]], candidate: list[list[float]]) -> None:
    assert paired_log_ratios(candidate, baseline) == pytest.approx(-paired_log_ratios(baseline, candidate))


def test_a_restart_comes_to_the_median_of_its_turns_however_many_they_are() -> None:
    effects = restart_effects([[0.01, 0.02, 5.0], [0.03, math.nan], [math.nan], [], [0.0, 0.02]])
    assert effects == pytest.approx([0.02, 0.03, math.nan, math.nan, 0.01], nan_ok=True)
    assert restart_effects([]).shape == (0,)


def test_simulated_effects_are_those_of_the_function() -> None:
    log_ratios = simulated_log_ratios(np.random.default_rng(0), NOISY, comparisons=2, cells=2, restarts=3, turns=4)
    effects = simulated_effects(np.random.default_rng(0), NOISY, comparisons=2, cells=2, restarts=3, turns=4)
    for found, of_one in zip(effects.reshape(4, 3), log_ratios.reshape(4, 3, 4), strict=True):
        assert restart_effects(list(of_one)) == pytest.approx(found)


def test_the_interval_is_students_over_restarts() -> None:
    effects = np.array([0.01, 0.03, 0.02, math.nan, 0.025])
    found = ratio_over_restarts(effects, level=0.99)
    expected = ttest_1samp(effects[np.isfinite(effects)], 0).confidence_interval(0.99)
    assert (found.low, found.high) == pytest.approx((math.exp(expected.low), math.exp(expected.high)))
    assert found.value == pytest.approx(math.exp(0.02125))
    assert found.n == 4


def test_one_restart_has_no_interval_and_no_spread() -> None:
    found = ratio_over_restarts([0.01, math.nan], level=0.95)
    assert (found.low, found.high, found.n) == (None, None, 1)
    assert math.isnan(spread_of_restarts([0.01, math.nan]))
    assert spread_of_restarts([0.01, math.nan, 0.03]) == pytest.approx(math.sqrt(2) / 100)


def test_more_turns_are_no_more_restarts() -> None:
    few = restart_effects([[0.01], [0.03]])
    many = restart_effects([[0.01] * 50, [0.03] * 50])
    assert ratio_over_restarts(few, level=0.9) == ratio_over_restarts(many, level=0.9)


@given(st.lists(st.floats(-1, 1), min_size=2, max_size=16), st.floats(0.5, 0.95))
def test_the_interval_of_exchanged_sides_is_the_inverse_one(effects: list[float], level: float) -> None:
    one = ratio_over_restarts(effects, level=level)
    other = ratio_over_restarts([-effect for effect in effects], level=level)
    assert one.has_interval == other.has_interval
    if one.low is not None and one.high is not None:
        assert (other.low, other.high) == pytest.approx((1 / one.high, 1 / one.low))


def test_an_interval_that_says_nothing_is_none() -> None:
    # One degree of freedom at 99.9 %: t is 637.
    assert not ratio_over_restarts([0.1, -0.1], level=0.999).has_interval
    assert ratio_over_restarts([0.001, -0.001], level=0.999).has_interval


@pytest.mark.parametrize("offset", [0.003, 0.0075])
@pytest.mark.parametrize("restarts", [6, 12])
@pytest.mark.parametrize("noise", [CALM, NOISY])
def test_the_interval_covers_the_truth_as_often_as_it_says(noise: Noise, restarts: int, offset: float) -> None:
    rng = np.random.default_rng(1)
    options = {"comparisons": 2000, "restarts": restarts, "turns": 5, "rounds": 3, "ratio": 1.02}
    effects = simulated_effects(rng, replace(noise, offset=offset), **options)[:, 0]
    # Heavy tails make it cover a little more often; a share of 2 % would be an interval that is far too wide.
    assert at_least(0.02, 2000) <= missed(effects, level=0.95, ratio=1.02) <= at_most(0.05, 2000)


def test_processes_with_heavy_tails_make_it_cover_more_often() -> None:
    noise = replace(CALM, offset=0.0075, shared=0.0, offset_tails=2.5)
    effects = simulated_effects(np.random.default_rng(2), noise, comparisons=2000, restarts=8, turns=4, rounds=3)[:, 0]
    assert missed(effects, level=0.95) <= at_most(0.05, 2000)


def test_turns_taken_for_restarts_would_promise_far_too_much() -> None:
    noise = replace(CALM, offset=0.0075)
    log_ratios = simulated_log_ratios(np.random.default_rng(3), noise, comparisons=500, restarts=6, turns=10)
    pooled = log_ratios.reshape(500, 60)
    assert missed(pooled, level=0.95) > 0.10 * 500


def test_the_simulated_noise_is_as_large_as_what_was_measured() -> None:
    rng = np.random.default_rng(4)
    # 80 pairs of single rounds, turn by turn: their median repeats within 0.75 %, between pairs of processes.
    pairs = {"comparisons": 2000, "restarts": 1, "turns": 80, "rounds": 1}
    repeats = {name: simulated_effects(rng, noise, **pairs).std() for name, noise in (("c", CALM), ("n", NOISY))}
    assert 0.005 < repeats["c"] < 0.0075 < repeats["n"] < 0.009


@pytest.mark.parametrize("recording", RECORDINGS, ids=lambda path: path.stem)
@pytest.mark.parametrize("restarts", [6, 16])
def test_the_interval_covers_the_truth_with_noise_as_it_was_recorded(recording: Path, restarts: int) -> None:
    effects = drawn_effects(np.random.default_rng(5), recorded_effects(recording), comparisons=4000, restarts=restarts)
    assert missed(effects, level=0.95) <= at_most(0.05, 4000)


def test_a_recording_is_read_by_restart_side_and_turn(tmp_path: Path) -> None:
    restarts = [
        {"baseline": [[1.0, 1.0], [2.0]], "candidate": [[2.0, 2.0], [4.0]]},
        {"baseline": [[3.0]], "candidate": [[3.0]]},
    ]
    recording = tmp_path / "restarts-of-a-test.json"
    recording.write_text(json.dumps({"machine": "none", "seconds_per_round": restarts}), encoding="utf-8")
    effects = recorded_effects(recording)
    assert effects == pytest.approx([math.log(2), 0.0])
    drawn = drawn_effects(np.random.default_rng(6), effects, comparisons=50, restarts=4)
    assert drawn.shape == (50, 4)
    assert set(np.round(np.unique(drawn), 9) + 0.0) == {0.0, round(math.log(2), 9), -round(math.log(2), 9)}
