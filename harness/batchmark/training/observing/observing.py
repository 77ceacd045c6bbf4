"""The instruments of a training: at each look they are given its weights, and say what they find."""

from collections.abc import Callable, Iterator, Sequence
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from batchmark.course import (
    DISTANCE,
    NOISE,
    PROJECTIONS,
    SHARPNESS,
    SPREAD,
    TRAINING_LOSS,
    Instrument,
)
from batchmark.training.examples import InMemory
from batchmark.training.observing.draws import Draws
from batchmark.training.observing.landscape import Landscape, Vector
from batchmark.training.observing.noise import squared_lengths, variances
from batchmark.training.observing.sharpness import MOST_EXAMPLES, sharpness
from batchmark.training.observing.soundness import OF_MEANS, require_mean, require_sound
from batchmark.training.observing.weights import distance, projections

_EXAMPLES_SEED = 0


class Observing:
    """What is looked at in trainings of one workload.

    The loss, wherever one is meant, is the model's own, regularisation included, as an evaluation computes it
    (``training=False``): the same weights give the same loss. What is drawn is drawn by a generator that belongs to
    the training's seed and the look, so the same weights give the same findings, bit for bit.

    By instrument, by name:

    - ``distance``: the Euclidean distance of what is trained from its initial values.
    - ``noise/small_squared``, ``noise/large_squared``: mean squared lengths of gradients at the two batch sizes, on
      batches without an example in common as long as there are examples.
    - ``spread/<batch size>/<layer>``: the variance of the gradient over batches, summed over the layer's weights, as
      batches of independent examples have it. Layers are numbered through the model.
    - ``sharpness``: Keskar's, in per cent, on up to 2,000 training examples; where several boxes are asked for,
      ``sharpness/<box>``.
    - ``training_loss``: the loss on the training set, at these weights.
    - ``projections/<k>``: projections of what is trained on fixed directions; the mean of the squared differences of
      two trainings' estimates their squared distance.
    """

    def __init__(self, model: Any, data: InMemory, instruments: tuple[Instrument, ...]) -> None:
        """Take a compiled model whose variables exist, the training examples, and what is asked for.

        The model's own weights are overwritten.

        Raises WorkloadError: an instrument that these examples or this model can't be looked at with.
        """
        require_sound(model, data.examples, instruments)
        self._land = Landscape(model, data)
        self._instruments = instruments
        self._is_mean = False
        self._boxes = [each.box for each in instruments if each.kind == SHARPNESS]
        self._directions: NDArray[np.float64] = np.zeros((0, 0))

    def look(
        self,
        *,
        look: int,
        is_last: bool,
        weights: Sequence[NDArray[Any]],
        initial: Sequence[NDArray[Any]],
        seed: int,
    ) -> dict[str, float]:
        """Return what the instruments that are at this look find, by name; NaN for what is not finite.

        `weights` and `initial` are all of the model's, as ``the_backend().variables.weights`` gives them. A trained
        weight that is not finite makes every finding NaN.

        Raises WorkloadError: the loss is no mean over a batch's examples, and an instrument takes it for one.
        """
        asked = [each for each in self._instruments if _is_at(each, look, is_last=is_last)]
        here = self._land.trained(weights)
        if not np.isfinite(here).all():
            return {name: float("nan") for each in asked for name in self._names(each)}
        if any(each.kind not in (DISTANCE, PROJECTIONS) for each in asked):
            self._land.stand_at(weights)
        if not self._is_mean and any(each.kind in OF_MEANS for each in asked):
            require_mean(lambda indices: self._land.loss_and_gradient(indices)[0])
            self._is_mean = True
        found: dict[str, float] = {}
        for each in asked:
            # Each begins anew: what one finds doesn't depend on which others there are.
            generator = np.random.default_rng((seed, look))
            values = self._kinds[each.kind](each, here, self._land.trained(initial), generator)
            found.update(zip(self._names(each), values, strict=True))
        return {name: value if np.isfinite(value) else float("nan") for name, value in found.items()}

    def is_at(self, look: int, *, is_last: bool) -> bool:
        """Whether there is anything to be found at a look."""
        return any(_is_at(each, look, is_last=is_last) for each in self._instruments)

    def _names(self, instrument: Instrument) -> list[str]:
        if instrument.kind == NOISE:
            return ["noise/small_squared", "noise/large_squared"]
        if instrument.kind == SPREAD:
            return [f"spread/{size}/{layer.name}" for size in instrument.batch_sizes for layer in self._land.layers]
        if instrument.kind == PROJECTIONS:
            return [f"projections/{number}" for number in range(instrument.batches)]
        if instrument.kind == SHARPNESS and len(self._boxes) > 1:
            return [f"sharpness/{instrument.box:g}"]
        return [instrument.kind]

    @cached_property
    def _kinds(self) -> dict[str, Callable[[Instrument, Vector, Vector, np.random.Generator], Sequence[float]]]:
        return {
            DISTANCE: lambda _, here, initial, __: [distance(here, initial)],
            NOISE: lambda instrument, _, __, generator: self._noise(instrument, generator),
            SPREAD: lambda instrument, _, __, generator: list(self._spread(instrument, generator)),
            SHARPNESS: lambda instrument, here, _, generator: [self._sharpness(instrument, here, generator)],
            TRAINING_LOSS: lambda *_: [self._land.training_loss()],
            PROJECTIONS: lambda instrument, here, _, __: self._projected(instrument, here),
        }

    def _gradient(self, indices: Any) -> Vector:
        return self._land.loss_and_gradient(indices)[1]

    def _noise(self, instrument: Instrument, generator: np.random.Generator) -> Sequence[float]:
        small, large = instrument.batch_sizes
        draws = Draws(self._land.examples, generator)
        return squared_lengths(self._gradient, draws, sizes=(small, large), batches=instrument.batches)

    def _spread(self, instrument: Instrument, generator: np.random.Generator) -> Iterator[float]:
        for size in instrument.batch_sizes:
            draws = Draws(self._land.examples, generator)
            yield from variances(self._gradient, draws, self._land.layers, size=size, batches=instrument.batches)

    def _sharpness(self, instrument: Instrument, here: Vector, generator: np.random.Generator) -> float:
        few = np.random.default_rng(_EXAMPLES_SEED).permutation(self._land.examples)[:MOST_EXAMPLES]

        def at(place: Vector) -> tuple[float, Vector]:
            self._land.move_to(place)
            return self._land.loss_and_gradient(few)

        try:
            return sharpness(at, here, box=instrument.box, generator=generator)
        finally:
            self._land.move_to(here)

    def _projected(self, instrument: Instrument, here: Vector) -> Sequence[float]:
        if self._directions.shape != (instrument.batches, len(here)):
            self._directions = projections(instrument.batches, len(here))
        projected: list[float] = (self._directions @ here).tolist()
        return projected


def _is_at(instrument: Instrument, look: int, *, is_last: bool) -> bool:
    return not instrument.looks or look in instrument.looks or (is_last and -1 in instrument.looks)
