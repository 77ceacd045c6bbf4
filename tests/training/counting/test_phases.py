"""A stack has its phase by the line of ``fit``, by what that has called, and by what comes after it."""

from collections.abc import Callable, Sequence
from types import CodeType
from typing import Any

import pytest

from batchmark.profiles import Phase
from batchmark.training.counting.counting import Counting
from batchmark.training.counting.phases import by_phase, inside
from batchmark.training.counting.stacks import Samples, SeenStack

COUNTING = Counting(runs_in=(__file__,), traces=frozenset({"trace_it"}))
"""Whatever stands in this file runs operations."""


class Trainer:
    """As Keras has it."""

    def fit(self, epochs: int, iterator: Any, train_function: Any) -> None:
        for epoch in range(epochs):
            self.begin(epoch)
            for batch in iterator:
                train_function(batch)

    def begin(self, epoch: int) -> None:
        raise NotImplementedError


def trace_it() -> None:
    raise NotImplementedError


class Iterator:
    def __iter__(self) -> Any:
        raise NotImplementedError

    def __next__(self) -> Any:
        raise NotImplementedError


class Loader:
    def __iter__(self) -> Any:
        yield 1


def run_epoch() -> None:
    raise NotImplementedError


FIT = Trainer.fit.__code__
SET_UP, EPOCHS, BEGIN, ASKS, STEP = (FIT.co_firstlineno + line for line in range(5))


def _elsewhere() -> CodeType:
    """Return a function of another file: plain Python."""
    names: dict[str, Any] = {}
    exec(compile("def plain(): pass", "elsewhere.py", "exec"), names)  # noqa: S102  another file's name
    code = names["plain"].__code__
    assert isinstance(code, CodeType)
    return code


PLAIN = _elsewhere()


def _stack(line: int, *called: Callable[..., object] | CodeType) -> SeenStack:
    codes = [each if isinstance(each, CodeType) else each.__code__ for each in called]
    return ((PLAIN, 1), (FIT, line), *((code, 1) for code in codes))


def _phases(*stacks: SeenStack) -> Sequence[Phase | None]:
    return [phase for _, phase, _ in by_phase(Samples([(stack, 0.001) for stack in stacks]), COUNTING)]


@pytest.mark.parametrize(
    ("stack", "phase"),
    [
        (_stack(SET_UP), None),
        (_stack(EPOCHS), Phase.BETWEEN_EPOCHS),
        (_stack(BEGIN, PLAIN), Phase.BETWEEN_EPOCHS),
        (_stack(ASKS, Iterator.__next__, PLAIN), Phase.DATA),
        (_stack(ASKS, Iterator.__next__, Iterator.__iter__), Phase.BETWEEN_EPOCHS),
        # It runs as it is asked for its next.
        (_stack(ASKS, Loader.__iter__, PLAIN), Phase.DATA),
        (_stack(STEP, PLAIN), Phase.PYTHON),
        (_stack(STEP, PLAIN, run_epoch), Phase.OPERATIONS),
        (_stack(STEP, trace_it, PLAIN), Phase.COMPILATION),
        (((PLAIN, 1),), None),
        (((PLAIN, 1), (run_epoch.__code__, 1), (PLAIN, 1)), Phase.PYTHON),
        (((PLAIN, 1), (run_epoch.__code__, 1)), Phase.OPERATIONS),
    ],
)
def test_each_stack_has_its_phase(stack: SeenStack, phase: Phase | None) -> None:
    assert _phases(stack) == [phase]


def test_an_iterator_that_is_thrown_away_at_an_epochs_end_is_between_epochs() -> None:
    asks, step, ends = _stack(ASKS), _stack(STEP, PLAIN), _stack(BEGIN, PLAIN)
    assert _phases(asks, step, asks, asks, ends, asks, step) == [
        *(Phase.DATA, Phase.PYTHON),
        *(Phase.BETWEEN_EPOCHS, Phase.BETWEEN_EPOCHS, Phase.BETWEEN_EPOCHS),
        *(Phase.DATA, Phase.PYTHON),
    ]


def test_waiting_for_the_last_batch_is_waiting_for_data() -> None:
    waits, ends = _stack(ASKS, Iterator.__next__, PLAIN), _stack(BEGIN, PLAIN)
    assert _phases(waits, ends) == [Phase.DATA, Phase.BETWEEN_EPOCHS]


def test_a_stack_is_told_from_fit_on() -> None:
    assert inside(_stack(STEP, PLAIN)) == _stack(STEP, PLAIN)[1:]
    assert inside(((PLAIN, 1), (run_epoch.__code__, 1))) == ((run_epoch.__code__, 1),)
    assert inside(((PLAIN, 1),)) == ((PLAIN, 1),)
