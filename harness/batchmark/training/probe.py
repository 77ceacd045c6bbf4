"""A whole training in small: an epoch and an evaluation at one batch size, to see what memory they take."""

from contextlib import suppress
from typing import Any

from batchmark.training.backend import the_backend
from batchmark.training.examples import Examples, InMemory, Pipeline
from batchmark.training.loading import Loaded
from batchmark.training.open_loop import open_loop

# Which operations run side by side differs from step to step, and with it the peak: a model of 1.1 GB had one of two
# peaks, 5 % apart, in three steps, and the higher one each time in ten.
# Note: tried thirty; rejected because what still differs, 1.13 GB in six processes and 1.22 in two, is decided when a
# process lays out its memory, and stays so for all its steps.
_FEWEST_STEPS = 10


def train_and_evaluate(loaded: Loaded, *, loop: str, batch_size: int, seed: int) -> bool:
    """Train an epoch, and at least ten full steps, then evaluate at the same batch size.

    The optimizer's state is there from the first step on. The whole epoch, because the largest batch of a pipeline
    may be anywhere in it. A batch larger than the data is filled by repeating them: they take the memory that a
    data set of that size would.

    Returns whether the loss stayed finite. Raises whatever a training without enough memory raises.
    """
    train = _large_enough(loaded.train, batch_size)
    rate = loaded.workload.learning_rate_for(batch_size)
    opened = open_loop(loop, loaded, batch_size=batch_size, learning_rate=rate, seed=seed, train=train)
    full_steps = train.examples // batch_size
    boundaries = opened.run(-(-_FEWEST_STEPS // full_steps))
    _evaluate(opened.model, train, batch_size)
    return not boundaries.diverged


def peak_device_bytes() -> int | None:
    """Return the most memory that was in use on the first accelerator, in bytes; None without one."""
    return the_backend().device.peak_bytes()


def _large_enough(train: Examples, batch_size: int) -> Examples:
    if train.examples >= batch_size:
        return train
    if isinstance(train, InMemory):
        return train.repeated(batch_size)

    def one_batch(size: int) -> Any:
        return the_backend().pipelines.repeated(train.dataset(size), size)

    return Pipeline(one_batch, examples=batch_size)


def _evaluate(model: Any, train: Examples, batch_size: int) -> None:
    # A model with a train_step of its own may have nothing to evaluate; that says nothing on memory.
    with suppress(NotImplementedError, TypeError, ValueError):
        model.evaluate(**train.keras_arguments(batch_size), verbose=0)
