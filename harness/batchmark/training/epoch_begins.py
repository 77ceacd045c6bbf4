"""When the epochs of a call of ``fit`` begin, seen from outside it: without a callback."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any


@contextmanager
def when_epochs_begin(model: Any, begin: Callable[[], None]) -> Iterator[None]:
    """Call `begin` whenever `model`'s ``fit`` begins an epoch, before its callbacks do.

    Keras resets a model's metrics where an epoch begins, whatever callbacks there are, so epochs with and without one
    are timed by the same means. A ``fit`` of one's own may reset them at other times.
    """
    reset = model.reset_metrics

    def begins() -> None:
        begin()
        reset()

    # Not by Keras' own way of setting attributes, which looks for layers and variables in them.
    object.__setattr__(model, "reset_metrics", begins)
    try:
        yield
    finally:
        object.__delattr__(model, "reset_metrics")
