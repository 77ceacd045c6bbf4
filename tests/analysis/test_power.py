"""What can be found, and what a count of false alarms leaves possible."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binom, nct, ttest_1samp
from scipy.stats import t as student

from batchmark.analysis.power import detection_power, false_alarm_bound, smallest_detectable_effect

spreads = st.floats(0.0005, 0.05)
restarts_of = st.integers(3, 30)
levels = st.floats(0.9, 0.999)


@given(spreads, restarts_of, levels, st.floats(0.5, 0.99), st.sampled_from([0.0, 0.01, 0.05]))
def test_the_smallest_detectable_effect_is_detected_with_just_that_power(
    spread: float, restarts: int, level: float, power: float, tolerance: float
) -> None:
    options = {"spread": spread, "restarts": restarts, "level": level, "tolerance": tolerance}
    effect = smallest_detectable_effect(power=power, **options)  # type: ignore[arg-type]
    assert effect is not None
    assert effect > tolerance
    assert detection_power(effect, **options) == pytest.approx(power, abs=1e-4)  # type: ignore[arg-type]


@given(spreads, restarts_of, levels)
def test_more_restarts_and_less_spread_find_smaller_effects(spread: float, restarts: int, level: float) -> None:
    effect = smallest_detectable_effect(spread=spread, restarts=restarts, level=level)
    more = smallest_detectable_effect(spread=spread, restarts=restarts + 1, level=level)
    calmer = smallest_detectable_effect(spread=spread * 0.9, restarts=restarts, level=level)
    assert effect is not None
    assert more is not None
    assert calmer is not None
    assert max(more, calmer) < effect


def test_power_is_that_of_the_noncentral_t() -> None:
    shift = math.log(1.01) / (0.007 / math.sqrt(12))
    expected = nct.sf(student.ppf(0.995, 11), 11, shift)
    assert detection_power(0.01, spread=0.007, restarts=12, level=0.99) == pytest.approx(expected)
    assert detection_power(0.0, spread=0.007, restarts=12, level=0.99) == pytest.approx(0.005)


def test_power_is_how_often_a_simulated_slow_down_is_found() -> None:
    effects = np.random.default_rng(1).normal(math.log(1.03), 0.01, (20_000, 8))
    # One percent is the tolerance: beyond it, not beyond nothing, has to lie the whole interval.
    found = np.mean(ttest_1samp(effects, math.log(1.01), axis=1).statistic > student.ppf(0.995, 7))
    predicted = detection_power(0.03, spread=0.01, restarts=8, level=0.99, tolerance=0.01)
    # Its standard error is 0.0028; four of these are passed with one seed in 16,000.
    assert found == pytest.approx(predicted, abs=0.012)


def test_one_restart_finds_nothing() -> None:
    assert detection_power(1.0, spread=0.001, restarts=1, level=0.95) == 0
    assert smallest_detectable_effect(spread=0.001, restarts=1, level=0.95) is None


@pytest.mark.parametrize(("spread", "level", "power"), [(0.0, 0.95, 0.9), (math.nan, 0.95, 0.9), (0.01, 1.0, 0.9)])
def test_what_can_not_be_computed_is_refused(spread: float, level: float, power: float) -> None:
    with pytest.raises(ValueError, match="expected a spread"):
        smallest_detectable_effect(spread=spread, restarts=8, level=level, power=power)
    with pytest.raises(ValueError, match="expected a spread"):
        detection_power(0.01, spread=spread, restarts=8, level=level)


def test_a_power_that_is_no_probability_is_refused() -> None:
    with pytest.raises(ValueError, match="power 1"):
        smallest_detectable_effect(spread=0.01, restarts=8, level=0.95, power=1.0)


def test_no_alarm_in_100_leaves_3_percent_possible_and_one_nearly_5() -> None:
    assert false_alarm_bound(0, 100) == pytest.approx(1 - 0.05 ** (1 / 100))
    assert false_alarm_bound(1, 100) == pytest.approx(0.0466, abs=5e-5)
    assert false_alarm_bound(0, 0) == false_alarm_bound(7, 7) == 1


@given(st.integers(0, 300), st.integers(1, 300), st.floats(0.5, 0.999))
def test_at_the_bound_so_few_alarms_are_as_rare_as_the_confidence_says(
    alarms: int, more: int, confidence: float
) -> None:
    bound = false_alarm_bound(alarms, alarms + more, confidence=confidence)
    assert binom.cdf(alarms, alarms + more, bound) == pytest.approx(1 - confidence, rel=1e-6)


@pytest.mark.parametrize(("alarms", "comparisons", "confidence"), [(2, 1, 0.95), (-1, 3, 0.95), (1, 3, 1.0)])
def test_a_count_that_can_not_be_is_refused(alarms: int, comparisons: int, confidence: float) -> None:
    with pytest.raises(ValueError, match="expected"):
        false_alarm_bound(alarms, comparisons, confidence=confidence)
