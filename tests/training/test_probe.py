"""A whole training in small, for the memory it takes."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import tensorflow as tf

from batchmark.training import probe
from batchmark.training.backend import the_backend
from batchmark.training.examples import Examples, InMemory, Pipeline
from batchmark.training.loading import Loaded
from batchmark.training.probe import peak_device_bytes, train_and_evaluate
from batchmark.workloads import Split

_X = np.arange(20, dtype="float32").reshape(10, 2)


@dataclass
class _Opened:
    """Stands for a loop and its model; remembers what it was told to do."""

    asked: dict[str, Any] = field(default_factory=dict)
    epochs: list[int] = field(default_factory=list)
    evaluated: list[dict[str, Any]] = field(default_factory=list)
    diverges: bool = False
    evaluation: Callable[[], None] = lambda: None

    @property
    def model(self) -> Any:
        return self

    @property
    def diverged(self) -> bool:
        return self.diverges

    def run(self, epochs: int) -> Any:
        self.epochs.append(epochs)
        return self

    def evaluate(self, x: Any, y: Any = None, **how: Any) -> None:
        self.evaluated.append({"x": x, "y": y, **how})
        self.evaluation()

    @property
    def train(self) -> Examples:
        train: Examples = self.asked["train"]
        return train


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> _Opened:
    stand_in = _Opened()

    def open_loop(name: str, loaded: Loaded, **asked: Any) -> _Opened:
        stand_in.asked = {"loop": name, **asked}
        return stand_in

    monkeypatch.setattr(probe, "open_loop", open_loop)
    return stand_in


def _batches(size: int) -> Any:
    return tf.data.Dataset.from_tensor_slices((_X, _X[:, :1])).batch(size)


@pytest.fixture
def piped(loaded_blobs: Loaded) -> Loaded:
    return replace(loaded_blobs, train=Pipeline(_batches, examples=10))


@pytest.mark.parametrize(
    ("batch_size", "epochs"),
    [(1, 1), (50, 1), (51, 2), (100, 2), (250, 5), (251, 10), (500, 10), (501, 10), (1200, 10)],
)
def test_an_epoch_and_at_least_ten_full_steps_are_trained(
    opened: _Opened, loaded_blobs: Loaded, batch_size: int, epochs: int
) -> None:
    assert train_and_evaluate(loaded_blobs, loop="fit", batch_size=batch_size, seed=3)
    assert opened.epochs == [epochs]


def test_the_cells_own_training_is_opened(opened: _Opened, loaded_blobs: Loaded) -> None:
    train_and_evaluate(loaded_blobs, loop="compiled:graph", batch_size=1, seed=3)
    # 0.001: the exception that the workload makes for batch size 1
    assert opened.asked == {
        "loop": "compiled:graph",
        "batch_size": 1,
        "learning_rate": 0.001,
        "seed": 3,
        "train": loaded_blobs.train,
    }


def test_a_batch_larger_than_the_data_is_filled_by_repeating_them(opened: _Opened, loaded_blobs: Loaded) -> None:
    train_and_evaluate(loaded_blobs, loop="fit", batch_size=1200, seed=0)
    assert isinstance(opened.train, InMemory)
    assert isinstance(loaded_blobs.train, InMemory)
    assert opened.train.examples == 1200
    np.testing.assert_array_equal(opened.train.split.x[1000:], loaded_blobs.train.split.x[:200])


def test_a_batch_larger_than_a_pipelines_data_is_filled_by_repeating_them(opened: _Opened, piped: Loaded) -> None:
    train_and_evaluate(piped, loop="fit", batch_size=25, seed=0)
    assert isinstance(opened.train, Pipeline)
    assert opened.train.examples == 25
    (batch,) = opened.train.dataset(25)
    np.testing.assert_array_equal(batch[0], np.concatenate([_X, _X, _X[:5]]))


def test_a_pipeline_that_is_large_enough_is_left_alone(opened: _Opened, piped: Loaded) -> None:
    train_and_evaluate(piped, loop="fit", batch_size=10, seed=0)
    assert opened.train is piped.train
    assert opened.epochs == [10]


def test_arrays_are_evaluated_at_the_same_batch_size(opened: _Opened, loaded_blobs: Loaded) -> None:
    weighted = Split(_X, _X[:, :1], np.ones(10))
    train_and_evaluate(replace(loaded_blobs, train=InMemory(weighted)), loop="fit", batch_size=4, seed=0)
    ((asked),) = opened.evaluated
    assert asked == {
        "x": weighted.x,
        "y": weighted.y,
        "sample_weight": weighted.sample_weight,
        "batch_size": 4,
        "verbose": 0,
    }


def test_a_pipeline_is_evaluated_at_the_same_batch_size(opened: _Opened, piped: Loaded) -> None:
    train_and_evaluate(piped, loop="fit", batch_size=4, seed=0)
    ((asked),) = opened.evaluated
    assert [the_backend().pipelines.batch_length(batch) for batch in asked["x"]] == [4, 4, 2]


def _raises(error: BaseException) -> Callable[[], None]:
    def evaluation() -> None:
        raise error

    return evaluation


@pytest.mark.parametrize("error", [NotImplementedError("no call"), TypeError("no loss"), ValueError("no test_step")])
def test_a_model_that_has_nothing_to_evaluate_says_nothing_on_memory(
    opened: _Opened, loaded_blobs: Loaded, error: Exception
) -> None:
    opened.evaluation = _raises(error)
    assert train_and_evaluate(loaded_blobs, loop="fit", batch_size=32, seed=0)
    assert opened.evaluated


@pytest.mark.parametrize("error", [MemoryError(), tf.errors.ResourceExhaustedError(None, None, "OOM")])
def test_an_evaluation_without_enough_memory_is_told(
    opened: _Opened, loaded_blobs: Loaded, error: BaseException
) -> None:
    opened.evaluation = _raises(error)
    with pytest.raises(type(error)):
        train_and_evaluate(loaded_blobs, loop="fit", batch_size=32, seed=0)


def test_a_loss_that_did_not_stay_finite_is_told(opened: _Opened, loaded_blobs: Loaded) -> None:
    opened.diverges = True
    assert train_and_evaluate(loaded_blobs, loop="fit", batch_size=32, seed=0) is False


@pytest.mark.parametrize("loop", ["fit", "compiled:graph"])
@pytest.mark.parametrize("kind", ["arrays", "dataset"])
def test_a_real_training_is_probed_at_more_than_there_is(loaded_blobs: Loaded, loop: str, kind: str) -> None:
    labels = np.eye(3, dtype="float32")[np.arange(10) % 3]

    def batches(size: int) -> Any:
        return tf.data.Dataset.from_tensor_slices((_X, labels)).batch(size)

    train: Examples = InMemory(Split(_X, labels)) if kind == "arrays" else Pipeline(batches, examples=10)
    assert train_and_evaluate(replace(loaded_blobs, train=train), loop=loop, batch_size=16, seed=0)


def test_a_real_training_that_diverges_is_told(loaded_blobs: Loaded) -> None:
    diverging = replace(loaded_blobs.workload, learning_rate_exceptions={250: 1e30})
    assert not train_and_evaluate(replace(loaded_blobs, workload=diverging), loop="fit", batch_size=250, seed=0)


def test_the_peak_is_what_the_backend_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    counts = replace(the_backend(), device=SimpleNamespace(peak_bytes=lambda: 7))
    monkeypatch.setattr(probe, "the_backend", lambda: counts)
    assert peak_device_bytes() == 7
