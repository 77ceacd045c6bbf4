"""A sampler sees what the thread that trains does, for as long as it does it."""

import sys
from collections import Counter

import pytest

from batchmark.training.counting.stacks import sample


class _Clock:
    """Ticks a second at each look."""

    def __init__(self) -> None:
        self.looks = 0

    def __call__(self) -> float:
        self.looks += 1
        return float(self.looks)


def _busy_until(clock: _Clock, looks: int) -> None:
    while clock.looks < looks:
        pass


def test_a_stack_is_told_with_the_time_since_the_look_before() -> None:
    clock = _Clock()
    samples = sample(lambda: _busy_until(clock, 20), clock=clock)
    assert len(samples.seen) >= 19
    assert {seconds for _, seconds in samples.seen[1:]} == {1.0}, "no look is lost"
    busiest = Counter(stack for stack, _ in samples.seen).most_common(1)[0][0]
    assert busiest[-1][0] is _busy_until.__code__
    assert any(code is test_a_stack_is_told_with_the_time_since_the_look_before.__code__ for code, _ in busiest)


def test_what_is_sampled_raises_as_it_does_by_itself_and_leaves_nothing_behind() -> None:
    interval = sys.getswitchinterval()

    def fails() -> None:
        raise ArithmeticError

    with pytest.raises(ArithmeticError):
        sample(fails)
    assert sys.getswitchinterval() == interval
