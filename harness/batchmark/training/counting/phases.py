"""What an epoch does at a stack, by the lines of ``fit`` and by what they have called."""

import inspect
from collections.abc import Sequence
from types import CodeType

from batchmark.profiles import Phase
from batchmark.training.counting.counting import Counting
from batchmark.training.counting.epoch_lines import EpochLines, epoch_lines
from batchmark.training.counting.stacks import Samples, SeenStack

_COMPILED_EPOCH = "run_epoch"
"""The method of a loop without ``fit``: all of it is an epoch's."""
_BEGINS = "__iter__"


def by_phase(samples: Samples, counting: Counting) -> Sequence[tuple[SeenStack, Phase | None, float]]:
    """Return each stack that was seen with its phase and seconds, in order; None outside of epochs.

    Where a loop over steps asks for its next one, it waits for data; but an epoch's first question makes an iterator,
    and after its last one the iterator is thrown away: both are between epochs.
    """
    found: list[tuple[SeenStack, Phase | None, float]] = []
    after: Phase | None = None
    for stack, seconds in reversed(samples.seen):
        phase = _phase(stack, counting)
        if phase is Phase.DATA and _throws_away(stack) and after is Phase.BETWEEN_EPOCHS:
            phase = Phase.BETWEEN_EPOCHS
        after = phase
        found.append((stack, phase, seconds))
    return found[::-1]


def inside(stack: SeenStack) -> SeenStack:
    """Return the part of a stack from ``fit`` on, or from the harness's loop: what called it is no matter."""
    place = next((at for at, (code, _) in enumerate(stack) if _is_fit(code) or code.co_name == _COMPILED_EPOCH), 0)
    return stack[place:]


def _is_fit(code: CodeType) -> bool:
    return code.co_name == "fit" and epoch_lines(code) is not None


def _phase(stack: SeenStack, counting: Counting) -> Phase | None:
    at_fit = next((place for place, (code, _) in enumerate(stack) if _is_fit(code)), None)
    if at_fit is None:
        is_epoch = any(code.co_name == _COMPILED_EPOCH for code, _ in stack)
        return _of_a_step(stack, counting) if is_epoch else None
    code, line = stack[at_fit]
    lines = epoch_lines(code)
    assert lines is not None  # noqa: S101  as `_is_fit` has it
    if line not in lines.epochs:
        return None
    return _of_fit(stack[at_fit + 1 :], line, lines) or _of_a_step(stack, counting)


def _of_fit(called: SeenStack, line: int, lines: EpochLines) -> Phase | None:
    """Return the phase that a line of ``fit`` tells, with what it has `called`; None within a step."""
    if line not in lines.steps:
        return Phase.BETWEEN_EPOCHS
    if line in lines.asks:
        return Phase.BETWEEN_EPOCHS if any(_makes_an_iterator(code) for code, _ in called) else Phase.DATA
    return None


def _makes_an_iterator(code: CodeType) -> bool:
    """Whether a function is an ``__iter__`` at work. One that yields is the iterator itself: it runs as it is asked."""
    return code.co_name == _BEGINS and not code.co_flags & inspect.CO_GENERATOR


def _of_a_step(stack: SeenStack, counting: Counting) -> Phase:
    if any(code.co_name in counting.traces for code, _ in stack):
        return Phase.COMPILATION
    return Phase.OPERATIONS if counting.runs(stack[-1][0].co_filename) else Phase.PYTHON


def _throws_away(stack: SeenStack) -> bool:
    """Whether ``fit`` itself is at work where it asks: nothing that is written in Python is."""
    return _is_fit(stack[-1][0])
