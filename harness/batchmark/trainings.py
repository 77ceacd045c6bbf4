"""The frozen record of one workload trained over many seeds at one batch size."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import chain
from typing import Any

from batchmark.proofs import Proof

ALL_AT_ONCE = "stacked"
"""The method of all seeds at once."""
BY_FIT = "fit"


@dataclass(frozen=True)
class Way:
    """How seeds are trained."""

    loop: str
    """`ALL_AT_ONCE`, a compiled loop's name, or ``fit``."""
    reason: str = ""
    """Why not all at once."""
    proof: Proof | None = None

    @property
    def told(self) -> str:
        """What a report calls it."""
        if self.loop == ALL_AT_ONCE:
            return self.loop
        return f"one by one{' by fit' if self.loop == BY_FIT else ''}: {self.reason}"


Curves = tuple[tuple[float, ...], ...]
"""One value per seed and epoch: ``curves[seed_index][epoch]``."""


@dataclass(frozen=True)
class Trainings:
    """How trainings that differ only in their seed went.

    A seed fixes the initial weights and the order of the data, so entries with the same seed, of
    several batch sizes, are paired. Losses are means per example; a diverged training has NaN in them.
    """

    workload: str
    batch_size: int
    learning_rate: float | None
    """None: the model's own."""
    seeds: tuple[int, ...]
    training_loss: Curves
    """Running means over each epoch's steps, as ``fit`` logs them."""
    training_quality: Curves
    validation_loss: Curves
    """After each epoch."""
    validation_quality: Curves
    fresh_loss: tuple[float, ...]
    """After the last epoch, on the large fresh test set; one value per seed."""
    fresh_quality: tuple[float, ...]
    method: str
    """``stacked``: all seeds at once; ``one by one`` or ``one by one by fit``, and why: what it fell back to."""
    proof: Proof | None = None
    """That the method does ``fit``'s work on this model; None for ``fit`` itself."""

    @property
    def final_validation_loss(self) -> tuple[float, ...]:
        """After the last epoch, one value per seed."""
        return tuple(curve[-1] for curve in self.validation_loss)

    @property
    def final_validation_quality(self) -> tuple[float, ...]:
        """After the last epoch, one value per seed."""
        return tuple(curve[-1] for curve in self.validation_quality)


@dataclass(frozen=True)
class Followed:
    """How trainings went along a `batchmark.course.Course`, look by look. Curves are by seed, then by look.

    A diverged training has NaN from there on.
    """

    seeds: tuple[int, ...]
    steps: tuple[int, ...]
    """Updates done at each look."""
    examples: tuple[int, ...]
    """Examples trained on by each look, each as often as it was."""
    training_loss: Curves
    """The running mean over the steps since the look before, as ``fit`` logs it."""
    validation_loss: Curves
    validation_quality: Curves
    """Turned so that higher is better."""
    fresh_loss: tuple[float, ...]
    """At the end, on the large fresh test set; one value a seed."""
    fresh_quality: tuple[float, ...]
    observed: dict[str, Curves]
    """What instruments found, by name, as ``distance`` or ``noise/small_squared``; NaN at looks they were not at."""
    method: str
    """``stacked``: all seeds at once; ``one by one by fit``, and why."""
    seconds: float
    """What it took, compilation included."""
    proof: Proof | None = None
    """That all at once do ``fit``'s work along courses, on this model; None for ``fit`` itself."""


_BY_SEED = ("seeds", "training_loss", "validation_loss", "validation_quality", "fresh_loss", "fresh_quality")


def of_seeds(followed: Followed, places: Sequence[int]) -> Followed:
    """Return the trainings of some seeds, by their places among these, in this order; a place may be there twice."""
    by_seed: dict[str, Any] = {name: tuple(getattr(followed, name)[at] for at in places) for name in _BY_SEED}
    observed = {name: tuple(curves[at] for at in places) for name, curves in followed.observed.items()}
    return replace(followed, **by_seed, observed=observed)


def joined(parts: Sequence[Followed]) -> Followed:
    """Return trainings along one course, some seeds after the others; how they were trained is the first ones'.

    Raises ValueError: they were looked at in other places.
    """
    first = parts[0]
    if any((each.steps, each.examples) != (first.steps, first.examples) for each in parts):
        message = "trainings that were looked at in other places can't be joined"
        raise ValueError(message)
    if len(parts) == 1:
        return first
    by_seed: dict[str, Any] = {
        name: tuple(chain.from_iterable(getattr(each, name) for each in parts)) for name in _BY_SEED
    }
    observed = {
        name: tuple(chain.from_iterable(each.observed[name] for each in parts))
        for name in first.observed
        if all(name in each.observed for each in parts)
    }
    return replace(first, **by_seed, observed=observed, seconds=sum(each.seconds for each in parts))
