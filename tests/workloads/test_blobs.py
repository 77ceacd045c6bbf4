"""The paper's data, exactly."""

import numpy as np
import pytest
from sklearn.datasets import make_blobs

from batchmark.errors import WorkloadError
from batchmark.workloads import find_workload

_BLOBS = find_workload("blobs")
_BLOBS_8000 = find_workload("blobs-8000")


def test_the_data_are_the_notebooks() -> None:
    x, y = make_blobs(n_samples=1000, centers=3, n_features=2, cluster_std=2, random_state=2)
    data = _BLOBS.load_data()
    np.testing.assert_array_equal(data.train.x, x[:500].astype(np.float32))
    np.testing.assert_array_equal(data.validation.x, x[500:].astype(np.float32))
    np.testing.assert_array_equal(np.argmax(data.train.y, axis=1), y[:500])
    np.testing.assert_array_equal(np.argmax(data.validation.y, axis=1), y[500:])


def _bayes_accuracy(x: np.ndarray, y: np.ndarray) -> float:
    """Return the accuracy of the best possible classifier: blobs of one width, so the nearest centre."""
    _, _, centers = make_blobs(
        n_samples=1000, centers=3, n_features=2, cluster_std=2, random_state=2, return_centers=True
    )
    nearest = np.argmin(((x[:, None, :] - centers[None]) ** 2).sum(axis=2), axis=1)
    return float(np.mean(nearest == np.argmax(y, axis=1)))


def test_the_fresh_test_set_comes_from_the_same_blobs() -> None:
    """The Bayes-optimal accuracy is .823 in the population and .840 on the paper's test half."""
    data = _BLOBS.load_data()
    assert _bayes_accuracy(data.validation.x, data.validation.y) == pytest.approx(0.840, abs=0.001)
    assert len(data.fresh) == 50_000
    standard_error = (0.823 * 0.177 / 50_000) ** 0.5
    assert _bayes_accuracy(data.fresh.x, data.fresh.y) == pytest.approx(0.823, abs=3 * standard_error)


def test_the_learning_rate_is_the_notebooks_and_can_be_the_same_for_all() -> None:
    assert _BLOBS.learning_rate_for(1) == 0.001
    assert _BLOBS.learning_rate_for(1, same=True) == 0.01
    assert {_BLOBS.learning_rate_for(size) for size in (2, 32, 500)} == {0.01}


def test_other_points_than_the_papers_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("batchmark.workloads.blobs._PAPER_SEED", 3)
    with pytest.raises(WorkloadError, match="the data of blobs have the SHA-256"):
        _BLOBS.load_data()


def test_eight_thousand_training_examples_come_from_the_same_blobs() -> None:
    data, papers = _BLOBS_8000.load_data(), _BLOBS.load_data()
    assert len(data.train) == _BLOBS_8000.examples == 8000
    assert (data.train.x.dtype, data.train.y.dtype) == (np.float32, np.float32)
    # The standard error of the accuracy of the best possible classifier.
    standard_error = (0.823 * 0.177 / 8000) ** 0.5
    assert _bayes_accuracy(data.train.x, data.train.y) == pytest.approx(0.823, abs=3 * standard_error)
    assert np.abs(data.train.y.mean(axis=0) - 1 / 3).max() < 1e-3
    drawn = {tuple(point) for split in (papers.train, papers.validation, papers.fresh) for point in split.x}
    assert drawn.isdisjoint(map(tuple, data.train.x))


def test_the_test_sets_beside_eight_thousand_are_the_papers() -> None:
    data, papers = _BLOBS_8000.load_data(), _BLOBS.load_data()
    for ours, theirs in ((data.validation, papers.validation), (data.fresh, papers.fresh)):
        np.testing.assert_array_equal(ours.x, theirs.x)
        np.testing.assert_array_equal(ours.y, theirs.y)


def test_other_eight_thousand_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("batchmark.workloads.blobs._MORE_SEED", 3)
    with pytest.raises(WorkloadError, match="the data of blobs-8000 have the SHA-256"):
        _BLOBS_8000.load_data()
