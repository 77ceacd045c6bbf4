"""The accuracy tests' part of the plugin: a live worker, the study in it, and what it judged."""

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, ExitStack
from typing import NoReturn, Self

import pytest

from batchmark.analysis.equivalence import Verdict
from batchmark.backends import PROPER_NAMES
from batchmark.doors.sweep_options import in_pytest
from batchmark.doors.termination import sigterm_as_ctrl_c
from batchmark.errors import BatchmarkError, TrainingError
from batchmark.measurement.hardware import require_gpu
from batchmark.measurement.protocol import requests
from batchmark.report.progress import show_progress
from batchmark.report.quality import explain, render_quality
from batchmark.studies.quality.study import QualityResult, QualityStudy, train_in
from batchmark.studies.sweep.descriptions import Descriptions
from batchmark.studies.sweep.on_backends import backend_worker
from batchmark.trainings import Trainings
from batchmark.workloads import Description


class QualityDoor:
    """Judges batch sizes one after the other. A context manager: its worker lives while it lasts."""

    def __init__(
        self,
        *,
        descriptions: Descriptions,
        looks: tuple[int, ...],
        family: int,
        same_learning_rate: bool,
        backend: str,
        needs_gpu: bool,
        uncaptured: Callable[[], AbstractContextManager[object]],
    ) -> None:
        """Judge a `family` of batch sizes on `backend` at these `looks`; `uncaptured` lets progress reach us."""
        self._descriptions = descriptions
        self._looks = looks
        self._family = family
        self._same_learning_rate = same_learning_rate
        self._backend = backend
        self._needs_gpu = needs_gpu
        self._uncaptured = uncaptured
        self._stack = ExitStack()
        self._results: list[QualityResult] = []

    def __enter__(self) -> Self:
        """Start the worker, or end the run in a line: it can't be, or trains on no GPU where one is needed."""
        try:
            self._worker = self._stack.enter_context(backend_worker(self._backend, shares=True))
            if self._needs_gpu:
                require_gpu(self._worker.ask(requests.Facts()), PROPER_NAMES[self._backend])
        except BatchmarkError as error:
            self._stack.close()
            _end(error)
        self._study = QualityStudy(self._train, looks=self._looks, family=self._family)
        return self

    def __exit__(self, *_: object) -> None:
        """End the worker."""
        self._stack.close()

    def require_equivalence(self, workload: str, batch_size: int) -> None:
        """Fail the test, with the numbers, unless `batch_size` trains as well as the reference."""
        try:
            result = self._study.judge(self._descriptions.of(workload), batch_size)
        except TrainingError as error:
            pytest.fail(f"{workload} can't be trained: {error}", pytrace=False)
        except BatchmarkError as error:
            _end(error)
        self._results.append(result)
        if result.fresh.verdict is not Verdict.EQUIVALENT:
            pytest.fail(explain(result), pytrace=False)

    def _train(self, workload: Description, batch_size: int, seeds: Sequence[int]) -> Trainings:
        with sigterm_as_ctrl_c(), self._uncaptured(), show_progress() as progress:
            train = train_in(self._worker, same_learning_rate=self._same_learning_rate, progress=progress)
            return train(workload, batch_size, seeds)

    @property
    def has_results(self) -> bool:
        """Whether anything was judged."""
        return bool(self._results)

    def summary(self, *, wide: bool) -> str:
        """Return a table of what was judged."""
        return render_quality(self._results, wide=wide)


def _end(error: BatchmarkError) -> NoReturn:
    pytest.exit(f"batchmark: {in_pytest(str(error))}", returncode=2)
