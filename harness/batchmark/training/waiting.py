"""How much of an epoch waits for the input pipeline: measured in a pass of its own, with a clock read in each step."""

import time
from typing import Any

from batchmark.training.backend import the_backend
from batchmark.training.boundary import Clock
from batchmark.training.examples import Pipeline

_LONGEST_SECONDS = 10.0


def waiting_share(
    model: Any, pipeline: Pipeline, *, batch_size: int, xla: bool, clock: Clock = time.perf_counter
) -> float:
    """Return the share of an epoch, 0 to 1, that waits for the next batch; trains the model for two epochs.

    Each step's batch is asked for and waited for, then the step is run and waited for. A pipeline that prefetches
    works on while a step runs, as it does in any loop. The first epoch, with its tracing, doesn't count. After 10
    seconds the rest of the epoch is left out.
    """
    backend = the_backend()
    step = backend.step_of(model, xla=xla)
    dataset = pipeline.dataset(batch_size)
    waited = total = 0.0
    for _ in range(2):
        waited = total = 0.0
        batches = iter(dataset)
        while total < _LONGEST_SECONDS:
            asked = clock()
            batch = next(batches, None)
            given = clock()
            waited += given - asked
            if batch is not None:
                step(batch)
                backend.device.synchronise()
            total += clock() - asked
            if batch is None:
                break
    return waited / total if total else 0.0
