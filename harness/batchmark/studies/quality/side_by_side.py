"""Training several batch sizes side by side, one in each worker: quality doesn't depend on what else runs.

How many workers is the caller's choice; Table 1 takes two on a CPU with more than one core, and one elsewhere.
"""

import threading
from collections import deque
from collections.abc import Mapping, MutableMapping, Sequence
from concurrent.futures import FIRST_EXCEPTION, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from batchmark.measurement.connection import Worker
from batchmark.measurement.protocol import requests
from batchmark.progress import Progress
from batchmark.studies.quality.study import train_in
from batchmark.trainings import Trainings, Way
from batchmark.workloads import Description


def train_side_by_side(
    workers: Sequence[Worker],
    workload: Description,
    batch_sizes: Sequence[int],
    *,
    seeds: Sequence[int],
    same_learning_rate: bool,
    progress: Progress,
    finished: MutableMapping[int, Trainings],
) -> None:
    """Train `workload` at each of `batch_sizes` over `seeds`; each worker takes the next size when it is free.

    A batch size is put into `finished` when it is trained, so that it is there whatever happens to the others.

    Raises what a worker raises first, or KeyboardInterrupt, as soon as it happens; the workers have then been killed.
    """
    # Smallest first: an epoch's steps are its cost, and a long training begun last would leave a core idle.
    waiting = deque(sorted(batch_sizes))
    board = _Board(progress, batch_sizes)

    def work(worker: Worker, prepared: _Prepared) -> None:
        while True:
            try:
                size = waiting.popleft()
            except IndexError:
                return
            train = train_in(
                worker,
                same_learning_rate=same_learning_rate,
                progress=board.of(size),
                handed_over=prepared.handed_over,
                way=prepared.way,
            )
            finished[size] = train(workload, size, seeds)
            board.of(size)(phase="training", done=1, of=1, detail="")

    with TemporaryDirectory(prefix="batchmark-") as folder, ThreadPoolExecutor(len(workers)) as pool:
        try:
            all_prepared = _prepared(workers, workload.name, tuple(seeds), Path(folder), pool)
            _results([pool.submit(work, *each) for each in zip(workers, all_prepared, strict=True)])
        except BaseException:
            # The other threads wait for their workers: without them they end at once.
            waiting.clear()
            for worker in workers:
                worker.kill()
            raise


@dataclass(frozen=True)
class _Prepared:
    """What a worker has from another."""

    handed_over: str | None = None
    way: Way | None = None


def _prepared(
    workers: Sequence[Worker], workload: str, seeds: tuple[int, ...], folder: Path, pool: ThreadPoolExecutor
) -> list[_Prepared]:
    """Have one worker draw the initial weights while another proves how they are trained."""
    if len(workers) == 1:
        return [_Prepared()]
    path = str(folder / "weights.npz")
    proving, drawing = workers[:2]
    drawn = pool.submit(drawing.ask, requests.HandOver(workload, seeds, path))
    found = pool.submit(proving.ask, requests.FindWay(workload))
    _results([drawn, found])
    way = found.result()
    return [_Prepared(None if worker is drawing else path, None if worker is proving else way) for worker in workers]


def _results(futures: Sequence[Future[Any]]) -> None:
    """Wait for all, or for the first that raises: not one after the other, as a later worker may be the one that dies.

    Raises what was raised.
    """
    for future in wait(futures, return_when=FIRST_EXCEPTION).done:
        future.result()


class _Board:
    """Adds up what the threads report."""

    def __init__(self, progress: Progress, batch_sizes: Sequence[int]) -> None:
        self._progress = progress
        # Steps an epoch are the cost of a training, and go with the inverse of the batch size.
        self._costs = {size: 1 / size for size in batch_sizes}
        self._shares = dict.fromkeys(batch_sizes, 0.0)
        self._lock = threading.Lock()

    def of(self, size: int) -> Progress:
        def tell(*, phase: str, done: float, of: float, detail: str) -> None:
            with self._lock:
                self._shares[size] = done / of
                self._progress(phase=phase, done=_weighted(self._shares, self._costs), of=1, detail=detail)

        return tell


def _weighted(shares: Mapping[int, float], costs: Mapping[int, float]) -> float:
    return sum(shares[size] * cost for size, cost in costs.items()) / sum(costs.values())
