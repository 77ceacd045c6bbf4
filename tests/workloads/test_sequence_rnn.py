"""The sequences that a recurrent network learns."""

import keras
import numpy as np
import pytest

from batchmark.errors import WorkloadError
from batchmark.workloads import Data, sequence_rnn
from batchmark.workloads.sequence_rnn import SEQUENCE_RNN


@pytest.fixture(scope="module")
def data() -> Data:
    loaded: Data = SEQUENCE_RNN.load_data()
    return loaded


def test_no_sequence_is_there_twice(data: Data) -> None:
    assert len(data.train) == SEQUENCE_RNN.examples == 512
    assert (len(data.validation), len(data.fresh)) == (1000, 20_000)
    everything = np.concatenate([data.train.x, data.validation.x, data.fresh.x])
    assert len(np.unique(everything[..., 0], axis=0)) == 21_512


def test_sequences_are_scaled_and_labels_one_hot(data: Data) -> None:
    for part in (data.train, data.validation, data.fresh):
        assert (part.x.shape, part.x.dtype) == ((len(part), 24, 1), np.float32)
        assert 0.5 < part.x.std() < 2
        assert (part.y.shape, part.y.dtype) == ((len(part), 6), np.float32)
        np.testing.assert_array_equal(part.y.sum(axis=1), 1)


def test_the_classes_are_equally_frequent_but_for_chance(data: Data) -> None:
    for part in (data.train, data.validation, data.fresh):
        standard_error = (1 / 6 * 5 / 6 / len(part)) ** 0.5
        assert np.abs(part.y.mean(axis=0) - 1 / 6).max() < 3 * standard_error


def test_the_classes_do_not_differ_in_their_mean_sequence_alone(data: Data) -> None:
    """A motif may stand anywhere: the nearest class mean finds few of them, so the order of the values is needed."""
    means = np.stack([data.train.x[data.train.y[:, k] == 1, :, 0].mean(axis=0) for k in range(6)])
    nearest = np.argmin(((data.fresh.x[:, None, :, 0] - means) ** 2).sum(axis=2), axis=1)
    assert np.mean(nearest == np.argmax(data.fresh.y, axis=1)) < 0.4


def test_the_data_are_the_same_every_time(data: Data) -> None:
    again = SEQUENCE_RNN.load_data()
    np.testing.assert_array_equal(again.train.x, data.train.x)
    np.testing.assert_array_equal(again.fresh.y, data.fresh.y)


def test_other_sequences_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sequence_rnn, "_SEED", 1)
    with pytest.raises(WorkloadError, match=r"the data of sequence-rnn .* numpy"):
        sequence_rnn.load_data()


def test_a_short_training_beats_chance(data: Data) -> None:
    keras.utils.set_random_seed(0)
    model = SEQUENCE_RNN.build_model(learning_rate=SEQUENCE_RNN.learning_rate)
    assert model.output_shape == (None, 6)
    model.fit(data.train.x, data.train.y, batch_size=16, epochs=6, verbose=0)
    _, accuracy = model.evaluate(data.validation.x, data.validation.y, batch_size=500, verbose=0)
    assert accuracy > 0.3
