"""Epochs that are slow now and then: found where they are, and not where both sides have them."""

import math

import numpy as np
import pytest

from batchmark.analysis.judged import judge
from batchmark.analysis.looks import LooksDesign
from batchmark.analysis.restarts import neighbouring_log_ratios, ratio_over_restarts, restart_effects, restart_errors
from batchmark.analysis.tails import Tails, pooled_tails, shared, tails
from batchmark.analysis.verdict import judge_ratio
from batchmark.comparison import Tail, Verdict
from batchmark.metrics.seconds_per_epoch import METRIC
from batchmark.records import Estimate

RESTARTS, TURNS, VISITS = 20, 2, 32


def _verdict(
    draw: np.random.Generator, *, every: int = 0, times: float = 1.0, noise: float = 0.01, bursts: float = 0.0
) -> Verdict:
    """Return the last look's verdict within 1 %, a cell of eight; `bursts`: the share of slow epochs of both sides."""
    visits, effects, errors = [], [], []
    for _ in range(RESTARTS):
        sides: tuple[list[dict[int, float]], list[dict[int, float]]] = ([], [])
        for _ in range(TURNS):
            seconds = 0.027 * np.exp(noise * draw.standard_t(4, VISITS) / math.sqrt(2))
            seconds *= np.where(draw.random(VISITS) < bursts, 1 + draw.exponential(0.8, VISITS), 1.0)
            slow = draw.random(VISITS) < (1 / every if every else 0.0)
            for side in (0, 1):
                sides[side].append(
                    {at: float(seconds[at] * (times if side and slow[at] else 1)) for at in range(side, VISITS, 2)}
                )
        ratios = [neighbouring_log_ratios(*sides)]
        effects.append(restart_effects(ratios)[0])
        errors.append(restart_errors(ratios)[0])
        visits.append(tuple([{at: (value,) for at, value in turn.items()} for turn in side] for side in sides))
    of_location, of_means = shared(LooksDesign(16).level(2))
    ratio = ratio_over_restarts(effects, errors, level=of_location)
    tail = tails(visits).over_restarts(level=of_means)  # type: ignore[arg-type]  # pairs
    assert tail
    return judge(METRIC, ratio, 0.01, tail)


def _counted(seed: int, runs: int = 40, **how: float) -> dict[Verdict, int]:
    draw = np.random.default_rng(seed)
    found = [_verdict(draw, **how) for _ in range(runs)]  # type: ignore[arg-type]  # a whole number
    return {verdict: found.count(verdict) for verdict in Verdict}


def test_a_location_alone_is_never_unchanged() -> None:
    """A candidate of which every fifth epoch took twice as long was, when nothing was asked beside it."""
    draw = np.random.default_rng(0)
    effects, errors = [], []
    for restart in range(20):
        turns = []
        for _ in range(2):
            seconds = 0.027 * np.exp(draw.normal(0, 0.01, 32))
            candidate = [visit for visit in range(32) if visit % 2]
            seconds[candidate[restart % 5 :: 5]] *= 2
            turns.append(({at: seconds[at] for at in range(0, 32, 2)}, {at: seconds[at] for at in candidate}))
        ratios = [neighbouring_log_ratios(*zip(*turns, strict=True))]
        effects.append(restart_effects(ratios)[0])
        errors.append(restart_errors(ratios)[0])
    ratio = ratio_over_restarts(effects, errors, level=0.99)
    assert ratio.lies_within(0.99, 1.01)
    assert judge_ratio(ratio, tolerance=0.01) is Verdict.INCONCLUSIVE
    assert judge(METRIC, ratio, 0.01) is Verdict.INCONCLUSIVE
    # It still finds what the typical epoch shows.
    assert (
        judge_ratio(ratio_over_restarts([0.05, 0.051] * 4, errors[:8], level=0.99), tolerance=0.01) is Verdict.REGRESSED
    )


@pytest.mark.parametrize("every", [5, 10])
@pytest.mark.parametrize("times", [1.4, 2.0, 4.0])
def test_a_slow_epoch_in_ten_is_a_regression(every: int, times: float) -> None:
    counts = _counted(1, every=every, times=times)
    assert counts[Verdict.REGRESSED] >= 36
    assert counts[Verdict.UNCHANGED] == 0


@pytest.mark.parametrize(("every", "times"), [(20, 1.4), (20, 2.0), (20, 4.0), (50, 2.0), (50, 4.0)])
def test_a_rare_slow_epoch_whose_mean_matters_is_hardly_ever_unchanged(every: int, times: float) -> None:
    assert _counted(2, every=every, times=times)[Verdict.UNCHANGED] <= 2


def test_a_tail_that_makes_less_than_the_tolerance_may_be_unchanged() -> None:
    # One epoch in fifty by 1.4: 0.8 % on average.
    assert _counted(3, every=50, times=1.4)[Verdict.REGRESSED] <= 2


@pytest.mark.parametrize("bursts", [0.0, 0.05, 0.1])
def test_identical_sides_are_not_called_different_for_their_slow_epochs(bursts: float) -> None:
    counts = _counted(4, runs=60, bursts=bursts)
    assert counts[Verdict.REGRESSED] + counts[Verdict.IMPROVED] <= 1


def test_identical_sides_are_unchanged_on_a_quiet_machine() -> None:
    assert _counted(5)[Verdict.UNCHANGED] >= 38


def test_the_baselines_tail_is_an_improvement() -> None:
    quiet = [{0: (1.0,), 2: (1.0,), 4: (1.0,)}]
    tailed = [{1: (1.0,), 3: (2.0,), 5: (1.0,)}]
    found = tails([(tailed, quiet), (quiet, tailed)])
    assert found.excesses[0] == -found.excesses[1] == pytest.approx(-0.4, abs=0.1)
    assert found.means[0] == pytest.approx(-found.means[1]) == pytest.approx(-math.log(4 / 3))


def test_every_round_of_a_visit_counts_and_not_its_median() -> None:
    baseline = [{0: (1.0, 1.0, 1.0, 1.0, 1.0)}]
    candidate = [{1: (1.0, 1.0, 2.0, 1.0, 1.0)}]
    found = tails([(baseline, candidate)])
    assert found.excesses[0] == pytest.approx(0.2)
    assert math.exp(found.means[0]) == pytest.approx(1.2)


def test_of_few_epochs_many_may_be_slow_unseen() -> None:
    turns = ([{0: (1.0,), 2: (1.0,)}], [{1: (1.0,), 3: (1.0,)}])
    few, many = (tails([turns] * restarts).over_restarts(level=0.95) for restarts in (2, 100))
    assert few
    assert many
    assert few.unseen == pytest.approx(1 - 0.05 ** (1 / 4))
    assert many.unseen == pytest.approx(1 - 0.05 ** (1 / 200))


def _judged(effect: float, tail: Tail) -> Verdict:
    return judge(METRIC, Estimate(effect, effect / 1.002, effect * 1.002, 0.95, 20), 0.01, tail)


def _tail(mean: float, *, slow: float, width: float = 1.005) -> Tail:
    return Tail(mean, (mean / width, mean * width), slow, (slow - 0.01, slow + 0.01), 0.99, 900)


def test_what_is_faster_but_for_a_tail_of_its_own_is_no_improvement() -> None:
    assert _judged(0.95, _tail(0.95, slow=0.0)) is Verdict.IMPROVED
    assert _judged(0.95, _tail(1.31, slow=0.19)) is Verdict.REGRESSED
    assert _judged(0.95, _tail(1.0, slow=0.05)) is Verdict.INCONCLUSIVE
    assert _judged(1.03, _tail(0.8, slow=-0.2)) is Verdict.REGRESSED
    assert _judged(1.0, _tail(0.8, slow=-0.2)) is Verdict.IMPROVED


def test_one_restart_has_no_tail_and_a_restart_without_visits_is_left_out() -> None:
    turn = ([{0: (1.0,)}], [{1: (1.0,)}])
    assert tails([turn]).over_restarts(level=0.95) is None
    found = tails([turn, turn, ([{}], [{}])])
    assert np.isnan(found.means[2])
    tail = found.over_restarts(level=0.95)
    assert tail
    assert (tail.mean, tail.slow) == (1.0, 0.0)


def test_over_cells_a_restart_has_the_mean_and_none_where_one_lacks_it() -> None:
    cells = [
        Tails(np.array([0.0, 0.1]), np.array([0.0, 0.2]), 9),
        Tails(np.array([0.2, math.nan]), np.array([0.1, 0.0]), 5),
    ]
    found = pooled_tails(cells)
    assert found.means[0] == pytest.approx(0.1)
    assert np.isnan(found.means[1])
    assert found.excesses.tolist() == pytest.approx([0.05, 0.1])
