"""When the epochs of a call of fit begin, seen from outside it."""

from itertools import count

import pytest

from batchmark.training.epoch_begins import epoch_begins
from batchmark.training.fit_loop import FitLoop
from batchmark.training.loading import Loaded
from batchmark.training.models import seeded_model
from batchmark.workloads import Workload


@pytest.fixture
def loop(blobs: Workload, loaded_blobs: Loaded) -> FitLoop:
    return FitLoop(seeded_model(blobs, learning_rate=0.01, seed=7), loaded_blobs.train, batch_size=500)


@pytest.mark.parametrize("is_harnessed", [False, True])
def test_each_epoch_of_a_call_begins_once_with_a_callback_and_without(loop: FitLoop, *, is_harnessed: bool) -> None:
    ticks = count()
    with epoch_begins(loop.model, lambda: float(next(ticks))) as begins:
        _ = loop.run(3) if is_harnessed else loop.run_bare(3)
    assert begins == [0.0, 1.0, 2.0]


def test_metrics_are_reset_all_the_same_and_nothing_stays_behind(loop: FitLoop) -> None:
    before = set(vars(loop.model))
    with epoch_begins(loop.model) as begins:
        logs = loop.run(2).logs
    assert "reset_metrics" not in set(vars(loop.model)) - before
    loop.run(1)
    assert len(begins) == 2
    # A mean over both epochs would be what isn't reset.
    assert set(logs[0]) == set(logs[1])
    assert logs[1]["loss"] < logs[0]["loss"]


def test_what_fit_raises_leaves_the_model_as_it_was(loop: FitLoop) -> None:
    with pytest.raises(ZeroDivisionError), epoch_begins(loop.model):
        raise ZeroDivisionError
    assert "reset_metrics" not in vars(loop.model)
