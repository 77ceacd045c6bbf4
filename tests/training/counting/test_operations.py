"""Operations are counted over several epochs: a pipeline that reads ahead shows."""

from collections.abc import Callable, Mapping

import pytest

from batchmark.training.counting.operations import Totals, mean_of, operations_of_step


class Runs:
    """A training whose calls of so many epochs run the operations that a script says."""

    def __init__(self, by_epochs: Mapping[int, Mapping[str, float]]) -> None:
        self.epochs: list[int] = []
        self._by_epochs = by_epochs

    def run(self, epochs: int) -> None:
        """Train."""
        self.epochs.append(epochs)

    def count(self, run: Callable[[], object]) -> Mapping[str, Totals]:
        """Count what it ran."""
        run()
        return {kind: Totals(count, count / 100) for kind, count in self._by_epochs[self.epochs[-1]].items()}


def _steps(by_epochs: Mapping[int, Mapping[str, float]], *, seconds: float = 0.1) -> list[dict[str, Totals]]:
    runs = Runs(by_epochs)
    return operations_of_step(runs.run, runs.count, steps_per_epoch=4, epoch_seconds=seconds)


def test_the_set_up_of_a_call_is_in_no_step() -> None:
    steps = _steps({epochs: {"MatMul": 8 * epochs, "SetUp": 5} for epochs in (1, 2, 3)})
    assert [step["MatMul"].count for step in steps] == [2, 2]
    assert mean_of(steps).keys() == {"MatMul"}
    assert mean_of(steps)["MatMul"].seconds == pytest.approx(0.02)


def test_epochs_that_differ_as_a_pipeline_reads_ahead_are_told_apart() -> None:
    steps = _steps({1: {"Read": 10}, 2: {"Read": 14}, 3: {"Read": 22}})
    assert [step["Read"].count for step in steps] == [1, 2]
    assert mean_of(steps)["Read"].count == 1.5


def test_what_is_seen_in_some_calls_only_does_not_vanish() -> None:
    steps = _steps({1: {}, 2: {"Now": 4}, 3: {}})
    assert [step["Now"].count for step in steps] == [1, -1]
    assert mean_of(steps) == {}


@pytest.mark.parametrize(("seconds", "calls"), [(0.1, [1, 1, 2, 3]), (30.0, [1, 1, 2])])
def test_of_long_epochs_there_are_fewer(seconds: float, calls: list[int]) -> None:
    runs = Runs({epochs: {"MatMul": 4} for epochs in (1, 2, 3)})
    operations_of_step(runs.run, runs.count, steps_per_epoch=4, epoch_seconds=seconds)
    assert runs.epochs == calls
