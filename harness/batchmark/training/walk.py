"""Training along a course, whatever trains, and looking where it says."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from batchmark.course import Course
from batchmark.training.data_order import Shuffled
from batchmark.training.seen import Seen, Since
from batchmark.training.single import Progress
from batchmark.training.stacking import EpochMeans
from batchmark.training.subject import undefined_where_diverged

Watch = Callable[..., list[dict[str, float]]]
"""Takes a look's number, whether it is the last, and the seeds; returns what instruments found, by seed."""


class Trains(Protocol):
    """What trains seeds together along stretches: all of them at once, or one by ``fit``."""

    def train_on(self, orders: NDArray[np.int32], batch_size: int) -> EpochMeans:
        """Train on the examples at `orders`, shape (seeds, examples)."""

    def set_learning_rate(self, rate: float) -> None:
        """Go on at another learning rate."""

    def validate(self) -> EpochMeans:
        """Evaluate on the workload's own test set."""

    def evaluate_fresh(self) -> EpochMeans:
        """Evaluate on the large fresh test set."""

    def steps_done(self) -> int:
        """Return how many updates the optimizer has counted."""


def walked(
    course: Course, trains: Trains, seeds: Sequence[int], examples: int, *, watch: Watch, progress: Progress
) -> Seen:
    """Train `seeds` along a course over so many training examples, each in its own orders, and look."""
    orders = [Shuffled(examples, seed) for seed in seeds]
    stretches = list(course.stretches(examples))
    all_steps = sum(stretch.steps for stretch in stretches)
    # What trains was made at it, or set to it.
    rate = course.phases[0].learning_rate
    seen, since, steps, trained = Seen(), Since(), 0, 0
    epoch = np.zeros((0, 0), np.int32)
    for stretch in stretches:
        if stretch.begin == 0:
            epoch = np.stack([order.next_epoch() for order in orders])
        if stretch.learning_rate is not None and stretch.learning_rate != rate:
            rate = stretch.learning_rate
            trains.set_learning_rate(rate)
        since.add(stretch, trains.train_on(epoch[:, stretch.begin : stretch.end], stretch.batch_size))
        steps, trained = steps + stretch.steps, trained + stretch.end - stretch.begin
        if stretch.is_looked_at:
            seen.steps.append(trains.steps_done())
            seen.examples.append(trained)
            seen.training.append(since.taken())
            seen.validation.append(undefined_where_diverged(trains.validate()))
            tell = partial(progress, steps / all_steps)
            seen.observed.append(watch(len(seen.steps) - 1, stretch is stretches[-1], seeds, tell))
        progress(steps / all_steps)
    seen.fresh = undefined_where_diverged(trains.evaluate_fresh())
    return seen
