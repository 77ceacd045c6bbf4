"""What the workloads are that a user named, before anything is measured."""

from collections.abc import Callable, Sequence
from functools import partial
from types import TracebackType
from typing import Self

from batchmark.backends import PROPER_NAMES, TENSORFLOW
from batchmark.errors import BatchmarkError, MissingPackageError, WorkerDiedError, WorkloadError
from batchmark.measurement.connection import Worker
from batchmark.measurement.protocol import requests
from batchmark.progress import Progress, silent
from batchmark.studies.sweep.on_backends import backend_worker
from batchmark.workloads import Description, expand, find_workload, is_built_in, require_known

# Loading data and training ten steps; a model that takes longer can still be measured with --first-epoch-limit.
_LONGEST_SECONDS = 600.0


class Descriptions:
    """Describes workloads: a built-in one at once, a user's own in a worker, where it is tried out.

    A context manager: the workers live while it lasts, unless the sweep takes them over, data loaded and all.
    """

    def __init__(
        self,
        *,
        start_worker: Callable[[str], Worker] = backend_worker,
        progress: Progress = silent,
    ) -> None:
        """Describe nothing yet; `start_worker` is given a backend."""
        self._start_worker = start_worker
        self._backends: tuple[str, ...] = (TENSORFLOW,)
        self._progress = progress
        self._known: dict[str, Description] = {}
        self._refused: dict[str, BatchmarkError] = {}
        self._workers: dict[tuple[str, str], Worker] = {}

    def on(self, backends: Sequence[str], *, shares: bool = False) -> None:
        """Try out workloads of a user's own on the first of `backends` that can train them.

        Workers of several, or where it is said, share a GPU.
        """
        self._backends = tuple(backends)
        if shares or len(backends) > 1:
            self._start_worker = partial(backend_worker, shares=True)

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

    def worker_for(self, name: str, backend: str) -> Worker:
        """Return a worker for the workload called `name`: the one that described it, once, or a new one."""
        return self._workers.pop((name, backend), None) or self._start_worker(backend)

    def _described(self, name: str) -> Description:
        if is_built_in(name):
            workload = find_workload(name)
            return workload.described(name=name, examples=workload.examples)
        require_known(name)
        failed: list[BatchmarkError] = []
        for backend in self._backends:
            try:
                return self._described_on(backend, name)
            except BatchmarkError as error:
                failed.append(error)
        # What is wrong with the workload says more than what isn't installed.
        raise next((error for error in failed if not isinstance(error, MissingPackageError)), failed[0])

    def _described_on(self, backend: str, name: str) -> Description:
        on = f" on {PROPER_NAMES[backend]}" if len(self._backends) > 1 else ""
        self._progress(phase="workload", done=0, of=1, detail=f"loading {name} and training a few steps{on}")
        worker = self._workers[name, backend] = self._start_worker(backend)
        try:
            return worker.ask(requests.Describe(name), timeout_seconds=_LONGEST_SECONDS)
        except BatchmarkError as error:
            # There is nothing to go on with in it.
            self._workers.pop((name, backend)).close()
            if isinstance(error, WorkerDiedError):
                message = f"workload {name!r}: {error}"
                raise WorkloadError(message) from error
            raise
