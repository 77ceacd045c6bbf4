"""One effect over all batch sizes: it is where it is promised to be, and finds what no size can tell."""

import json
import math

import numpy as np
import pytest

from batchmark.analysis.looks import Promise
from batchmark.analysis.pooled import chance_of_alike, pooled
from batchmark.analysis.power import exact_interval
from batchmark.analysis.restarts import ratio_over_restarts
from batchmark.comparison import Verdict
from batchmark.studies.ruler.power_file import read_runs
from batchmark.studies.ruler.power_over_all import evaluate_over_all, sizes_called_different
from repository import ROOT

RUNS = read_runs(ROOT / "docs" / "measured" / "power.jsonl")


def test_of_the_recorded_runs_a_common_1_percent_is_found_and_identical_sides_are_unchanged() -> None:
    none, one, two = evaluate_over_all(RUNS, tolerance=0.01)
    assert none.runs == 20
    assert one.significant[Verdict.REGRESSED] >= 18
    assert two.significant[Verdict.REGRESSED] == two.beyond_tolerance[Verdict.REGRESSED] == 20
    assert none.beyond_tolerance[Verdict.UNCHANGED] >= 18
    assert none.significant[Verdict.REGRESSED] + none.significant[Verdict.IMPROVED] <= 1


def test_the_sizes_of_the_recorded_runs_differ_where_something_was_planted_at_some_alone() -> None:
    planted, alike = sizes_called_different(RUNS)
    assert planted >= 18
    assert alike == 0


NOISES = {
    "normal": lambda draw, shape: draw.normal(size=shape),
    "t3": lambda draw, shape: draw.standard_t(3, shape) / math.sqrt(3),
    "skewed": lambda draw, shape: draw.exponential(size=shape) - 1,
}


@pytest.mark.parametrize("noise", list(NOISES))
@pytest.mark.parametrize("in_common", [0.0, 0.3])
def test_intervals_over_all_sizes_hold_where_restarts_are_unequally_disturbed(noise: str, in_common: float) -> None:
    draw, restarts, cells, runs = np.random.default_rng(6), 20, 8, 2000
    missed = 0
    for _ in range(runs):
        errors = 0.01 * np.exp(draw.normal(0, 0.5, (restarts, cells)))
        own = NOISES[noise](draw, (restarts, cells)) * errors
        effects = math.sqrt(1 - in_common) * own + math.sqrt(in_common) * 0.01 * draw.normal(size=(restarts, 1))
        missed += ratio_over_restarts(*pooled(effects, errors), level=0.95).lies_beyond(1.0, 1.0)
    assert missed / runs <= 0.05 + 3 * math.sqrt(0.05 * 0.95 / runs)


@pytest.mark.parametrize("noise", list(NOISES))
def test_sizes_that_are_alike_are_seldom_called_different(noise: str) -> None:
    draw, runs = np.random.default_rng(7), 2000
    scales = np.array([0.5, 1, 1, 1, 2, 2, 3, 4]) * 0.01
    found = [chance_of_alike(NOISES[noise](draw, (20, 8)) * scales) for _ in range(runs)]
    assert np.mean(np.array(found) < 0.001) <= (0.02 if noise == "skewed" else 0.004)


def test_a_restart_that_lacks_a_cell_has_none_and_unknown_errors_count_like_the_median_one() -> None:
    effects = np.array([[0.01, 0.03], [0.02, math.nan], [0.0, 0.02]])
    errors = np.array([[0.01, 0.01], [0.01, 0.01], [math.nan, 0.01]])
    means, of_means = pooled(effects, errors)
    assert means[[0, 2]] == pytest.approx([0.02, 0.01])
    assert np.isnan(means[1])
    assert np.isfinite(of_means).all()


def test_a_clock_that_stands_still_gives_means_without_scatter() -> None:
    means, errors = pooled(np.zeros((3, 2)), np.zeros((3, 2)))
    assert (means.tolist(), errors.tolist()) == ([0.0] * 3, [0.0] * 3)
    assert math.isnan(chance_of_alike(np.zeros((3, 2))))
    assert math.isnan(chance_of_alike(np.ones((3, 1))))


def test_half_of_the_probability_is_for_what_is_over_all_sizes_where_there_is_any() -> None:
    both = Promise(0.95, pooled=2, others=10)
    assert both.design((4,), pooled=True).level(0) == pytest.approx(1 - 0.025 / 2)
    assert both.design((4,), pooled=False).level(0) == pytest.approx(1 - 0.025 / 10)
    assert Promise(0.95, pooled=0, others=10).design((4,), pooled=False).level(0) == pytest.approx(1 - 0.05 / 10)


def test_a_share_has_its_exact_interval() -> None:
    assert exact_interval(19, 20) == pytest.approx((0.7513, 0.9987), abs=1e-4)
    assert exact_interval(0, 20) == pytest.approx((0.0, 0.1684), abs=1e-4)
    assert exact_interval(0, 0) == (0.0, 1.0)
    with pytest.raises(ValueError, match="3 of 2"):
        exact_interval(3, 2)


def test_the_stored_runs_are_read_as_they_were_written() -> None:
    first = json.loads((ROOT / "docs" / "measured" / "power.jsonl").read_text(encoding="utf-8").splitlines()[0])
    assert list(RUNS[0].effects[32]) == first["effects"]["32"]
