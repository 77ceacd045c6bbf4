"""The nine example models of the old Keras benchmark suite go through a sweep: what "any model" means."""

import keras_examples
import pytest

from batchmark.measurement.connection import Worker
from batchmark.measurement.plan import Plan
from batchmark.measurement.runner import measure
from batchmark.progress import silent
from batchmark.records import Cell, Status
from fake_worker import Unclosed

_LOOPS = ("fit", "compiled:graph")
_OTHER_LOOPS = ("fit:steps_per_execution", "fit:jit_compile", "compiled:xla")


def _no_other() -> Worker:
    raise AssertionError


def test_there_are_nine() -> None:
    assert len(keras_examples.WORKLOADS) == 9


def _sweep(worker: Worker, cells: list[Cell]) -> None:
    plan = Plan(turns=1, minimum_turns=1, first_epoch_limit_seconds=300)
    measured = measure(Unclosed(worker), cells, plan, start_worker=_no_other, progress=silent)
    assert measured.stopped is None
    for record in measured.records:
        assert (record.status, record.turns) == (Status.COMPLETE, 1), f"{record.cell}: {record.warnings}"
        assert record.first_epoch_seconds > 0


# Compiling the others takes half a minute together.
_BY_DEFAULT = ("REUTERS_MLP",)


@pytest.mark.parametrize(
    "name",
    [
        name if name in _BY_DEFAULT else pytest.param(name, marks=pytest.mark.exhaustive)
        for name in keras_examples.WORKLOADS
    ],
)
def test_each_is_swept(worker: Worker, name: str) -> None:
    _sweep(worker, [Cell(f"keras_examples:{name}", 32, loop) for loop in _LOOPS])


@pytest.mark.exhaustive
@pytest.mark.parametrize("name", keras_examples.WORKLOADS)
def test_each_is_swept_by_every_other_loop(worker: Worker, name: str) -> None:
    _sweep(worker, [Cell(f"keras_examples:{name}", size, loop) for loop in _OTHER_LOOPS for size in (16, 32)])
