import math

import numpy as np

from batchmark.studies.claims.blobs_arms import BY_BUDGET, papers
from batchmark.studies.claims.by_budget import Budget, Rate
from batchmark.studies.claims.trained import curve, diverged, fresh_quality, trainings_of, tuning_notes
from batchmark.studies.laboratory.parts import Tuned
from claim_results_made import chosen, followed, made


def test_a_training_without_a_finite_loss_diverged_whatever_its_quality() -> None:
    loss = np.full(100, 0.4)
    loss[:3] = math.inf
    quality = np.full(100, 0.8)
    quality[2:5] = math.nan

    found = followed(papers(32), quality, loss=loss)

    assert np.isnan(fresh_quality(found)).tolist() == [True] * 5 + [False] * 95
    assert diverged([found, found]) == 10


def test_a_tuned_part_has_the_trainings_at_its_factor() -> None:
    part = BY_BUDGET.part(8, Budget.EPOCHS, Rate.TUNED)
    assert isinstance(part, Tuned)
    results = made([part], lambda _: chosen(part, 0.8, factor=2.0))

    assert trainings_of(results, part).fresh_quality[0] == 0.8
    assert tuning_notes(results, {"here": [part]}) == ("Tuned rates, here: 0.01 at 8.",)


def test_the_edge_of_what_was_tried_is_told() -> None:
    part = BY_BUDGET.part(8, Budget.EPOCHS, Rate.TUNED)
    assert isinstance(part, Tuned)
    results = made([part], lambda _: chosen(part, 0.8, factor=8.0))

    assert tuning_notes(results, {"here": [part]})[0].endswith("the edge of what was tried at 8.")


def test_a_curve_ranks_what_diverged_and_draws_only_what_is_finite() -> None:
    some, most = np.linspace(0.7, 0.8, 101), np.linspace(0.7, 0.8, 101)
    some[:10], most[:80] = math.nan, math.nan

    line = curve("fixed", (8, 16), [some, most])

    assert line.x == (8.0,)
    # Ten of 101 are the worst instead of the ten lowest: the median stays where it was.
    assert line.y == (0.75,)
    assert line.low[0] < 0.75 < line.high[0]
