"""Building a workload's model from a seed."""

import inspect
from typing import Any

import numpy as np
from numpy.typing import NDArray

from batchmark.errors import BatchmarkError, WorkloadError
from batchmark.training.backend import the_backend
from batchmark.training.examples import Examples
from batchmark.training.handed_out import require_new
from batchmark.training.keras_versions import is_compiled, keras, seed_everything
from batchmark.training.map_parts import leaves_of
from batchmark.workloads import Workload
from batchmark.workloads.users_code import in_one_line, line_of, line_of_error


def seeded_model(workload: Workload, *, learning_rate: float | None, seed: int) -> Any:
    """Return the workload's compiled model with the initial weights that belong to `seed`.

    Raises WorkloadError, with the user's own line: it can't be built, is no Keras model, isn't compiled, or is made of
    what another model has already.
    """
    build = workload.build_model
    seed_everything(seed)
    try:
        model = build(learning_rate=learning_rate) if _takes_rate(workload, learning_rate) else build()
    except BatchmarkError:
        raise
    except Exception as error:
        message = f"{line_of_error(error) or line_of(build)}: the model can't be built: {in_one_line(error)}"
        raise WorkloadError(message) from error
    if not isinstance(model, keras.Model):
        message = f"{line_of(build)}: it returns a {type(model).__name__}; expected a compiled Keras model"
        raise WorkloadError(message)
    if not is_compiled(model):
        message = (
            f"{line_of(build)}: the model isn't compiled; "
            "call model.compile(optimizer=..., loss=...) before returning it"
        )
        raise WorkloadError(message)
    require_new(model, line_of(build))
    return model


def initial_weights(workload: Workload, train: Examples, *, seed: int) -> tuple[NDArray[np.float32], ...]:
    """Return the initial weights that belong to `seed`: they depend on neither batch size nor learning rate."""
    model = seeded_model(workload, learning_rate=workload.learning_rate, seed=seed)
    if not model.built:
        the_backend().variables.trace(model, train, 1)
    return the_backend().variables.weights(model)


def current_learning_rate(model: Any) -> float | None:
    """Return what the model's optimizer is given at its first step; None where that is not a number."""
    rate = getattr(model.optimizer, "learning_rate", None)
    try:
        return float(the_backend().variables.value(rate) if hasattr(rate, "numpy") else rate)  # type: ignore[arg-type]
    except (TypeError, ValueError, AttributeError):
        return None


def only_batch_size_of(model: Any) -> int | None:
    """Return the batch size that `model` is made for, as ``Input(batch_shape=...)`` says it; None where any will do."""
    try:
        inputs = list(leaves_of(model.inputs or ()))
    except (AttributeError, ValueError):
        # A model that is made of its call has none before it is built, and one of layers says so.
        return None
    shapes = [each.shape for each in inputs if getattr(each.shape, "rank", 1)]
    return next((int(shape[0]) for shape in shapes if len(shape) and shape[0]), None)


def _takes_rate(workload: Workload, learning_rate: float | None) -> bool:
    if learning_rate is None:
        return False
    parameters = inspect.signature(workload.build_model).parameters
    if "learning_rate" not in parameters:
        message = f"{line_of(workload.build_model)}: it has to take the learning_rate that the workload declares"
        raise WorkloadError(message)
    return True
