"""The ceiling by integration, held against draws, and against a formula where there is one."""

import math

import numpy as np
import pytest
from scipy.stats import norm
from sklearn.datasets import make_blobs

from batchmark.analysis.bayes_ceiling import bayes_ceiling, ceiling_on
from batchmark.studies.claims.blobs_arms import CEILING
from batchmark.workloads.blobs import CENTERS, CLUSTER_STANDARD_DEVIATION

DRAWN = 200_000


def test_the_integral_is_what_draws_come_to() -> None:
    rng = np.random.default_rng(1)
    centers, labels = rng.uniform(-4, 4, (4, 2)), rng.integers(0, 4, DRAWN)
    points = centers[labels] + 2.0 * rng.standard_normal((DRAWN, 2))
    accuracy, cross_entropy = bayes_ceiling(centers, 2.0)
    drawn = ceiling_on(centers, 2.0, points, labels)
    standard_error = math.sqrt(accuracy * (1 - accuracy) / DRAWN)
    assert drawn[0] == pytest.approx(accuracy, abs=4 * standard_error)
    assert drawn[1] == pytest.approx(cross_entropy, abs=0.01)


def test_of_two_blobs_it_is_the_normal_distributions_share_on_the_own_side() -> None:
    accuracy, _ = bayes_ceiling([[0.0, 0.0], [3.0, 4.0]], 2.0)
    assert accuracy == pytest.approx(norm.cdf(2.5 / 2.0), abs=1e-4)


def test_blobs_that_are_far_apart_are_told_apart_and_one_blob_always_is() -> None:
    assert bayes_ceiling([[0.0, 0.0], [50.0, 0.0]], 1.0) == pytest.approx((1.0, 0.0), abs=1e-6)
    assert bayes_ceiling([[7.0, -3.0]], 1.0) == pytest.approx((1.0, 0.0), abs=1e-6)


def test_the_papers_blobs_have_the_ceiling_that_claims_state() -> None:
    points, labels, centers = make_blobs(
        n_samples=1000,
        centers=CENTERS,
        cluster_std=CLUSTER_STANDARD_DEVIATION,
        random_state=2,
        return_centers=True,
    )
    found = bayes_ceiling(centers, CLUSTER_STANDARD_DEVIATION)
    assert found == pytest.approx((0.8224, 0.4008), abs=1e-4)
    assert round(found[0], 4) == CEILING
    # On the paper's own test half, as its project's notes have it.
    test_half = ceiling_on(centers, CLUSTER_STANDARD_DEVIATION, points[500:], labels[500:])
    assert test_half == pytest.approx((0.840, 0.3823), abs=1e-4)


def test_centers_not_in_the_plane_are_refused() -> None:
    with pytest.raises(ValueError, match="centers"):
        bayes_ceiling([[0.0, 0.0, 1.0]], 1.0)
    with pytest.raises(ValueError, match="deviation"):
        bayes_ceiling([[0.0, 0.0]], 0.0)
