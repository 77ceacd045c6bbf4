"""The lines of an epoch and of a step are found in whatever ``fit`` there is."""

from collections.abc import Callable
from typing import Any

import pytest

from batchmark.training.counting.epoch_lines import EpochLines, epoch_lines


class _AsInKeras3:
    def fit(self, epochs: int, iterator: Any, train_function: Any) -> None:
        for name in ("set", "up"):
            self.begin(len(name))
        for epoch in range(epochs):
            self.begin(epoch)
            for step, batch in iterator:
                self.on_train_batch_begin(step)
                train_function(batch)
            for each in self.ends:
                each(epoch)

    ends: tuple[Callable[[int], None], ...] = ()

    def begin(self, epoch: int) -> None:
        raise NotImplementedError

    def on_train_batch_begin(self, step: int) -> None:
        raise NotImplementedError


class _WhileLoops:
    def fit(self, epochs: int, data: Any) -> None:
        done = 0
        while done < epochs:
            while data.more():
                self.train_step(data.next())
            done += 1

    def train_step(self, batch: Any) -> None:
        raise NotImplementedError


def _lines(function: Callable[..., object]) -> EpochLines:
    found = epoch_lines(function.__code__)
    assert found is not None
    first = function.__code__.co_firstlineno
    return EpochLines(
        *(range(each.start - first, each.stop - first) for each in (found.epochs, found.steps, found.asks))
    )


def test_the_loop_over_steps_is_the_one_that_trains() -> None:
    assert _lines(_AsInKeras3.fit) == EpochLines(range(3, 10), range(5, 8), range(5, 6))


def test_loops_may_be_whiles() -> None:
    assert _lines(_WhileLoops.fit) == EpochLines(range(2, 6), range(3, 5), range(3, 4))


def _one_loop(epochs: int, train_step: Any) -> None:
    for _ in range(epochs):
        train_step()


@pytest.mark.parametrize("function", [_one_loop, test_loops_may_be_whiles])
def test_what_has_no_loop_inside_a_loop_has_no_such_lines(function: Callable[..., object]) -> None:
    assert epoch_lines(function.__code__) is None


def test_code_without_a_source_has_none() -> None:
    names: dict[str, Any] = {}
    exec("def fit():\n    for e in ():\n        for s in ():\n            train_step()\n", names)  # noqa: S102  what has no file
    assert epoch_lines(names["fit"].__code__) is None


class _Stages:
    def fit(self, stages: int, epochs: int, data: Any) -> None:
        for stage in range(stages):
            self.begin(stage)
            for _ in range(epochs):
                for batch in data:
                    self.train_step(batch)
                self.begin(0)

    def begin(self, stage: int) -> None:
        raise NotImplementedError

    def train_step(self, batch: Any) -> None:
        raise NotImplementedError


class _MicroBatches(_Stages):
    def fit(self, stages: int, epochs: int, data: Any) -> None:
        del stages
        for _epoch in range(epochs):
            for batch in data:
                for micro in batch:
                    self.train_step(micro)


def test_of_loops_around_the_epochs_and_within_a_step_the_right_two_are_taken() -> None:
    assert _lines(_Stages.fit) == EpochLines(range(3, 7), range(4, 6), range(4, 5))
    assert _lines(_MicroBatches.fit) == EpochLines(range(2, 6), range(3, 6), range(3, 4))
