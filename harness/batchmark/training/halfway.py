"""A short training whose batch size and learning rate change halfway, as along a course: what proofs are tried on."""

from dataclasses import dataclass
from typing import Any

from batchmark.training.beside_fit import BesideFit
from batchmark.training.boundary import EpochBoundaries
from batchmark.training.excerpt import Excerpt
from batchmark.training.fit_loop import FitLoop
from batchmark.training.models import current_learning_rate


@dataclass(frozen=True)
class Halfway:
    """What changes before the second epoch."""

    batch_size: int
    factor: float
    """Of the learning rate, where that is a number."""


def halved(beside: BesideFit) -> Halfway:
    """Return half the batch size of the workload's excerpt, and half the learning rate."""
    size = beside.short.excerpt.batch_size
    return Halfway(size // 2 if size > 1 else 2, 0.5)


def change_rate(model: Any, halfway: Halfway) -> None:
    """Set a model's learning rate to what it is from halfway on; a schedule stays."""
    rate = current_learning_rate(model)
    if rate is not None and hasattr(model.optimizer.learning_rate, "assign"):
        model.optimizer.learning_rate = rate * halfway.factor


class ChangingFit(FitLoop):
    """``fit``, of which the second epoch is at another batch size and learning rate."""

    def __init__(self, halfway: Halfway, model: Any, excerpt: Excerpt) -> None:
        """Take a compiled model and what it is trained on."""
        super().__init__(model, excerpt.data, batch_size=excerpt.batch_size, shuffle=False)
        self._halfway = halfway
        self._excerpt = excerpt

    def run(self, epochs: int) -> EpochBoundaries:
        """Train an epoch as it was, and the others as it is from halfway on."""
        boundaries = super().run(1)
        change_rate(self.model, self._halfway)
        after = FitLoop(self.model, self._excerpt.data, batch_size=self._halfway.batch_size, shuffle=False)
        boundaries.logs.extend(after.run(epochs - 1).logs)
        return boundaries
