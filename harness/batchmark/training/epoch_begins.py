"""When the epochs of a call of ``fit`` begin, seen from outside it: without a callback."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from batchmark.training.boundary import Clock


@contextmanager
def epoch_begins(model: Any, clock: Clock = time.perf_counter) -> Iterator[list[float]]:
    """Give a list to which each epoch that `model`'s ``fit`` begins adds the instant, in seconds of `clock`.

    Keras resets a model's metrics where an epoch begins, whatever callbacks there are, so calls with and without them
    are timed by the same means. A ``fit`` of one's own that resets none, or more often, adds other instants.

    Note: a callback that reads the clock alone was tried in thought; rejected because a call without any callback is
    what is to be compared with.
    """
    begins: list[float] = []
    reset = model.reset_metrics

    def stamped() -> None:
        begins.append(clock())
        reset()

    # Not by Keras' own way of setting attributes, which looks for layers and variables in them.
    object.__setattr__(model, "reset_metrics", stamped)
    try:
        yield begins
    finally:
        object.__delattr__(model, "reset_metrics")
