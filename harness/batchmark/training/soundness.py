"""Whether a workload can be measured at all: its short trainings are finite, repeat, and differ from seed to seed."""

import random
from dataclasses import dataclass
from typing import Any

import numpy as np

from batchmark.errors import WorkloadError
from batchmark.training.backend import the_backend
from batchmark.training.boundary import is_finite
from batchmark.training.difference import Steps, repeats
from batchmark.training.excerpt import EPOCHS
from batchmark.training.keras_versions import keras
from batchmark.training.short_training import ShortTraining, same
from batchmark.training.state import Values, is_float
from batchmark.workloads.users_code import line_of


def require_finite(short: ShortTraining, steps: Steps) -> None:
    """Refuse a training by ``fit`` whose logs or weights are not finite numbers.

    Raises WorkloadError: the step in which it happened is named.
    """
    ends = [(start, end) for start, end in zip(steps.start, steps.end, strict=True) if is_float(end)]
    # What was not finite to begin with, as a mask of minus infinity, may stay so.
    if all(map(is_finite, steps.logs)) and all((np.isfinite(end) | (end == start)).all() for start, end in ends):
        return
    watch = _FirstStepThatIsNotFinite()
    excerpt = short.excerpt
    arguments = excerpt.data.keras_arguments(excerpt.batch_size)
    short.model().fit(**arguments, epochs=EPOCHS, verbose=0, callbacks=[watch], shuffle="y" not in arguments)
    steps_told = f"{watch.steps} {'step' if watch.steps == 1 else 'steps'} of {excerpt.batch_size} examples"
    if watch.only_a_metric:
        message = (
            f"{short.line}: {watch.what} after {steps_told}, and the loss is finite: a log that is no number is taken "
            "for a training that diverged; let the metric return 0 where it has nothing to count"
        )
        raise WorkloadError(message)
    message = (
        f"{line_of(short.loaded.workload.load_data)}: {watch.what} after {steps_told}: the data are on a wrong scale "
        f"for the loss{_range_of(arguments['x'])}, or the learning rate is too large"
    )
    raise WorkloadError(message)


def require_repeats(short: ShortTraining, first: Steps, again: Steps, *, bound: float) -> None:
    """Refuse a model of which two trainings from the same seed end further apart than `bound`, a share of their way.

    Both began from the same weights to the last bit: only the order in which a GPU adds up may differ.

    Raises WorkloadError.
    """
    apart = repeats(first, again)
    if not same(first.own_start, again.own_start):
        what = "two models from the same seed begin with other weights or other state"
    elif not apart <= bound:
        what = f"two trainings from the same seed end apart, by {apart:.2g} of their way"
    else:
        return
    message = (
        f"{short.line}: {what}: something is drawn, counted or kept outside of the function that builds the model; "
        "make it inside, and draw from keras.random or numpy.random, which Batchmark seeds before each call"
    )
    raise WorkloadError(message)


def require_seeds_differ(short: ShortTraining) -> None:
    """Refuse a model that seeds its own weights, so that it begins alike whatever the seed: many seeds would be one.

    Weights that are constants, or were learned elsewhere and are loaded, may be alike: they are no draws.

    Raises WorkloadError.
    """
    seeds = (short.seed, short.seed + 1)
    # Tracing a step takes seconds, and what differs before is not alike after it.
    if not same(*(_built_weights(short.model(seed)) for seed in seeds)):
        return
    first, second = (_begun(short, seed) for seed in seeds)
    if not first.weights or not same(first.weights, second.weights):
        return
    sets_seeds = any(mine == theirs for mine, theirs in zip(first.generators, second.generators, strict=True))
    if not sets_seeds and not first.has_seeded_draws:
        return
    message = (
        f"{short.line}: the model begins with the same weights whatever the seed, so that many seeds would be one; "
        "take set_random_seed, and seeds given to initializers, out of the function: Batchmark seeds before each call"
    )
    raise WorkloadError(message)


@dataclass(frozen=True)
class _Begun:
    weights: Values
    generators: tuple[object, ...]
    """What Python's, numpy's and the backend's generators come to after the model was built."""
    has_seeded_draws: bool
    """Whether weights that are trained are what an initializer with a seed of its own draws."""


def _built_weights(model: Any) -> Values:
    """Return what is trained of a model and exists already: a layer may make its weights when it is first called."""
    return tuple(map(the_backend().variables.value, model.trainable_variables)) if model.built else ()


def _begun(short: ShortTraining, seed: int) -> _Begun:
    model = short.model(seed)
    generators = (random.getstate(), np.random.random_sample(), the_backend().randomness.draw())  # noqa: NPY002  Keras seeds it
    state = short.state_of(model)
    return _Begun(state.trainable(), generators, any(map(_has_seeded_draws, model._flatten_layers())))  # noqa: SLF001  as below


def _has_seeded_draws(layer: Any) -> bool:
    """Whether a trained weight of `layer` is what one of its seeded initializers draws, and was not loaded since."""
    seeded = [value for name, value in vars(layer).items() if name.endswith("initializer") and _is_seeded(value)]
    return any(_draws(initializer, weight) for initializer in seeded for weight in layer.trainable_weights)


def _is_seeded(initializer: Any) -> bool:
    config: object = initializer.get_config() if hasattr(initializer, "get_config") else None
    # Constants have no seed of their own to be given.
    return isinstance(config, dict) and config.get("seed") is not None


def _draws(initializer: Any, weight: Any) -> bool:
    try:
        drawn = initializer(tuple(weight.shape), dtype=weight.dtype)
    except Exception:  # noqa: BLE001  an initializer of another weight of the layer, for another shape
        return False
    value = the_backend().variables.value
    return bool(np.array_equal(the_backend().arrays.plain(drawn)[0], value(weight)))


class _FirstStepThatIsNotFinite(keras.callbacks.Callback):  # type: ignore[misc]  # Keras has no types
    """Stops at the first step whose logs are not finite."""

    def __init__(self) -> None:
        super().__init__()
        self.steps = 0
        self.what = "the weights are not finite"
        self.only_a_metric = False

    def on_train_batch_end(self, batch: int, logs: dict[str, Any] | None = None) -> None:
        del batch
        self.steps += 1
        bad = {name: value for name, value in (logs or {}).items() if not is_finite({name: value})}
        if bad:
            name, value = min(bad.items(), key=lambda each: each[0] != "loss")
            self.what = f"the {name} is {float(np.mean(value))}"
            self.only_a_metric = "loss" in (logs or {}) and "loss" not in bad
            self.model.stop_training = True


def _range_of(inputs: Any) -> str:
    arrays = the_backend().arrays.plain(inputs)
    numbers = [array for array in arrays if array.dtype.kind in "fiu" and array.size]
    if not numbers:
        return ""
    if any(not np.isfinite(array).all() for array in numbers):
        return " (the inputs hold values that are not finite)"
    return f" (inputs from {min(map(np.min, numbers)):.3g} to {max(map(np.max, numbers)):.3g})"
