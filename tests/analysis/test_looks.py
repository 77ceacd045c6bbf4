"""What verdicts promise over all looks and the whole family, and what they find, in simulated comparisons."""

import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from batchmark.analysis.looks import DEFAULT_LOOKS, LooksDesign
from batchmark.analysis.power import detection_power
from batchmark.analysis.restarts import ratio_over_restarts, spread_of_restarts
from batchmark.analysis.verdict import judge_ratio, restarts_needed
from batchmark.comparison import Verdict
from batchmark.records import Estimate
from batchmark.studies.live.plan import turns_of_restart
from recorded_restarts import RECORDINGS, drawn_effects, recorded_effects
from simulated_restarts import CALM, MEASURED, NOISY, Matrix, Noise, at_most, simulated_effects

BUDGET_SECONDS = 60
"""Of measuring a cell; the start of processes is not in it."""
CHANGED = (Verdict.REGRESSED, Verdict.IMPROVED)
CELLS = 30

looks = st.lists(st.integers(2, 40), min_size=1, max_size=6, unique=True).map(lambda each: tuple(sorted(each)))


def final(effects: Matrix, design: LooksDesign, *, tolerance: float) -> tuple[Verdict, Estimate]:
    """Judge one cell as a comparison does: at each look, until its verdict is settled."""
    for look, restarts in enumerate(design.looks):
        ratio = ratio_over_restarts(effects[:restarts], level=design.level(look))
        verdict = judge_ratio(ratio, tolerance=tolerance)
        if verdict is not Verdict.INCONCLUSIVE:
            break
    return verdict, ratio


def verdicts(effects: Matrix, design: LooksDesign, *, tolerance: float) -> list[Verdict]:
    """Judge comparisons of one cell each, shape (comparisons, restarts)."""
    return [final(each, design, tolerance=tolerance)[0] for each in effects]


def within_budget(noise: Noise, *, comparisons: int, seed: int, ratio: float = 1.0) -> Matrix:
    """Return restarts of one cell, shape (comparisons, restarts), as many turns each as the budget allows."""
    restarts = DEFAULT_LOOKS[-1]
    visits = turns_of_restart(BUDGET_SECONDS / restarts, seed=0).visits_of_a_side(noise.epoch_seconds)
    turns = max(2, int(BUDGET_SECONDS / (restarts * 2 * visits * noise.epoch_seconds)))
    rng = np.random.default_rng(seed)
    options = {"restarts": restarts, "turns": turns, "visits": visits, "ratio": ratio}
    return simulated_effects(rng, noise, comparisons=comparisons, **options)[:, 0]


def alarming(families: Matrix, design: LooksDesign) -> int:
    """Count the families, shape (families, cells, restarts), in which any cell is called changed."""
    return sum(any(verdict in CHANGED for verdict in verdicts(cells, design, tolerance=0.0)) for cells in families)


def families(noise: Noise, *, number: int, seed: int) -> Matrix:
    """Return families of cells that share their processes and differ in spread, by up to tenfold."""
    rng = np.random.default_rng(seed)
    options = {"cells": CELLS, "restarts": DEFAULT_LOOKS[-1], "turns": 2, "visits": 2}
    parts = [simulated_effects(rng, noise, comparisons=number // 4, **options) for _ in range(4)]
    return np.concatenate(parts) * np.exp(rng.normal(0, 0.5, (CELLS, 1)))


@given(looks, st.integers(1, 200), st.floats(0.5, 0.999))
def test_all_looks_of_all_cells_spend_what_the_confidence_leaves(
    looks: tuple[int, ...], family: int, confidence: float
) -> None:
    design = LooksDesign(family, looks, confidence)
    levels = [design.level(look) for look in range(len(looks))]
    assert family * sum(1 - level for level in levels) == pytest.approx(1 - confidence)
    assert levels == sorted(levels, reverse=True)
    for last in range(len(looks)):
        ended = [*levels[:last], design.level(last, is_last=True)]
        assert family * sum(1 - level for level in ended) == pytest.approx(1 - confidence)


def test_each_look_may_err_four_times_as_often_as_the_one_before() -> None:
    design = LooksDesign(2, (4, 6, 8), 0.79)
    assert [design.level(look) for look in range(3)] == pytest.approx([0.995, 0.98, 0.92])
    assert design.level(1, is_last=True) == pytest.approx(0.9)


def test_a_single_look_has_it_all() -> None:
    assert LooksDesign(1, (12,), 0.99).level(0) == pytest.approx(0.99)


def test_a_look_is_due_after_its_number_of_restarts() -> None:
    design = LooksDesign(1, (4, 6))
    assert [design.look_due(restarts) for restarts in (3, 4, 5, 6, 7)] == [None, 0, None, 1, None]


@pytest.mark.parametrize(
    ("family", "looks", "confidence"),
    [(0, (4,), 0.95), (1, (), 0.95), (1, (1, 2), 0.95), (1, (6, 6), 0.95), (1, (4,), 1.0), (1, (4,), 0.0)],
)
def test_a_design_that_promises_nothing_is_refused(family: int, looks: tuple[int, ...], confidence: float) -> None:
    with pytest.raises(ValueError, match="expected"):
        LooksDesign(family, looks, confidence)


@pytest.mark.parametrize("look", [-1, 2])
def test_a_look_that_was_not_planned_is_refused(look: int) -> None:
    with pytest.raises(ValueError, match="looks 0 to 1"):
        LooksDesign(1, (4, 6)).level(look)


@pytest.mark.parametrize("noise", [CALM, replace(NOISY, offset=0.0075, shared=0.9), replace(CALM, offset_tails=3.0)])
def test_a_comparison_of_identical_sides_has_a_false_alarm_anywhere_in_its_family_as_rarely_as_promised(
    noise: Noise,
) -> None:
    found = alarming(families(noise, number=1000, seed=1), LooksDesign(CELLS))
    assert found <= at_most(0.05, 1000)


def test_without_the_family_most_comparisons_would_have_one() -> None:
    assert alarming(families(CALM, number=100, seed=1), LooksDesign(1)) > 50


def test_identical_sides_of_one_cell_are_called_changed_once_in_a_hundred_at_most() -> None:
    effects = within_budget(replace(CALM, epoch_seconds=0.03), comparisons=3000, seed=2)
    found = verdicts(effects, LooksDesign(1, confidence=0.99), tolerance=0.0)
    assert sum(verdict in CHANGED for verdict in found) <= at_most(0.01, 3000)


def test_looking_every_time_at_the_whole_level_would_break_the_promise() -> None:
    effects = within_budget(replace(CALM, epoch_seconds=0.03), comparisons=2000, seed=2)
    level = LooksDesign(1, (16,), 0.95).level(0)
    alarms = [
        any(ratio_over_restarts(each[:look], level=level).lies_beyond(1, 1) for look in DEFAULT_LOOKS)
        for each in effects
    ]
    assert sum(alarms) > at_most(0.05, 2000)


def test_a_budget_that_ends_anywhere_keeps_the_promise() -> None:
    effects = within_budget(replace(CALM, epoch_seconds=0.03), comparisons=2000, seed=3)
    design = LooksDesign(1, confidence=0.95)
    ends = np.random.default_rng(4).integers(2, 17, 2000)
    alarms = [_alarms_by(each, design, int(end)) for each, end in zip(effects, ends, strict=True)]
    assert sum(alarms) <= at_most(0.05, 2000)


def _alarms_by(effects: Matrix, design: LooksDesign, end: int) -> bool:
    past = [look for look, restarts in enumerate(design.looks) if restarts < end]
    levels = [(design.looks[look], design.level(look)) for look in past]
    levels.append((end, design.level(len(past), is_last=True)))
    return any(ratio_over_restarts(effects[:number], level=level).lies_beyond(1, 1) for number, level in levels)


@pytest.mark.parametrize("ratio", [1.01, 1 / 1.01])
def test_a_change_of_exactly_the_tolerance_is_called_unchanged_or_beyond_it_as_rarely_as_promised(
    ratio: float,
) -> None:
    noise = replace(CALM, offset=0.003, epoch_seconds=0.03)
    effects = within_budget(noise, comparisons=2000, seed=5, ratio=ratio)
    found = verdicts(effects, LooksDesign(1), tolerance=0.01)
    assert sum(verdict is not Verdict.INCONCLUSIVE for verdict in found) <= at_most(0.05, 2000)


# What is aimed at in 60 s a cell, reached where restarts repeat within 0.9 %: epochs of 30 ms on a calm machine.
REACHED = replace(CALM, epoch_seconds=0.03)


@pytest.mark.parametrize(("ratio", "rate"), [(1.02, 0.95), (1.01, 0.90)])
def test_a_planted_slow_down_is_called_regressed_by_significance_alone(ratio: float, rate: float) -> None:
    effects = within_budget(REACHED, comparisons=1000, seed=6, ratio=ratio)
    found = verdicts(effects, LooksDesign(1, confidence=0.99), tolerance=0.0)
    assert found.count(Verdict.REGRESSED) / 1000 >= rate
    assert found.count(Verdict.IMPROVED) == 0


@pytest.mark.parametrize("noise", [REACHED, MEASURED])
def test_with_a_tolerance_of_1_percent_one_of_4_is_called_regressed_at_the_first_look(noise: Noise) -> None:
    effects = within_budget(noise, comparisons=500, seed=7, ratio=1.04)
    found = [final(each, LooksDesign(1), tolerance=0.01) for each in effects]
    assert sum(verdict is Verdict.REGRESSED for verdict, _ in found) / 500 >= 0.95
    assert sum(ratio.n == DEFAULT_LOOKS[0] for _, ratio in found) / 500 >= 0.8


def test_with_a_tolerance_of_1_percent_identical_sides_are_called_unchanged() -> None:
    effects = within_budget(REACHED, comparisons=1000, seed=8)
    found = verdicts(effects, LooksDesign(1), tolerance=0.01)
    assert found.count(Verdict.UNCHANGED) / 1000 >= 0.9
    assert sum(verdict in CHANGED for verdict in found) <= at_most(0.001, 1000)


def test_too_noisy_a_cell_is_inconclusive_and_says_that_it_takes_more_restarts() -> None:
    # Restarts of 60 s in all repeat within a little more than 1 %: the budget is too small to call half of that.
    effects = within_budget(NOISY, comparisons=300, seed=9, ratio=1.005)
    found = [final(each, LooksDesign(1, confidence=0.99), tolerance=0.0) for each in effects]
    assert sum(verdict is Verdict.IMPROVED for verdict, _ in found) <= at_most(0.005, 300)
    needed = [restarts_needed(ratio, tolerance=0.0) for verdict, ratio in found if verdict is Verdict.INCONCLUSIVE]
    assert len(needed) > 150
    assert all(number is None or number > DEFAULT_LOOKS[-1] for number in needed)


def test_about_half_are_settled_by_the_number_of_restarts_they_were_told() -> None:
    rng = np.random.default_rng(10)
    level = 0.95
    settled = []
    for effects in rng.normal(0.004, 0.01, (400, 1000)):
        first = ratio_over_restarts(effects[:8], level=level)
        needed = restarts_needed(first, tolerance=0.0)
        if judge_ratio(first, tolerance=0.0) is Verdict.INCONCLUSIVE and needed is not None:
            later = ratio_over_restarts(effects[:needed], level=level)
            settled.append(judge_ratio(later, tolerance=0.0) is not Verdict.INCONCLUSIVE)
    assert 0.35 < sum(settled) / len(settled) < 0.65


@pytest.mark.parametrize("recording", RECORDINGS, ids=lambda path: path.stem)
def test_identical_sides_as_recorded_are_called_changed_once_in_a_hundred_at_most(recording: Path) -> None:
    rng = np.random.default_rng(11)
    effects = drawn_effects(rng, recorded_effects(recording), comparisons=3000, restarts=DEFAULT_LOOKS[-1])
    found = verdicts(effects, LooksDesign(1, confidence=0.99), tolerance=0.0)
    assert sum(verdict in CHANGED for verdict in found) <= at_most(0.01, 3000)


@pytest.mark.exhaustive
@pytest.mark.parametrize("offset", [0.003, 0.005, 0.0075])
@pytest.mark.parametrize("epoch_seconds", [0.01, 0.03, 0.1])
@pytest.mark.parametrize("noise", [CALM, NOISY], ids=["calm", "noisy"])
def test_what_is_found_in_60_seconds_is_at_least_what_the_spread_of_restarts_says(
    noise: Noise, epoch_seconds: float, offset: float
) -> None:
    noise = replace(noise, epoch_seconds=epoch_seconds, offset=offset)
    effects = within_budget(noise, comparisons=1000, seed=12)
    spread = spread_of_restarts(effects.ravel())
    strict, usual = LooksDesign(1, confidence=0.99), LooksDesign(1)
    rates = [_rate(effects, slower, strict, 0.0, Verdict.REGRESSED) for slower in (1.01, 1.02)]
    rates += [_rate(effects, 1.04, usual, 0.01, Verdict.REGRESSED), _rate(effects, 1.0, usual, 0.01, Verdict.UNCHANGED)]
    if spread <= 0.0088:
        assert all(rate >= aim for rate, aim in zip(rates, (0.9, 0.95, 0.95, 0.9), strict=True)), (spread, rates)
    # Where restarts have heavy tails, as with two turns each, more is found than with normal ones of that spread.
    predicted = detection_power(0.01, spread=spread, restarts=DEFAULT_LOOKS[-1], level=strict.level(2))
    assert rates[0] >= predicted - 0.03, (spread, rates)
    alarms = sum(verdict in CHANGED for verdict in verdicts(effects, strict, tolerance=0.0))
    assert alarms <= at_most(0.01, 1000)


def _rate(effects: Matrix, ratio: float, design: LooksDesign, tolerance: float, verdict: Verdict) -> float:
    return verdicts(effects + math.log(ratio), design, tolerance=tolerance).count(verdict) / len(effects)
