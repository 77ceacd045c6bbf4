"""How much of an epoch waits for its input pipeline, by a clock that only what is measured moves."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import tensorflow as tf

from batchmark.training import waiting
from batchmark.training.backend import the_backend
from batchmark.training.examples import Pipeline
from batchmark.training.keras_versions import keras
from batchmark.training.waiting import waiting_share


class _Time:
    """A clock, a dataset and a device that take the seconds they are told to."""

    def __init__(
        self, epochs: Sequence[Sequence[float]], *, seconds_per_step: float, seconds_to_end: float = 0.0
    ) -> None:
        self.now = 100.0
        self.given = 0
        self.steps = 0
        self._epochs = iter(epochs)
        self._seconds_per_step = seconds_per_step
        self._seconds_to_end = seconds_to_end

    def clock(self) -> float:
        return self.now

    def synchronise(self) -> None:
        self.steps += 1
        self.now += self._seconds_per_step

    def __iter__(self) -> Iterator[Any]:
        for seconds in next(self._epochs):
            self.now += seconds
            self.given += 1
            yield tf.zeros((2, 1))
        self.now += self._seconds_to_end

    def share(self, monkeypatch: pytest.MonkeyPatch) -> float:
        timed = replace(the_backend(), device=self)  # type: ignore[arg-type]  # all that is asked
        monkeypatch.setattr(waiting, "the_backend", lambda: timed)
        pipeline = Pipeline(lambda _: self, examples=8)
        return waiting_share(_Model(), pipeline, batch_size=2, xla=False, clock=self.clock)


class _Model:
    def train_step(self, data: Any) -> dict[str, Any]:
        return {"loss": tf.reduce_sum(data)}


@pytest.mark.parametrize(
    ("seconds_per_batch", "seconds_per_step", "share"),
    [(1.0, 1.0, 0.5), (0.25, 0.75, 0.25), (0.0, 1.0, 0.0), (1.0, 0.0, 1.0)],
)
def test_the_share_is_that_of_the_seconds_between_asking_for_a_batch_and_having_it(
    monkeypatch: pytest.MonkeyPatch, seconds_per_batch: float, seconds_per_step: float, share: float
) -> None:
    time = _Time([[seconds_per_batch] * 4] * 2, seconds_per_step=seconds_per_step)
    assert time.share(monkeypatch) == share
    assert (time.given, time.steps) == (8, 8)


def test_the_first_epoch_does_not_count(monkeypatch: pytest.MonkeyPatch) -> None:
    assert _Time([[2.0] * 2, [0.0] * 2], seconds_per_step=1.0).share(monkeypatch) == 0.0
    assert _Time([[0.0] * 2, [3.0] * 2], seconds_per_step=1.0).share(monkeypatch) == 0.75


def test_waiting_for_the_end_of_the_data_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    assert _Time([[0.0] * 2] * 2, seconds_per_step=1.0, seconds_to_end=2.0).share(monkeypatch) == 0.5


def test_batches_that_take_different_times_are_added_up(monkeypatch: pytest.MonkeyPatch) -> None:
    assert _Time([[], [0.5, 0.0, 1.5, 0.0]], seconds_per_step=1.0).share(monkeypatch) == 2 / 6


def test_after_ten_seconds_the_rest_of_an_epoch_is_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    time = _Time([[1.0] * 100] * 2, seconds_per_step=3.0)
    assert time.share(monkeypatch) == 0.25
    assert time.steps == 2 * 3


@pytest.mark.parametrize("epochs", [[[], []], [[0.0], [0.0]]])
def test_an_epoch_that_takes_no_time_waits_for_nothing(
    monkeypatch: pytest.MonkeyPatch, epochs: list[list[float]]
) -> None:
    assert _Time(epochs, seconds_per_step=0.0).share(monkeypatch) == 0.0


@pytest.mark.parametrize("xla", [False, True])
def test_a_real_model_trains_two_epochs_on_a_real_pipeline(*, xla: bool) -> None:
    x = np.linspace(-1, 1, 20, dtype="float32").reshape(10, 2)
    model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
    model.compile(optimizer="sgd", loss="mse")
    before = [weights.copy() for weights in model.get_weights()]
    pipeline = Pipeline(lambda size: tf.data.Dataset.from_tensor_slices((x, x[:, :1])).batch(size), examples=10)
    share = waiting_share(model, pipeline, batch_size=4, xla=xla)
    assert 0 <= share <= 1
    assert int(model.optimizer.iterations) == 2 * 3
    assert any(not np.array_equal(*pair) for pair in zip(before, model.get_weights(), strict=True))
