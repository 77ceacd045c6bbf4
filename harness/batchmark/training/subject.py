"""A workload as quality is judged on it: its data in memory, its test sets, and the initial weights of its seeds."""

from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from batchmark.errors import WorkloadError
from batchmark.training.beside_fit import BesideFit
from batchmark.training.evaluation import Evaluated
from batchmark.training.examples import InMemory
from batchmark.training.models import initial_weights
from batchmark.workloads.quality import Quality, quality_of
from batchmark.workloads.users_code import line_of

Weights = tuple[NDArray[Any], ...]

_MOST_BYTES = 1 << 29


class Subject:
    """What trainings of one workload have in common."""

    def __init__(self, beside: BesideFit) -> None:
        """Take what was found of the workload by ``fit``.

        Raises WorkloadError: data that quality can't be judged on, or nothing to judge it by.
        """
        loaded = beside.short.loaded
        if loaded.validation is None or loaded.fresh is None or not isinstance(loaded.train, InMemory):
            message = (
                f"{line_of(loaded.workload.load_data)}: quality is judged on test data in memory; "
                "return Data(train=(x, y), validation=(x, y))"
            )
            raise WorkloadError(message)
        self.beside = beside
        self.workload = loaded.workload
        self.name = loaded.description.name
        self.quality: Quality = quality_of(loaded.description)
        self.train = loaded.train
        self.tests = (loaded.validation, loaded.fresh)
        """The workload's own test set, and the large fresh one."""
        own = Evaluated(loaded.validation)
        self.evaluated = (own, own if loaded.fresh is loaded.validation else Evaluated(loaded.fresh))
        """The same as ``evaluate`` takes them."""
        self._initial: dict[int, Weights] = {}
        self._bytes = 0

    @cached_property
    def line(self) -> str:
        """Where the user's function stands that builds the model."""
        return line_of(self.workload.build_model)

    def initial_weights(self, seed: int) -> Weights:
        """Return the initial weights that belong to `seed`, drawn once."""
        if seed not in self._initial:
            drawn = initial_weights(self.workload, self.train, seed=seed)
            self._bytes += sum(weight.nbytes for weight in drawn)
            if self._bytes > _MOST_BYTES:
                # Of a large model they are drawn again.
                return drawn
            self._initial[seed] = drawn
        return self._initial[seed]

    def begin_from(self, seed: int, weights: Weights) -> None:
        """Have `seed` begin from these `weights`."""
        self._initial[seed] = weights


def undefined_where_diverged(means: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return loss and quality, on the axis before the last, without the quality of predictions that are not numbers.

    A diverged model's predictions have a largest class all the same, and so an accuracy.
    """
    loss, quality = means[..., 0, :], means[..., 1, :]
    return np.stack([loss, np.where(np.isfinite(loss), quality, np.nan)], axis=-2)
