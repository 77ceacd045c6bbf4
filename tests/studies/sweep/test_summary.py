"""What a summary keeps, leaves out and pairs."""

from dataclasses import replace

import numpy as np
import pytest

from batchmark.analysis.power_of_two import Outcome
from batchmark.records import Cell, CellRecord, Status
from batchmark.studies.sweep.summary import GroupSummary, batch_sizes_by_warning, summarise
from synthetic import COST, GRID, OVERHEAD, gaussian, record_of, sweep_of

ROUND_SIZES = (50, 100, 200, 500)


def sweep(seed: int = 0, **fields: object) -> list[CellRecord]:
    return sweep_of(np.random.default_rng(seed), noise=gaussian(0.01), **fields)  # type: ignore[arg-type]


def only(records: list[CellRecord]) -> GroupSummary:
    (summary,) = summarise(records)
    return summary


def with_record(records: list[CellRecord], batch_size: int, **fields: object) -> list[CellRecord]:
    return [
        replace(record, **fields) if record.cell.batch_size == batch_size else record  # type: ignore[arg-type]
        for record in records
    ]


def test_there_is_a_group_per_workload_and_loop_in_order_of_appearance_with_rows_by_batch_size() -> None:
    records = [*reversed(sweep(loop="compiled")), *sweep(), record_of(8, [[1.0]], cell=Cell("digits", 8, "fit"))]
    summaries = summarise(records)
    assert [(s.workload, s.loop) for s in summaries] == [("blobs", "compiled"), ("blobs", "fit"), ("digits", "fit")]
    assert [row.record.cell.batch_size for row in summaries[0].rows] == sorted(GRID)


def test_nothing_measured_is_no_summary() -> None:
    assert summarise([]) == ()


def test_a_group_carries_its_curve_its_recommendation_and_its_conclusions() -> None:
    summary = only(sweep(turns=24, effects={64: 0.9}))
    assert summary.curve is not None
    assert summary.curve.overhead.value == pytest.approx(OVERHEAD, rel=0.02)
    assert summary.curve.cost.value == pytest.approx(COST, rel=0.1)
    assert summary.recommendation is not None
    assert (summary.recommendation.fastest, summary.recommendation.knee) == (500, 500)
    assert summary.conclusion.outcome is Outcome.FASTER
    assert [c.comparison.batch_size for c in summary.conclusion.faster] == [64]
    assert summary.conclusion_on_round_sizes.outcome is Outcome.FASTER


def test_the_family_is_every_contrast_of_every_group() -> None:
    alone = only(sweep())
    fit, compiled = summarise([*sweep(), *sweep(loop="compiled")])
    assert alone.family == len(alone.contrasts) == 8
    assert fit.family == compiled.family == 16
    assert {c.ratio.level for c in (*fit.contrasts, *compiled.contrasts)} == {1 - (1 - 0.95) / 16}


def test_over_two_loops_without_an_effect_any_alarm_is_raised_at_most_5_percent_of_the_time() -> None:
    rng = np.random.default_rng(1)
    quick = tuple(size for size in GRID if size > 30)
    alarms = 0
    for _ in range(150):
        records = [
            record
            for loop in ("fit", "compiled")
            for record in sweep_of(rng, noise=gaussian(0.02), sizes=quick, loop=loop)
        ]
        alarms += any(
            conclusion.outcome in (Outcome.FASTER, Outcome.SLOWER, Outcome.MIXED)
            for summary in summarise(records)
            for conclusion in (summary.conclusion, summary.conclusion_on_round_sizes)
        )
    assert alarms / 150 <= 0.05


@pytest.mark.parametrize("status", [Status.DIVERGED, Status.FAILED])
def test_a_cell_that_ended_badly_is_a_row_and_changes_nothing_else(status: Status) -> None:
    # Its two turns must not cut the others' twelve to two.
    records = sweep()
    without = only([record for record in records if record.cell.batch_size != 8])
    summary = only(with_record(records, 8, status=status, seconds_per_round=((9.0,), (9.0,)), warnings=("why",)))
    (row,) = [row for row in summary.rows if row.record.cell.batch_size == 8]
    assert (row.is_compared, row.record.status, row.record.warnings) == (False, status, ("why",))
    assert row.seconds_per_epoch is not None
    assert row.seconds_per_epoch.n == 2
    assert (summary.curve, summary.recommendation) == (without.curve, without.recommendation)
    assert summary.contrasts == without.contrasts


def test_a_power_of_two_without_its_diverged_neighbour_is_no_contrast() -> None:
    summary = only(with_record(sweep(), 63, status=Status.DIVERGED))
    assert [c.comparison.batch_size for c in summary.conclusion.contrasts] == [32, 128, 256]
    assert summary.family == 7


def test_a_cell_without_turns_is_a_row_without_numbers_and_is_compared_with_nothing() -> None:
    summary = only(with_record(sweep(), 8, status=Status.INTERRUPTED, seconds_per_round=()))
    (row,) = [row for row in summary.rows if row.record.cell.batch_size == 8]
    assert (row.seconds_per_epoch, row.is_compared) == (None, False)
    assert summary.curve is not None
    assert 8 not in summary.curve.residuals
    assert summary.curve.overhead.n == 12


def test_an_interrupted_sweep_is_compared_over_the_turns_that_all_cells_have() -> None:
    records = [
        replace(record, status=Status.INTERRUPTED, seconds_per_round=record.seconds_per_round[: 7 + (index % 2)])
        for index, record in enumerate(sweep())
    ]
    summary = only(records)
    assert [row.seconds_per_epoch.n for row in summary.rows[:2] if row.seconds_per_epoch] == [7, 8]
    assert summary.curve is not None
    assert summary.curve.overhead.n == 7
    assert {c.ratio.n for c in summary.contrasts} == {7}


def test_a_group_of_which_nothing_can_be_compared_has_rows_and_no_more() -> None:
    summary = only([replace(record, status=Status.FAILED, seconds_per_round=()) for record in sweep()])
    assert len(summary.rows) == len(GRID)
    assert (summary.curve, summary.recommendation, summary.contrasts) == (None, None, ())
    assert summary.conclusion.outcome is Outcome.NOT_MEASURED


def test_neighbours_are_not_needed_for_the_contrast_with_round_sizes() -> None:
    summary = only(sweep(sizes=(16, 32, 64, 128, *ROUND_SIZES)))
    assert summary.conclusion.outcome is Outcome.NOT_MEASURED
    assert [c.comparison.batch_size for c in summary.conclusion_on_round_sizes.contrasts] == [32, 64, 128]


def test_the_speedup_over_fit_stands_where_fit_was_measured_at_the_same_size() -> None:
    fit = [record_of(size, [[0.8]] * 6) for size in (1, 2)]
    compiled = [record_of(size, [[0.2]] * 6, loop="compiled") for size in (1, 2, 4)]
    of_fit, of_compiled = summarise([*fit, *with_record(compiled, 2, status=Status.DIVERGED)])
    assert [row.speedup_over_fit for row in of_fit.rows] == [None, None]
    first, diverged, alone = (row.speedup_over_fit for row in of_compiled.rows)
    assert first is not None
    assert first.value == pytest.approx(4.0)
    assert (diverged, alone) == (None, None)


def test_fit_of_another_workload_is_no_baseline() -> None:
    _, compiled = summarise(
        [
            record_of(1, [[0.8]] * 6, cell=Cell("digits", 1, "fit")),
            record_of(1, [[0.2]] * 6, loop="compiled"),
        ]
    )
    assert compiled.rows[0].speedup_over_fit is None


def test_each_warning_stands_once_with_the_sizes_it_concerns() -> None:
    summary = only(
        [
            record_of(1, [[1.0]], warnings=("slow", "hot")),
            record_of(2, [[1.0]], warnings=("hot",)),
            record_of(4, [[1.0]]),
            record_of(8, [[1.0]], warnings=("slow", "slow")),
        ]
    )
    assert batch_sizes_by_warning(summary.rows) == (("slow", (1, 8)), ("hot", (1, 2)))
