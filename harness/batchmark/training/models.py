"""Building a workload's model from a seed."""

from typing import Any

import keras
import numpy as np
from numpy.typing import NDArray

from batchmark.workloads import Workload


def seeded_model(workload: Workload, *, learning_rate: float, seed: int) -> Any:
    """Return the workload's compiled model with the initial weights that belong to `seed`."""
    keras.utils.set_random_seed(seed)
    return workload.build_model(learning_rate)


def initial_weights(workload: Workload, *, seed: int) -> tuple[NDArray[np.float32], ...]:
    """Return the initial weights that belong to `seed`: they depend on neither batch size nor learning rate."""
    model = seeded_model(workload, learning_rate=workload.learning_rate, seed=seed)
    return tuple(variable.numpy() for variable in model.variables)
