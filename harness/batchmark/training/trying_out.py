"""Whether a user's model trains on the user's data at all, before it is measured in every cell."""

import math
from collections.abc import Iterator
from itertools import islice
from typing import Any

import numpy as np
import tensorflow as tf

from batchmark.errors import BatchmarkError, WorkloadError
from batchmark.training.boundary import loss_of
from batchmark.training.examples import InMemory
from batchmark.training.keras_versions import train_step_of
from batchmark.training.loading import Loaded
from batchmark.training.models import seeded_model
from batchmark.workloads.users_code import in_one_line, line_of, line_of_error

_STEPS = 10


def try_out(loaded: Loaded) -> None:
    """Train a few steps at the reference batch size.

    Raises WorkloadError, with the user's own line: the model can't be built, doesn't take the data or the labels,
    or its loss is not finite from the start.
    """
    workload = loaded.workload
    size = loaded.description.reference_batch_size
    model = seeded_model(workload, learning_rate=workload.learning_rate_for(size), seed=0)
    step = tf.function(train_step_of(model), reduce_retracing=True, autograph=False)
    for number, batch in enumerate(islice(_batches(loaded, size), _STEPS), start=1):
        try:
            logs = {name: float(np.mean(value)) for name, value in step(batch).items()}
        except BatchmarkError:
            raise
        except Exception as error:
            where = line_of_error(error) or line_of(workload.build_model)
            message = f"{where}: the model can't be trained on the data: {in_one_line(error)}"
            raise WorkloadError(message) from error
        if not math.isfinite(loss := loss_of(logs)):
            message = (
                f"{line_of(workload.load_data)}: the loss is {loss} after {number} "
                f"{'step' if number == 1 else 'steps'} of {size} examples: the data are on a wrong scale for the loss"
                f"{_range_of(batch)}, or the learning rate is too large"
            )
            raise WorkloadError(message)


def _batches(loaded: Loaded, size: int) -> Iterator[Any]:
    data = loaded.train
    if isinstance(data, InMemory):
        for start in range(0, data.examples - size + 1, size):
            yield data.batch(tf.range(start, start + size))
    else:
        yield from data.dataset(size)


def _range_of(batch: Any) -> str:
    inputs = batch[0] if isinstance(batch, tuple) else batch
    numbers = [part.numpy() for part in tf.nest.flatten(inputs) if part.dtype.is_floating or part.dtype.is_integer]
    if not numbers:
        return ""
    if any(not np.isfinite(array).all() for array in numbers):
        return " (the inputs hold values that are not finite)"
    return f" (inputs from {min(map(np.min, numbers)):.3g} to {max(map(np.max, numbers)):.3g})"
