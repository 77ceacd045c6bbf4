"""A model's metrics as values that a compiled loop carries."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from batchmark.training.keras_versions import keras


def new_metrics(model: Any) -> list[NDArray[Any]]:
    """Return what the model's metrics hold before a batch."""
    model.reset_metrics()
    return [np.asarray(variable.value) for variable in model.metrics_variables]


def logs_of(model: Any, metrics: Sequence[Any]) -> Any:
    """Return what the model logs of metrics that hold these values."""
    with keras.StatelessScope(state_mapping=list(zip(model.metrics_variables, metrics, strict=True))):
        return model.get_metrics_result()
