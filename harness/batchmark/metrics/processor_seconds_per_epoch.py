"""Processor time of the worker in an epoch, in seconds: user and system, of all its threads.

Beside the seconds of an epoch it tells work from waiting: more of it in the same time is a busier machine.
"""

import time

from batchmark.metrics.metric import Metric, Unit
from batchmark.metrics.reading import Instrument, always

METRIC = Metric(
    name="processor_seconds_per_epoch",
    label="processor time per epoch",
    title="processor seconds per epoch, user and system, of all threads",
    unit=Unit.SECONDS,
    # Of the whole process by definition; `os.times` counts in hundredths of a second.
    reading=Instrument(always(time.process_time)),
    # Taken to be that of the epoch's seconds: nobody has measured it yet.
    between_runs=0.10,
)
