"""When the epochs of a call of fit begin, seen from outside it."""

import pytest

from batchmark.training.epoch_begins import when_epochs_begin
from batchmark.training.fit_loop import FitLoop
from batchmark.training.loading import Loaded
from batchmark.training.models import seeded_model
from batchmark.workloads import Workload


@pytest.fixture
def loop(blobs: Workload, loaded_blobs: Loaded) -> FitLoop:
    return FitLoop(seeded_model(blobs, learning_rate=0.01, seed=7), loaded_blobs.train, batch_size=500)


@pytest.mark.parametrize("is_harnessed", [False, True])
def test_each_epoch_of_a_call_begins_once_with_a_callback_and_without(loop: FitLoop, *, is_harnessed: bool) -> None:
    begun: list[int] = []
    with when_epochs_begin(loop.model, lambda: begun.append(len(begun))):
        _ = loop.run(3) if is_harnessed else loop.run_bare(3)
    assert begun == [0, 1, 2]


def test_nothing_stays_behind(loop: FitLoop) -> None:
    begun: list[int] = []
    with when_epochs_begin(loop.model, lambda: begun.append(0)):
        loop.run(2)
    assert "reset_metrics" not in vars(loop.model)
    loop.run(1)
    assert len(begun) == 2


def test_metrics_are_reset_all_the_same(loop: FitLoop) -> None:
    counts: list[float] = []

    def count() -> None:
        # Keras 2 makes them when an epoch is first trained.
        counts.append(float(loop.model.metrics[0].count) if loop.model.metrics else 0.0)

    with when_epochs_begin(loop.model, count):
        loop.run(3)
    # What an epoch has counted is there when the next one begins, and no more than that.
    assert counts[1] == counts[2] > 0


def test_what_fit_raises_leaves_the_model_as_it_was(loop: FitLoop) -> None:
    with pytest.raises(ZeroDivisionError), when_epochs_begin(loop.model, lambda: None):
        raise ZeroDivisionError
    assert "reset_metrics" not in vars(loop.model)
