"""Whether a correction for the machine's own speed helps: shown, or not done."""

import math

import numpy as np
import pytest

from batchmark.analysis.drift import chosen_correction, compare_corrections

SHAPE = (10, 3)


def test_a_reference_that_follows_the_noise_is_chosen() -> None:
    generator = np.random.default_rng(0)
    machine = generator.normal(0, 0.05, SHAPE)
    residuals = machine + generator.normal(0, 0.01, SHAPE)
    references = {"follows": machine + generator.normal(0, 0.01, SHAPE), "other": generator.normal(0, 0.05, SHAPE)}
    drifts = compare_corrections(residuals, references)
    chosen = chosen_correction(drifts)
    assert chosen is not None
    assert chosen.kind == "follows"
    assert chosen.corrected < chosen.standard_deviation / 2


def test_a_reference_that_tells_nothing_is_chosen_as_seldom_as_the_level_says() -> None:
    generator = np.random.default_rng(1)
    chosen = 0
    for _ in range(400):
        # It explains exactly as much as it adds: the border at which correcting neither helps nor hurts.
        reference = generator.normal(0, 0.02, SHAPE)
        residuals = reference / 2 + generator.normal(0, 0.02, SHAPE)
        chosen += chosen_correction(compare_corrections(residuals, {"a": reference})) is not None
    # 5 % of 400 is 20, its standard deviation 4.4.
    assert 6 <= chosen <= 34


def test_a_reference_that_only_adds_noise_is_not_chosen() -> None:
    generator = np.random.default_rng(2)
    residuals = generator.normal(0, 0.01, SHAPE)
    (drift,) = compare_corrections(residuals, {"noisy": generator.normal(0, 0.05, SHAPE)})
    assert drift.corrected > drift.standard_deviation
    assert drift.p_value > 0.5
    assert chosen_correction((drift,)) is None


@pytest.mark.parametrize("sessions", [0, 1, 5])
def test_too_few_sessions_show_nothing(sessions: int) -> None:
    residuals = np.full(SHAPE, math.nan)
    residuals.flat[:sessions] = np.arange(sessions) / 100
    (drift,) = compare_corrections(residuals, {"same": residuals})
    assert drift.p_value == 1
    assert chosen_correction((drift,)) is None


def test_without_a_reference_there_is_no_correction() -> None:
    assert chosen_correction(compare_corrections(np.zeros(SHAPE), {})) is None


def test_no_noise_at_all_is_not_corrected() -> None:
    (drift,) = compare_corrections(np.zeros(SHAPE), {"flat": np.zeros(SHAPE)})
    assert chosen_correction((drift,)) is None
