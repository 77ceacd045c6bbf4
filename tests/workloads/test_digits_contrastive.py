"""The encoder that is trained by contrast, by labels, and not at all."""

from typing import Any

import keras
import numpy as np
import pytest

from batchmark.errors import WorkloadError
from batchmark.training.keras_versions import is_keras_3
from batchmark.training.tensorflow.stackable import why_not_stackable
from batchmark.workloads import Data, Workload, digits_contrastive, find_workload, laboratory_workloads
from batchmark.workloads.digits_contrastive import (
    DIGITS_CONTRASTIVE,
    DIGITS_RANDOM_ENCODER,
    DIGITS_SUPERVISED,
    TEMPERATURE,
    nt_xent,
)
from batchmark.workloads.digits_mlp import DIGITS_MLP

pytestmark = pytest.mark.skipif(not is_keras_3(), reason="these workloads are of Keras 3's operations")
_THREE = (DIGITS_CONTRASTIVE, DIGITS_SUPERVISED, DIGITS_RANDOM_ENCODER)
_ENCODER, _HEAD, _PROBE = slice(0, 4), slice(4, 8), slice(8, 10)


@pytest.fixture(scope="module")
def data() -> Data:
    loaded: Data = DIGITS_CONTRASTIVE.load_data()
    return loaded


def _model(workload: Workload, seed: int = 0) -> Any:
    keras.utils.set_random_seed(seed)
    return workload.build_model(learning_rate=workload.learning_rate)


def test_an_example_is_a_pair_of_views_that_differ_of_the_digit_that_its_label_names(data: Data) -> None:
    assert len(data.train) == DIGITS_CONTRASTIVE.examples == 2000
    assert (data.train.x.shape, data.train.x.dtype) == ((2000, 128), np.float32)
    assert (data.train.x.min(), data.train.x.max()) == (0, 1)
    assert len(np.unique(data.train.x.reshape(-1, 64), axis=0)) == 4000
    digits = DIGITS_MLP.load_data().train
    np.testing.assert_array_equal(data.train.y, np.repeat(digits.y, 2, axis=0))
    # Views are more like their own digit than like another, on the average.
    views = data.train.x.reshape(1000, 4, 64)
    own = ((views - digits.x[:, None]) ** 2).mean()
    others = ((views - np.roll(digits.x, 1, axis=0)[:, None]) ** 2).mean()
    assert own < 0.6 * others


def test_the_test_digits_are_untouched_and_their_own_two_views(data: Data) -> None:
    digits = DIGITS_MLP.load_data().validation
    np.testing.assert_array_equal(data.validation.x[:, :64], digits.x)
    np.testing.assert_array_equal(data.validation.x[:, 64:], digits.x)
    np.testing.assert_array_equal(data.validation.y, digits.y)


def test_other_views_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(digits_contrastive, "_VIEWS_SEED", 3)
    with pytest.raises(WorkloadError, match="the data of digits-contrastive have the SHA-256"):
        DIGITS_CONTRASTIVE.load_data()


def _by_the_papers_equation(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """Return the mean of the losses of both views of each pair, one view after the other."""
    views = np.concatenate([first, second])
    views = views / np.linalg.norm(views, axis=1, keepdims=True)
    losses = []
    for one in range(len(views)):
        other = (one + len(first)) % len(views)
        among = [np.exp(views[one] @ views[each] / TEMPERATURE) for each in range(len(views)) if each != one]
        losses.append(-np.log(np.exp(views[one] @ views[other] / TEMPERATURE) / sum(among)))
    return np.average([losses[: len(first)], losses[len(first) :]], axis=0)


@pytest.mark.parametrize("pairs", [1, 2, 7])
def test_the_loss_of_a_pair_is_the_papers(pairs: int) -> None:
    first, second = np.random.default_rng(pairs).gamma(2, size=(2, pairs, 5)).astype(np.float32)
    found = keras.ops.convert_to_numpy(nt_xent(first, second))
    np.testing.assert_allclose(found, _by_the_papers_equation(first, second), rtol=1e-5, atol=1e-6)


def test_evaluate_gives_the_mean_of_batches_that_are_not_equally_large(data: Data) -> None:
    model = _model(DIGITS_CONTRASTIVE)
    x, y = data.train.x[:10], data.train.y[:10]
    whole = model.evaluate(x, y, batch_size=7, verbose=0, return_dict=True)
    parts = [model.evaluate(x[part], y[part], verbose=0, return_dict=True) for part in (slice(7), slice(7, 10))]
    assert whole["loss"] == pytest.approx(0.7 * parts[0]["loss"] + 0.3 * parts[1]["loss"], rel=1e-5)
    assert whole["probe_accuracy"] == pytest.approx(
        0.7 * parts[0]["probe_accuracy"] + 0.3 * parts[1]["probe_accuracy"], rel=1e-5
    )


def test_all_three_begin_at_the_same_weights() -> None:
    weights = [_model(each, seed=5).get_weights() for each in _THREE]
    for others in weights[1:]:
        for one, other in zip(weights[0], others, strict=True):
            np.testing.assert_array_equal(one, other)


@pytest.mark.parametrize("workload", _THREE, ids=lambda workload: workload.name)
def test_the_encoder_learns_by_what_the_workload_is_named_after(workload: Workload, data: Data) -> None:
    """The probe always learns, and no label reaches an encoder that is trained by contrast, or not at all."""
    ended = []
    for labels in (data.train.y, np.roll(data.train.y, 1, axis=1)):
        model = _model(workload)
        begun = model.get_weights()
        model.fit(data.train.x, labels, batch_size=100, epochs=1, shuffle=False, verbose=0)
        ended.append(model.get_weights())
    moved = [not np.array_equal(before, after) for before, after in zip(begun, ended[0], strict=True)]
    labelled = [not np.allclose(one, other, atol=1e-6) for one, other in zip(*ended, strict=True)]
    learns = workload is not DIGITS_RANDOM_ENCODER
    assert all(moved[_PROBE])
    assert all(labelled[_PROBE])
    assert {*moved[_ENCODER], *moved[_HEAD]} == {learns}
    assert {*labelled[_ENCODER]} == {workload is DIGITS_SUPERVISED}


@pytest.mark.parametrize("name", [name for name in laboratory_workloads() if name != "mnist-cnn-accumulated"])
def test_many_seeds_can_be_trained_at_once(name: str) -> None:
    workload = find_workload(name)
    assert why_not_stackable(_model(workload), workload.load_data().train) is None


def test_a_short_training_by_contrast_helps_the_probe(data: Data) -> None:
    reached = {}
    for workload in (DIGITS_CONTRASTIVE, DIGITS_RANDOM_ENCODER):
        model = _model(workload)
        model.fit(data.train.x, data.train.y, batch_size=50, epochs=5, verbose=0)
        found = model.evaluate(data.validation.x, data.validation.y, batch_size=1000, verbose=0, return_dict=True)
        reached[workload.name] = found["probe_accuracy"]
    assert 0.2 < reached["digits-random-encoder"] < reached["digits-contrastive"] - 0.05
