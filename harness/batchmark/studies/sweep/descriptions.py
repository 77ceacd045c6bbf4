"""What the workloads are that a user named, before anything is measured."""

from collections.abc import Callable
from types import TracebackType
from typing import Self

from batchmark.errors import BatchmarkError, WorkerDiedError, WorkloadError
from batchmark.measurement.connection import Worker
from batchmark.measurement.protocol import requests
from batchmark.progress import Progress, silent
from batchmark.workloads import Description, expand, find_workload, is_built_in, require_known

# Loading data and training ten steps; a model that takes longer can still be measured with --first-epoch-limit.
_LONGEST_SECONDS = 600.0


class Descriptions:
    """Describes workloads: a built-in one at once, a user's own in a worker, where it is tried out.

    A context manager: the workers live while it lasts, unless the sweep takes them over, data loaded and all.
    """

    def __init__(self, *, start_worker: Callable[[], Worker] = Worker, progress: Progress = silent) -> None:
        """Describe nothing yet."""
        self._start_worker = start_worker
        self._progress = progress
        self._known: dict[str, Description] = {}
        self._refused: dict[str, BatchmarkError] = {}
        self._workers: dict[str, Worker] = {}

    def __enter__(self) -> Self:
        """Return itself."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """End the workers that nobody took over."""
        self.close()

    def close(self) -> None:
        """End the workers that nobody took over."""
        while self._workers:
            self._workers.popitem()[1].close()

    def of(self, name: str) -> Description:
        """Return what there is to know of the workload called `name`.

        Raises UnknownNameError, WorkloadError: the user's own line is in the message.
        """
        if name in self._refused:
            raise self._refused[name]
        if name not in self._known:
            try:
                self._known[name] = self._described(name)
            except BatchmarkError as error:
                self._refused[name] = error
                raise
        return self._known[name]

    def of_all(self, names: tuple[str, ...]) -> tuple[tuple[Description, ...], tuple[BatchmarkError, ...]]:
        """Return what is known of those of `names` that can be used, and why the others can't.

        Raises the error itself where not one can be used.
        """
        usable: list[Description] = []
        refused: list[BatchmarkError] = []
        for name in expand(names):
            try:
                usable.append(self.of(name))
            except BatchmarkError as error:
                refused.append(error)
        if not usable and refused:
            raise refused[0]
        return tuple(usable), tuple(refused)

    def worker_for(self, name: str) -> Worker:
        """Return a worker for the workload called `name`: the one that described it, once, or a new one."""
        return self._workers.pop(name, None) or self._start_worker()

    def _described(self, name: str) -> Description:
        if is_built_in(name):
            workload = find_workload(name)
            return workload.described(name=name, examples=workload.examples)
        require_known(name)
        self._progress(phase="workload", done=0, of=1, detail=f"loading {name} and training a few steps")
        worker = self._workers[name] = self._start_worker()
        try:
            return worker.ask(requests.Describe(name), timeout_seconds=_LONGEST_SECONDS)
        except BatchmarkError as error:
            # There is nothing to go on with in it.
            self._workers.pop(name).close()
            if isinstance(error, WorkerDiedError):
                message = f"workload {name!r}: {error}"
                raise WorkloadError(message) from error
            raise
