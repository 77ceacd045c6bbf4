"""Turns within restarts: what each comes to, and how often the interval over restarts holds."""

import json
import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import t as t_distribution
from scipy.stats import ttest_1samp

from batchmark.analysis.restarts import (
    biweight_location,
    neighbouring_log_ratios,
    ratio_over_restarts,
    restart_effects,
    restart_errors,
    restart_weights,
    spread_of_restarts,
)
from batchmark.records import Estimate
from batchmark.studies.ruler.power_file import read_runs
from recorded_restarts import RECORDINGS, drawn_effects, recorded_effects
from simulated_restarts import (
    CALM,
    MEASURED,
    NOISY,
    Matrix,
    Noise,
    at_least,
    at_most,
    simulated_effects,
    simulated_log_ratios,
)

seconds = st.floats(1e-6, 1e6)
RECORDED_RUNS = Path(__file__).parents[2] / "docs" / "measured" / "power.jsonl"


def missed(effects: Matrix, *, level: float, ratio: float = 1.0) -> int:
    """Count the comparisons, shape (comparisons, restarts), whose interval leaves out the true ratio."""
    return sum(ratio_over_restarts(each, level=level).lies_beyond(ratio, ratio) for each in effects)


def test_each_visit_is_compared_with_the_other_sides_before_and_after_it() -> None:
    (ratios,) = neighbouring_log_ratios([{0: 1.0, 2: 2.0}], [{1: 4.0, 3: 6.0}])
    assert ratios == pytest.approx(np.log([4.0 / 1.0, 4.0 / 2.0, 6.0 / 2.0]))


def test_visits_that_are_not_neighbours_are_not_compared() -> None:
    assert [len(turn) for turn in neighbouring_log_ratios([{0: 1.0, 9: 1.0}], [{2: 1.0, 7: 1.0}])] == [0]
    # Nor are those of two turns.
    assert [len(turn) for turn in neighbouring_log_ratios([{0: 1.0}, {}], [{}, {1: 1.0}])] == [0, 0]
    assert not neighbouring_log_ratios([{0: 1.0}], [])


@given(st.lists(st.dictionaries(st.integers(0, 9), seconds), max_size=4), st.data())
def test_exchanged_sides_have_the_inverse_ratios(turns: list[dict[int, float]], data: st.DataObject) -> None:
    is_ours = [{place: data.draw(st.booleans()) for place in turn} for turn in turns]
    ours = [{p: s for p, s in turn.items() if mine[p]} for turn, mine in zip(turns, is_ours, strict=True)]
    theirs = [{p: s for p, s in turn.items() if not mine[p]} for turn, mine in zip(turns, is_ours, strict=True)]
    there, back = neighbouring_log_ratios(theirs, ours), neighbouring_log_ratios(ours, theirs)
    for ratio, inverse in zip(there, back, strict=True):
        assert np.sort(ratio) == pytest.approx(np.sort(-np.asarray(inverse)))


def test_a_restart_comes_to_the_location_of_its_ratios_however_many_they_are() -> None:
    effects = restart_effects(
        [[[0.01, 0.02], [5.0, 0.015]], [[0.03, math.nan]], [[math.nan], []], [], [[], [0.0, 0.02]]]
    )
    assert effects == pytest.approx([0.015, 0.03, math.nan, math.nan, 0.01], nan_ok=True)
    assert restart_effects([]).shape == (0,)


def test_a_turn_in_which_the_machine_was_busy_counts_for_less() -> None:
    rng = np.random.default_rng(9)
    ratios = rng.normal(0.0, 0.05, (2000, 3, 30)) * rng.permuted(np.tile([1.0, 1.0, 4.0], (2000, 1)), axis=1)[..., None]
    by_turn, in_one = restart_effects(list(ratios)), restart_effects(list(ratios.reshape(2000, 1, 90)))
    assert by_turn.std() < 0.9 * in_one.std()
    # And its error says so.
    assert np.median(restart_errors(list(ratios))) == pytest.approx(by_turn.std(), rel=0.1)
    # Where turns are alike it costs next to nothing.
    alike = rng.normal(0.0, 0.05, (2000, 3, 30))
    assert restart_effects(list(alike)).std() < 1.03 * restart_effects(list(alike.reshape(2000, 1, 90))).std()


def test_a_location_is_the_mean_of_what_is_near_it() -> None:
    near = np.array([-0.02, -0.01, 0.0, 0.01, 0.02])
    assert biweight_location(near) == pytest.approx(0.0, abs=1e-12)
    far = np.concatenate([near, [7.0, 0.9]])
    assert biweight_location(far + 1.0) == pytest.approx(1.0, abs=0.006)
    assert biweight_location(np.stack([far, far + 3.0])) == pytest.approx(
        float(biweight_location(far)) + np.array([0.0, 3.0])
    )


@pytest.mark.parametrize("values", [[0.5], [0.5, 0.5, 0.5, 9.0], [0.5] * 8])
def test_values_without_a_scale_are_the_location(values: list[float]) -> None:
    assert biweight_location(values) == 0.5


@given(st.lists(st.floats(-1, 1), min_size=1, max_size=30), st.floats(-1, 1))
def test_a_location_lies_among_its_values_and_moves_with_them(values: list[float], by: float) -> None:
    found = float(biweight_location(values))
    assert min(values) - 1e-9 <= found <= max(values) + 1e-9
    assert -float(biweight_location([-value for value in values])) == pytest.approx(found, abs=1e-6)
    assert float(biweight_location([value + by for value in values])) == pytest.approx(found + by, abs=1e-3)


def test_it_repeats_better_than_the_median_where_epochs_are_disturbed() -> None:
    rng = np.random.default_rng(0)
    ratios = simulated_log_ratios(rng, MEASURED, comparisons=1000, restarts=1, turns=5).reshape(1000, -1)
    assert biweight_location(ratios).std() < 0.95 * np.median(ratios, axis=-1).std()


def test_simulated_effects_are_those_of_the_function() -> None:
    log_ratios = simulated_log_ratios(np.random.default_rng(0), NOISY, comparisons=2, cells=2, restarts=3, turns=4)
    effects = simulated_effects(np.random.default_rng(0), NOISY, comparisons=2, cells=2, restarts=3, turns=4)
    for found, of_one in zip(effects.reshape(4, 3), log_ratios.reshape(4, 3, 4, -1), strict=True):
        # All at once, each is repeated until the last one stands still.
        assert restart_effects(list(of_one)) == pytest.approx(found, abs=1e-5)


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
    few = restart_effects([[[0.01]], [[0.03]]])
    many = restart_effects([[[0.01] * 50], [[0.03] * 50]])
    assert ratio_over_restarts(few, level=0.9) == ratio_over_restarts(many, level=0.9)


@given(st.lists(st.floats(-1, 1), min_size=2, max_size=16), st.floats(0.5, 0.95))
def test_the_interval_of_exchanged_sides_is_the_inverse_one(effects: list[float], level: float) -> None:
    one = ratio_over_restarts(effects, level=level)
    other = ratio_over_restarts([-effect for effect in effects], level=level)
    assert one.has_interval == other.has_interval
    if one.low is not None and one.high is not None:
        assert (other.low, other.high) == pytest.approx((1 / one.high, 1 / one.low))


def test_an_error_is_what_a_location_scatters_by() -> None:
    values = np.random.default_rng(7).normal(0.0, 0.05, (2000, 50))
    assert np.median(restart_errors([[each] for each in values])) == pytest.approx(
        biweight_location(values).std(), rel=0.1
    )
    # And of the mean, nearly.
    assert np.median(restart_errors([[each] for each in values])) == pytest.approx(0.05 / math.sqrt(50), rel=0.1)


def test_too_few_ratios_tell_no_error() -> None:
    errors = restart_errors([[[0.1] * 7], [], [[0.1, math.nan] * 7], [[0.1] * 4] * 2, [np.linspace(0, 0.01, 8)]])
    assert np.isnan(errors[:3]).all()
    assert errors[3] == 0.0
    assert 0 < errors[4] < 0.01


def test_restarts_of_the_same_error_or_of_none_count_alike() -> None:
    effects = np.array([0.01, 0.03, 0.02, 0.025])
    expected = ratio_over_restarts(effects, level=0.99)
    for errors in (np.full(4, 0.02), np.full(4, math.nan), np.array([0.02, math.nan, 0.02, 0.02]), np.zeros(4)):
        assert ratio_over_restarts(effects, errors, level=0.99) == expected
        assert spread_of_restarts(effects, errors) == pytest.approx(spread_of_restarts(effects))


def test_a_restart_without_the_machine_counts_for_little() -> None:
    effects, errors = np.array([0.01, 0.012, 0.008, 0.011, 0.009, -0.3]), np.array([0.002] * 5 + [0.5])
    with_it, without = (ratio_over_restarts(effects[:count], errors[:count], level=0.99) for count in (6, 5))
    assert with_it.n == 6
    assert (with_it.low, with_it.high) == pytest.approx((without.low, without.high), rel=1e-3)
    assert not ratio_over_restarts(effects, level=0.99).lies_beyond(1.0, 1.0)
    assert spread_of_restarts(effects, errors) == pytest.approx(spread_of_restarts(effects[:5]), rel=0.2)


def test_where_processes_differ_by_more_than_their_errors_all_count_alike() -> None:
    effects, errors = np.array([-0.1, -0.05, 0.0, 0.05, 0.1]), np.array([0.001, 0.004, 0.002, 0.003, 0.001])
    assert restart_weights(effects, errors) == pytest.approx(np.full(5, restart_weights(effects, errors)[0]), rel=0.01)


@pytest.mark.parametrize(("restarts", "level"), [(6, 0.95), (6, 0.999), (16, 0.99)])
def test_the_interval_covers_the_truth_where_some_restarts_were_lost(restarts: int, level: float) -> None:
    rng = np.random.default_rng(8)
    noise = replace(MEASURED, lost_restarts=0.1)
    ratios = simulated_log_ratios(rng, noise, comparisons=2000, restarts=restarts, turns=2, visits=6)[:, 0]
    found = [
        (ratio_over_restarts(effects, level=level), ratio_over_restarts(effects, errors, level=level))
        for effects, errors in ((restart_effects(each), restart_errors(each)) for each in ratios)
    ]
    assert sum(weighted.lies_beyond(1.0, 1.0) for _, weighted in found) <= at_most(1 - level, 2000)
    widths = [math.log(each.high / each.low) for pair in found for each in pair if each.high and each.low]
    # Half of the comparisons and more have lost one of 16.
    if restarts == 16:
        assert np.median(widths[1::2]) < 0.7 * np.median(widths[::2])


def _simulated_errors(rng: np.random.Generator, kind: str, shape: tuple[int, int]) -> Matrix:
    """Return true standard errors of restarts, as large as 1 mostly."""
    match kind:
        case "unequal":
            return np.exp(rng.normal(0.0, 0.6, shape))
        case "bursts":
            return np.where(rng.random(shape) < 0.2, 4.0, 1.0)
        case "lost":
            return np.where(rng.random(shape) < 0.1, 20.0, 1.0)
        case _:
            return np.ones(shape)


def _half_width(found: Estimate) -> float:
    assert found.low is not None
    assert found.high is not None
    return math.log(found.high / found.low) / 2


@pytest.mark.parametrize("tails", [3.0, 1000.0], ids=["heavy", "normal"])
@pytest.mark.parametrize("between", [0.0, 1.0])
@pytest.mark.parametrize("kind", ["equal", "unequal", "bursts", "lost"])
def test_weighted_intervals_cover_and_are_no_wider_than_with_errors_counted_twice(
    kind: str, between: float, tails: float
) -> None:
    rng, shape, level = np.random.default_rng(21), (1000, 8), 0.95
    true = _simulated_errors(rng, kind, shape)
    unit = math.sqrt((tails - 2) / tails)
    effects = 0.01 * unit * (between * rng.standard_t(tails, shape) + true * rng.standard_t(tails, shape))
    # As told by some 20 ratios.
    errors = 0.01 * true * np.sqrt(rng.chisquare(20, shape) / 20)
    found = [ratio_over_restarts(*each, level=level) for each in zip(effects, errors, strict=True)]
    assert sum(each.lies_beyond(1.0, 1.0) for each in found) <= at_most(1 - level, len(found))
    widths = np.array(list(map(_half_width, found)))
    assert np.median(widths) <= 1.005 * np.median([_before(*each, level) for each in zip(effects, errors, strict=True)])


def test_over_recorded_restarts_weighted_intervals_are_narrower_than_before_and_cover() -> None:
    rng, restarts, level = np.random.default_rng(22), 8, 0.95
    cells = [(run.effects[size], run.errors[size]) for run in read_runs(RECORDED_RUNS) for size in run.effects]
    whole = [each for each in (np.array(pair, np.float64) for pair in cells) if np.isfinite(each).all()]
    drawn = []
    for effects, errors in whole * 12:
        chosen = rng.permutation(effects.size)[:restarts]
        # Which side was called the candidate says nothing.
        drawn.append((effects[chosen] * rng.choice([-1.0, 1.0], restarts), errors[chosen]))
    found = [ratio_over_restarts(*each, level=level) for each in drawn]
    assert len(found) > 1500
    assert sum(each.lies_beyond(1.0, 1.0) for each in found) <= at_most(1 - level, len(found))
    now, before = np.median([_half_width(each) for each in found]), np.median([_before(*each, level) for each in drawn])
    assert 0.9 * before < now < 0.99 * before


def _before(effects: Matrix, errors: Matrix, level: float) -> float:
    """Return half the width of an interval whose weights had the restarts' errors twice, over (Σw)² / Σw² values."""
    scale = 1.4826 * np.median(np.abs(effects - np.median(effects)))
    share = 1 / (scale**2 + errors**2)
    share /= share.sum()
    squares = float(share @ share)
    variance = float(share @ (effects - share @ effects) ** 2) * squares / (1 - squares)
    return float(t_distribution.ppf((1 + level) / 2, 1 / squares - 1) * math.sqrt(variance))


def test_a_restart_whose_clock_showed_no_error_is_no_surer_than_the_surest_with_one() -> None:
    weights = restart_weights([0.01] * 5, [0.0, 0.002, 0.004, 0.004, 0.004])
    assert weights[0] == weights[1] > weights[2]
    assert np.all(restart_weights([0.01] * 3, [0.0] * 3) == 1.0)


def test_one_restart_with_all_the_weight_has_no_interval() -> None:
    found = ratio_over_restarts([0.01, 0.01], [1e-12, 1e12], level=0.95)
    assert (found.low, found.high, found.n) == (None, None, 2)


def test_an_interval_that_says_nothing_is_none() -> None:
    # One degree of freedom at 99.9 %: t is 637.
    assert not ratio_over_restarts([0.1, -0.1], level=0.999).has_interval
    assert ratio_over_restarts([0.001, -0.001], level=0.999).has_interval


@pytest.mark.parametrize("offset", [0.003, 0.0075])
@pytest.mark.parametrize("restarts", [6, 12])
@pytest.mark.parametrize("noise", [CALM, NOISY])
def test_the_interval_covers_the_truth_as_often_as_it_says(noise: Noise, restarts: int, offset: float) -> None:
    rng = np.random.default_rng(1)
    options = {"comparisons": 2000, "restarts": restarts, "turns": 3, "visits": 2, "ratio": 1.02}
    effects = simulated_effects(rng, replace(noise, offset=offset), **options)[:, 0]
    # Heavy tails make it cover a little more often; a share of 2 % would be an interval that is far too wide.
    assert at_least(0.02, 2000) <= missed(effects, level=0.95, ratio=1.02) <= at_most(0.05, 2000)


def test_processes_with_heavy_tails_make_it_cover_more_often() -> None:
    noise = replace(CALM, offset=0.0075, shared=0.0, offset_tails=2.5)
    effects = simulated_effects(np.random.default_rng(2), noise, comparisons=2000, restarts=8, turns=2, visits=2)[:, 0]
    assert missed(effects, level=0.95) <= at_most(0.05, 2000)


def test_turns_taken_for_restarts_would_promise_far_too_much() -> None:
    noise = replace(CALM, offset=0.015)
    log_ratios = simulated_log_ratios(np.random.default_rng(3), noise, comparisons=500, restarts=6, turns=10, visits=1)
    pooled = log_ratios.reshape(500, 60)
    assert missed(pooled, level=0.95) > 0.10 * 500


def test_the_simulated_noise_is_as_large_as_what_was_measured() -> None:
    rng = np.random.default_rng(4)
    # 80 pairs of single rounds, turn by turn: their median repeats within 0.75 %, between pairs of processes.
    pairs = {"comparisons": 2000, "restarts": 1, "turns": 80, "visits": 1}
    repeats = {
        name: np.median(simulated_log_ratios(rng, noise, **pairs), axis=(-2, -1)).std()
        for name, noise in (("c", CALM), ("n", NOISY))
    }
    assert 0.005 < repeats["c"] < 0.0075 < repeats["n"] < 0.009
    # Epochs that alternate for 3.75 s: neighbours differ by 4 to 8 %, and their location repeats within 0.7 to 1.0 %.
    ratios = simulated_log_ratios(rng, MEASURED, comparisons=2000, restarts=1, turns=5).reshape(2000, -1)
    assert 0.04 < 1.4826 * np.median(np.abs(ratios)) < 0.08
    assert 0.007 < biweight_location(ratios).std() < 0.01


@pytest.mark.parametrize("recording", RECORDINGS, ids=lambda path: path.stem)
@pytest.mark.parametrize("restarts", [6, 16])
def test_the_interval_covers_the_truth_with_noise_as_it_was_recorded(recording: Path, restarts: int) -> None:
    effects = drawn_effects(np.random.default_rng(5), recorded_effects(recording), comparisons=4000, restarts=restarts)
    assert missed(effects, level=0.95) <= at_most(0.05, 4000)


def test_a_recording_is_read_by_restart_side_turn_and_place(tmp_path: Path) -> None:
    restarts = [
        {"baseline": [{"0": 1.0}, {"5": 2.0}], "candidate": [{"1": 2.0}, {"4": 4.0}]},
        {"baseline": [{"0": 3.0}], "candidate": [{"1": 3.0}]},
    ]
    recording = tmp_path / "restarts-of-a-test.json"
    recording.write_text(
        json.dumps({"cell": "blobs-64-fit", "facts": {}, "seconds_per_visit": restarts}), encoding="utf-8"
    )
    effects = recorded_effects(recording)
    assert effects == pytest.approx([math.log(2), 0.0])
    drawn = drawn_effects(np.random.default_rng(6), effects, comparisons=50, restarts=4)
    assert drawn.shape == (50, 4)
    assert set(np.round(np.unique(drawn), 9) + 0.0) == {0.0, round(math.log(2), 9), -round(math.log(2), 9)}
