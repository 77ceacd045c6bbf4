"""The loops by ``fit`` that every backend may have: as the model is compiled, or with more steps in an execution."""

from typing import Any

from batchmark.loops import STEPS_PER_EXECUTION
from batchmark.training.examples import Examples
from batchmark.training.fit_loop import FitLoop
from batchmark.training.keras_versions import set_steps_per_execution


def plain_fit(model: Any, data: Examples, *, batch_size: int, shuffle: bool) -> FitLoop:
    """Return Keras' own ``fit``."""
    return FitLoop(model, data, batch_size=batch_size, shuffle=shuffle)


def more_steps_an_execution(model: Any, data: Examples, *, batch_size: int, shuffle: bool) -> FitLoop:
    """Return ``fit`` with up to 32 steps in each execution."""
    set_steps_per_execution(model, min(STEPS_PER_EXECUTION, -(-data.examples // batch_size)))
    told = "fit, up to 32 steps an execution"
    return FitLoop(model, data, batch_size=batch_size, shuffle=shuffle, compilation=told)
