"""What plain ``fit`` does in some steps of a workload, found once: what every other way of training is held against."""

import math
from functools import cached_property

import numpy as np

from batchmark.training.difference import Difference, Rounding, Steps, bound_for, can_tell, difference, rounding
from batchmark.training.held_randomness import held_randomness
from batchmark.training.loading import Loaded
from batchmark.training.models import current_learning_rate
from batchmark.training.short_training import ShortTraining, by_fit, in_their_last_bit
from batchmark.training.soundness import require_finite, require_repeats, require_seeds_differ
from batchmark.training.state import Kind, is_float

# Weights that moved by this share of themselves stand out from rounding.
_TELLING_SHARE = 1e-2
_LARGEST_FACTOR = 1e6


class BesideFit:
    """The short trainings of one workload by ``fit``."""

    def __init__(self, loaded: Loaded) -> None:
        """Take a workload; nothing is trained yet."""
        self.short = ShortTraining(loaded)

    @cached_property
    def steps(self) -> Steps:
        """What ``fit`` does.

        Raises WorkloadError, with the user's own line: it can't train, it is not finite, it does something else each
        time, or the same whatever the seed.
        """
        require_seeds_differ(self.short)
        first, noise = self._checked()
        if not can_tell(first, noise, bound=self.bound) and self._raise_rate(first):
            first, noise = self._checked()
        self._noise = noise
        return first

    @property
    def noise(self) -> Rounding:
        """How far mere rounding goes: ``fit`` again, from weights that are changed in their last bit."""
        self.steps  # noqa: B018  found with it
        return self._noise

    @cached_property
    def held(self) -> Steps:
        """What ``fit`` does where every draw of a random number gives the same."""
        return self.short.train(by_fit, self.steps.start, within=held_randomness())

    @cached_property
    def bound(self) -> float:
        """The largest relative difference that is rounding, at the precision that this model computes in."""
        return bound_for(_precision_of(self.short))

    @property
    def can_tell(self) -> bool:
        """Whether the weights moved so far that other work would be seen."""
        return can_tell(self.steps, self.noise, bound=self.bound)

    def compared(self, fit: Steps, other: Steps) -> Difference:
        """Return how far `other` ended from `fit`, any training by ``fit``; rounding is taken from the first one's."""
        return difference(fit, other, self.noise, bound=self.bound)

    @cached_property
    def random_operations(self) -> frozenset[str]:
        """What draws random numbers in a step."""
        return self.short.traced(self.short.model()).random_operations

    def _checked(self) -> tuple[Steps, Rounding]:
        """Train by ``fit`` three times, each time in a new model from the same seed, and rounded otherwise at last."""
        with self.short.blamed():
            first = self.short.train(by_fit)
        require_finite(self.short, first)
        require_repeats(self.short, first, self.short.train(by_fit, first.start), bound=self.bound)
        return first, rounding(first, self.short.train(by_fit, first.start, changed=in_their_last_bit))

    def _raise_rate(self, first: Steps) -> bool:
        """Let later trainings take larger steps, where these moved the weights by hardly more than rounding does."""
        model = self.short.model()
        rate = current_learning_rate(model)
        weights = [
            (start.astype(np.float64), end.astype(np.float64))
            for entry, start, end in zip(first.entries, first.start, first.end, strict=True)
            if entry.kind is Kind.WEIGHT and is_float(end)
        ]
        norm = math.hypot(*(float(np.linalg.norm(end)) for _, end in weights))
        moved = math.hypot(*(float(np.linalg.norm(end - start)) for start, end in weights))
        # A schedule can't be multiplied.
        if not rate or not hasattr(getattr(model.optimizer, "learning_rate", None), "assign"):
            return False
        factor = _TELLING_SHARE * norm / moved if moved else _LARGEST_FACTOR
        self.short.rate_factor = min(_LARGEST_FACTOR, max(1.0, factor))
        return self.short.rate_factor > 1


def _precision_of(short: ShortTraining) -> float:
    """Return the step from 1 to the next number in the least precise type that a layer of the model computes in."""
    steps = {"float64": 2.0**-52, "float32": 2.0**-23, "float16": 2.0**-10, "bfloat16": 2.0**-7}
    layers = short.model()._flatten_layers()  # noqa: SLF001  Keras has no other way to the layers inside layers
    return max((steps.get(str(layer.compute_dtype), 0.0) for layer in layers), default=0.0) or steps["float32"]
