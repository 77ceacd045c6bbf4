"""The digits that a deep dense network learns."""

import keras
import numpy as np
import pytest

from batchmark.errors import WorkloadError
from batchmark.workloads import Data, digits_mlp
from batchmark.workloads.digits_mlp import DIGITS_MLP


@pytest.fixture(scope="module")
def data() -> Data:
    loaded: Data = DIGITS_MLP.load_data()
    return loaded


def test_every_digit_is_in_one_part_and_once(data: Data) -> None:
    assert len(data.train) == DIGITS_MLP.examples == 1000
    assert len(data.validation) == 797
    assert data.fresh is None
    images = np.concatenate([data.train.x, data.validation.x])
    assert len(np.unique(images, axis=0)) == 1797


def test_pixels_are_from_0_to_1_and_labels_one_hot(data: Data) -> None:
    for part in (data.train, data.validation):
        assert (part.x.shape, part.x.dtype) == ((len(part), 64), np.float32)
        assert (part.x.min(), part.x.max()) == (0, 1)
        assert (part.y.shape, part.y.dtype) == ((len(part), 10), np.float32)
        np.testing.assert_array_equal(part.y.sum(axis=1), 1)


def test_the_classes_are_about_equally_frequent_in_both_parts(data: Data) -> None:
    for part in (data.train, data.validation):
        assert np.abs(part.y.mean(axis=0) - 0.1).max() < 0.015


def test_the_data_are_the_same_every_time(data: Data) -> None:
    again = DIGITS_MLP.load_data()
    np.testing.assert_array_equal(again.train.x, data.train.x)
    np.testing.assert_array_equal(again.validation.y, data.validation.y)


def test_other_digits_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    def one_pixel_brighter(*, return_X_y: bool) -> tuple[np.ndarray, np.ndarray]:
        pixels, labels = digits(return_X_y=return_X_y)
        pixels[5, 5] += 1
        return pixels, labels

    from sklearn import datasets  # noqa: PLC0415  as the workload does

    digits = datasets.load_digits
    monkeypatch.setattr(datasets, "load_digits", one_pixel_brighter)
    with pytest.raises(WorkloadError, match=r"the data of digits-mlp .* scikit-learn"):
        digits_mlp.load_data()


def test_a_short_training_reads_most_digits(data: Data) -> None:
    keras.utils.set_random_seed(0)
    model = DIGITS_MLP.build_model(learning_rate=DIGITS_MLP.learning_rate)
    assert model.output_shape == (None, 10)
    model.fit(data.train.x, data.train.y, batch_size=50, epochs=6, verbose=0)
    _, accuracy = model.evaluate(data.validation.x, data.validation.y, verbose=0)
    assert accuracy > 0.8
