"""The loops of a workload side by side."""

import math
from dataclasses import replace

import pytest

from batchmark.records import CellRecord, Status
from batchmark.report.overview import render_overview
from batchmark.studies.sweep.overview import overviews
from batchmark.studies.sweep.summary import summarise
from synthetic import record_of

_SECONDS = {"fit": 4.0, "fit:jit_compile": 3.0, "compiled:graph": 2.0, "compiled:xla": 1.0}


def _records(size: int = 32, **other: float) -> list[CellRecord]:
    seconds = _SECONDS | {name.replace("_graph", ":graph"): value for name, value in other.items()}
    return [record_of(size, [[value * (1 + turn)] for turn in range(6)], loop=loop) for loop, value in seconds.items()]


def test_the_fastest_other_loop_is_set_against_the_fastest_variant_of_fit() -> None:
    (overview,) = overviews(summarise(_records()))
    (row,) = overview.rows
    assert overview.loops == tuple(_SECONDS)
    assert row.fastest == "compiled:xla"
    assert row.speedup is not None
    assert (row.speedup.value, row.speedup.low, row.speedup.high) == pytest.approx((3.0, 3.0, 3.0))


def test_a_loop_that_failed_is_neither_the_fastest_nor_forgotten() -> None:
    records = _records()
    records[-1] = replace(records[-1], status=Status.FAILED, seconds_per_round=(), warnings=("no kernel",))
    (overview,) = overviews(summarise(records))
    assert overview.rows[0].fastest == "compiled:graph"
    text = render_overview(overview, wide=True)
    assert "failed" in text
    assert "compiled:graph" in text
    assert "1.50" in text


def test_without_another_loop_than_fit_there_is_no_ratio() -> None:
    (overview,) = overviews(summarise(_records()[:2]))
    assert overview.rows[0].speedup is None
    assert " -" in render_overview(overview)


def test_one_loop_has_nothing_beside_it_and_each_workload_has_its_own_table() -> None:
    assert overviews(summarise(_records()[:1])) == ()
    other = [replace(record, cell=replace(record.cell, workload="mine:X")) for record in _records()]
    assert [overview.workload for overview in overviews(summarise([*_records(), *other]))] == ["blobs", "mine:X"]


def test_a_batch_size_that_a_loop_lacks_is_a_blank() -> None:
    (overview,) = overviews(summarise([*_records(), *_records(64)[:1]]))
    assert [row.batch_size for row in overview.rows] == [32, 64]
    assert overview.rows[1].rows[1:] == (None, None, None)
    assert not math.isnan(overview.rows[1].rows[0].record.seconds_per_epoch)  # type: ignore[union-attr]


def test_each_backend_has_an_overview_of_its_own_and_is_held_against_its_own_fit() -> None:
    on_jax = [
        replace(record, cell=replace(record.cell, backend="jax"))
        for record in _records(fit=0.5)
        if record.cell.loop in {"fit", "compiled:xla"}
    ]
    ours, theirs = overviews(summarise([*_records(), *on_jax]))
    assert (ours.backend, ours.loops) == ("tensorflow", tuple(_SECONDS))
    assert (theirs.backend, theirs.loops) == ("jax", ("fit", "compiled:xla"))
    speedups = [each.rows[0].speedup for each in (ours, theirs)]
    assert [each and each.value for each in speedups] == pytest.approx([3.0, 0.5])
    assert theirs.rows[0].fastest == "fit"
    assert render_overview(theirs).startswith("blobs on JAX: seconds of an epoch by loop\n")
    (alone,) = overviews(summarise(_records()))
    assert alone.backend is None
