"""Quality is a number that evaluate returns, and which way is better has to be known."""

import math

import pytest

from batchmark.errors import WorkloadError
from batchmark.workloads import Description
from batchmark.workloads.quality import Quality, quality_of


@pytest.mark.parametrize(
    ("metric", "expected"),
    [
        ("accuracy", Quality("accuracy", 1.0, 0.0)),
        ("sparse_categorical_accuracy", Quality("sparse_categorical_accuracy", 1.0, 0.0)),
        ("auc", Quality("auc", 1.0, 0.0)),
        ("loss", Quality("loss", -1.0)),
        ("negative_loss", Quality("loss", -1.0)),
        ("mean_absolute_error", Quality("mean_absolute_error", -1.0)),
        ("mae", Quality("mae", -1.0)),
    ],
)
def test_what_is_usual_needs_no_direction(metric: str, expected: Quality) -> None:
    assert quality_of(Description(quality_metric=metric)) == expected


@pytest.mark.parametrize(("direction", "sign"), [("higher", 1.0), ("lower", -1.0)])
def test_a_direction_that_is_given_counts(direction: str, sign: float) -> None:
    assert quality_of(Description(quality_metric="mine", quality_direction=direction)).sign == sign
    assert quality_of(Description(quality_metric="accuracy", quality_direction=direction)).sign == sign


@pytest.mark.parametrize(
    "metric", ["mine", "score", "bleu", "head_neg_mse", "one_minus_auc", "mean_neg_loss", "value_mae"]
)
def test_a_metric_of_which_nobody_knows_which_way_is_better_is_refused(metric: str) -> None:
    with pytest.raises(
        WorkloadError, match=rf'of {metric!r} isn\'t known; write quality_direction="higher" or "lower"'
    ):
        quality_of(Description(name="w", quality_metric=metric))


def test_a_direction_that_is_none_is_refused() -> None:
    with pytest.raises(WorkloadError, match="is 'up'; write quality_direction"):
        quality_of(Description(name="w", quality_metric="accuracy", quality_direction="up"))


def test_a_workload_that_names_no_metric_is_not_judged() -> None:
    with pytest.raises(WorkloadError, match="doesn't say what counts as trained well"):
        quality_of(Description(name="w"))


def test_a_report_says_which_way_it_was_turned() -> None:
    assert Quality("mae", -1.0).name == "negative mae"
    assert Quality("auc", 1.0).name == "auc"


def test_what_a_stuck_seed_reaches_is_told_or_zero_for_what_can_not_fall_below() -> None:
    assert quality_of(Description(quality_metric="accuracy")).cost([0.7], [0.8, math.nan]) == 0.8
    assert quality_of(Description(quality_metric="accuracy", quality_if_stuck=0.1)).cost([0.8]) == pytest.approx(0.7)
    for metric in ("loss", "negative_loss"):
        assert quality_of(Description(quality_metric=metric, quality_if_stuck=3.0)).cost([-1.0]) == 2.0
    for metric in ("loss", "r2_score", "cosine_similarity"):
        assert quality_of(Description(quality_metric=metric)).cost([0.5]) == math.inf
    assert quality_of(Description(quality_metric="accuracy")).cost([math.nan]) == math.inf


def test_what_is_worse_than_stuck_is_no_floor() -> None:
    assert quality_of(Description(quality_metric="accuracy", quality_if_stuck=0.9)).cost([0.8]) == math.inf
