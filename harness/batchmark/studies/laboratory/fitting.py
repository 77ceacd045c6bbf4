"""What fits into memory, with a margin: the search for the largest batch size, and trainings at what it gives."""

import math
from collections.abc import Callable

from batchmark.measurement.connection import Worker
from batchmark.measurement.machine_memory import MachineMemory, machine_memory
from batchmark.progress import Progress
from batchmark.studies.laboratory.parts import Fits, Fitting
from batchmark.studies.sweep.largest import DEFAULT_SHARE, Probe, run_largest, train_again
from batchmark.workloads.workload import Description


def find_fits(
    part: Fitting,
    workload: Description,
    *,
    backend: str,
    progress: Progress,
    start_worker: Callable[[], Worker] | None = None,
    memory_of_machine: Callable[[], MachineMemory] = machine_memory,
) -> Fits:
    """Search downward from the largest that is asked for, since mostly all fits, and train at what is found.

    Raises what `batchmark.studies.sweep.largest.run_largest` raises; KeyboardInterrupt where that was stopped.
    """
    maximum = min(part.maximum, workload.examples)
    found = run_largest(
        workload,
        progress=progress,
        backend=backend,
        memory_limit=part.memory_limit,
        maximum=maximum,
        first=maximum,
        start_worker=start_worker,
        memory_of_machine=memory_of_machine,
    )
    if found.stopped:
        raise KeyboardInterrupt
    largest = found.boundary.answer
    is_maximum = found.boundary.reached_maximum
    size = None if largest is None else largest if is_maximum else max(1, math.floor(largest * (1 - part.margin)))
    again: tuple[Probe, ...] = ()
    if size is not None:
        again = train_again(found, size, part.trainings, progress=progress, start_worker=start_worker)
    lost = [each for each in again if not each.trained]
    return Fits(
        largest=largest,
        is_maximum=is_maximum,
        batch_size=size,
        trained=len(again) - len(lost),
        tried=len(again),
        peak_bytes=max((peak for each in again if (peak := _peak(each)) is not None), default=None),
        limit_bytes=found.memory_limit,
        why_not=lost[0].reason if lost else "",
    )


def still_holds(fits: Fits, part: Fitting, memory: MachineMemory) -> bool:
    """Return whether what was found before holds with the memory that is available now; a limit that is named is one.

    What was limited by memory is of about that much; where all fitted there has to be enough for it.
    """
    if part.memory_limit is not None or fits.limit_bytes is None:
        return True
    now = DEFAULT_SHARE * memory.available
    if fits.is_maximum and fits.peak_bytes is not None:
        return now >= fits.peak_bytes
    return abs(now / fits.limit_bytes - 1) <= part.margin


def _peak(probe: Probe) -> int | None:
    return probe.peak_host_bytes if probe.peak_device_bytes is None else probe.peak_device_bytes
