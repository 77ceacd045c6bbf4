"""Backends side by side: of each batch size each one's fastest loop, the fastest backend first."""

from dataclasses import replace
from typing import Any

import pytest

from batchmark.records import CellRecord, Status
from batchmark.report.backends import backends_left_out, render_backends
from batchmark.studies.sweep.backends import BackendSummary, backend_summaries
from batchmark.studies.sweep.summary import summarise
from synthetic import record_of


def _record(backend: str, loop: str, size: int, seconds: float, **more: object) -> CellRecord:
    turns = [[seconds * (1 + 0.01 * (turn % 3))] for turn in range(12)]
    record = record_of(size, turns, loop=loop)
    fields: dict[str, Any] = {"first_epoch_seconds": 10 * seconds, **more}
    return replace(record, cell=replace(record.cell, backend=backend), **fields)


RECORDS = [
    *(_record("tensorflow", "fit", size, 0.04) for size in (8, 16)),
    *(_record("tensorflow", "compiled:graph", size, 0.02) for size in (8, 16)),
    _record("jax", "fit", 8, 0.01, peak_host_bytes=3 << 20),
    _record("jax", "fit", 16, 0.03, peak_host_bytes=5 << 20),
    _record("torch", "fit", 8, 0.5),
    _record("torch", "fit", 16, 0.5, status=Status.FAILED),
]


def _summary(records: list[CellRecord] = RECORDS) -> BackendSummary:
    (found,) = backend_summaries(summarise(records))
    return found


def test_each_is_there_by_its_fastest_loop_and_the_fastest_leads() -> None:
    found = {
        size: [(each.record.cell.backend, each.record.cell.loop) for each in row] for size, row in _summary().sizes
    }
    assert found == {
        8: [("jax", "fit"), ("tensorflow", "compiled:graph"), ("torch", "fit")],
        16: [("tensorflow", "compiled:graph"), ("jax", "fit")],
    }


def test_the_others_are_told_as_multiples_of_it_paired_by_turn() -> None:
    first, second, third = dict(_summary().sizes)[8]
    assert first.times_the_fastest is None
    assert second.times_the_fastest is not None
    assert second.times_the_fastest.value == pytest.approx(2.0)
    assert third.times_the_fastest is not None
    assert third.times_the_fastest.value == pytest.approx(50.0)
    assert third.times_the_fastest.low == pytest.approx(50.0), "turns drift alike"


def test_one_backend_is_not_set_beside_itself() -> None:
    assert backend_summaries(summarise([record for record in RECORDS if record.cell.backend == "jax"])) == ()


def test_what_was_ended_before_its_first_turn_has_no_table() -> None:
    ended = [replace(record, seconds_per_round=(), status=Status.INTERRUPTED) for record in RECORDS]
    assert backend_summaries(summarise(ended)) == ()


def test_of_one_backend_that_is_left_nothing_is_to_be_compared() -> None:
    left = [record if record.cell.backend == "jax" else replace(record, status=Status.FAILED) for record in RECORDS]
    text = render_backends(_summary(left))
    assert "JAX: first epoch" in text
    assert "Quality" not in text


def test_the_table_fits_and_says_what_switching_costs() -> None:
    text = render_backends(_summary())
    assert max(map(len, text.splitlines())) <= 80
    assert backends_left_out(_summary(), width=80)[-1] == "peak memory"
    assert " ".join(text.partition("What switching costs:\n")[2].split()) == (
        "JAX: first epoch 100 ms to 300 ms, peak memory 3 MiB to 5 MiB "
        "TensorFlow: first epoch 200 ms "
        "PyTorch: first epoch 5.00 s "
        "Quality: batchmark upgrade --baseline-backend tensorflow --candidate-backend jax blobs"
    )


def test_the_longest_loops_fit_too() -> None:
    slow = [
        _record("jax", "fit:steps_per_execution", 1024, 17.0),
        _record("tensorflow", "fit:jit_compile", 1024, 139.0),
    ]
    text = render_backends(_summary(slow))
    table = text.partition("What switching")[0]
    assert max(map(len, table.splitlines())) <= 80
    assert "fit:steps_per_execution" in table
