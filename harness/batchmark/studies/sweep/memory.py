"""What memory a training takes at each batch size, each in a process that does nothing else."""

from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import partial

from batchmark.errors import BatchmarkError
from batchmark.loops import COMPILED, COMPILED_GRAPH, COMPILED_XLA
from batchmark.measurement.connection import Worker
from batchmark.measurement.live_workers import LiveWorkers
from batchmark.measurement.processors import usable_cores
from batchmark.measurement.protocol import requests
from batchmark.progress import Progress
from batchmark.records import CellRecord, Status

# Memory doesn't depend on what else runs, as time does; more processes than this may not fit into it.
_MOST_AT_ONCE = 4


@dataclass(frozen=True)
class Probe:
    """One cell that is to be trained in a process of its own."""

    record: CellRecord
    start_worker: Callable[[], Worker]
    seed: int
    told: str = ""
    """What it is told apart by, before the cell's name."""


def with_memory(
    records: Sequence[CellRecord],
    *,
    seed: int,
    progress: Progress,
    start_worker: Callable[[str], Worker],
    at_once: int | None = None,
    show: Callable[[CellRecord], None] = lambda _: None,
) -> tuple[CellRecord, ...]:
    """Return `records` with the peak memory of each cell that was measured.

    `start_worker` is given a cell's backend. A cell whose process fails gets a warning instead. `show` is shown each as
    it comes. On a GPU, `at_once` has to be 1: a process takes it all.
    """
    probes = [
        Probe(record, partial(start_worker, record.cell.backend), seed) for record in records if can_be_probed(record)
    ]
    by_cell = {record.cell: record for record in probe_all(probes, progress=progress, at_once=at_once, show=show)}
    return tuple(by_cell.get(record.cell, record) for record in records)


def can_be_probed(record: CellRecord) -> bool:
    """Whether a cell was measured, so that there is something to learn its memory of."""
    return record.status is Status.COMPLETE and record.turns > 0


def probe_all(
    probes: Sequence[Probe],
    *,
    progress: Progress,
    at_once: int | None = None,
    show: Callable[[CellRecord], None] = lambda _: None,
) -> tuple[CellRecord, ...]:
    """Return the records of `probes`, in their order, with their peak memory, or with a warning why there is none.

    As many processes at once as there are cores and memory is likely to hold, or `at_once`.
    """
    width = at_once or max(1, min(_MOST_AT_ONCE, int(usable_cores() or 1)))
    live = LiveWorkers()

    def probe(probe: Probe) -> CellRecord:
        return _probed(probe.record, probe.seed, lambda: live.start(probe.start_worker))

    with ThreadPoolExecutor(width) as pool:
        try:
            return tuple(_told(pool.map(probe, probes), probes, progress, show))
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            live.end()
            raise


def _told(
    results: Iterable[CellRecord], asked: Sequence[Probe], progress: Progress, show: Callable[[CellRecord], None]
) -> Iterable[CellRecord]:
    progress(phase="memory", done=0, of=len(asked), detail="each in a fresh process")
    for done, (record, probe) in enumerate(zip(results, asked, strict=True), start=1):
        progress(phase="memory", done=done, of=len(asked), detail=f"{probe.told}{record.cell}")
        show(record)
        yield record


def _probed(record: CellRecord, seed: int, start_worker: Callable[[], Worker]) -> CellRecord:
    cell = replace(record.cell, loop=loop_that_ran(record))
    try:
        with start_worker() as worker:
            probed = worker.ask(requests.Probe(cell, seed))
    except BatchmarkError as error:
        return replace(record, warnings=(*record.warnings, f"its memory could not be measured: {error}"))
    return replace(record, peak_host_bytes=probed.peak_host_bytes, peak_device_bytes=probed.peak_device_bytes)


def loop_that_ran(record: CellRecord) -> str:
    """Return the loop's full name: ``compiled`` is the one that was chosen for it."""
    if record.cell.loop == COMPILED:
        return COMPILED_XLA if record.compilation == "xla" else COMPILED_GRAPH
    return record.cell.loop
