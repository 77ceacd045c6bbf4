"""A sweep's cells as a table: a row for each batch size of a workload and loop."""

from collections.abc import Callable
from dataclasses import dataclass

from batchmark.loops import FIT
from batchmark.metrics import table
from batchmark.metrics.metric import Metric
from batchmark.metrics.reading import Instrument
from batchmark.records import CellRecord, Status
from batchmark.report.tables import Column, names_left_out, render_table
from batchmark.report.units import (
    NOTHING,
    in_unit,
    number_with_interval,
    percent,
    rate,
    seconds,
    seconds_with_interval,
    size_in_bytes,
)
from batchmark.studies.sweep.summary import GroupSummary, Row


@dataclass(frozen=True)
class _Shown:
    """A column, and how its value is read off a row."""

    column: Column
    value: Callable[[Row], str]
    always: bool = False
    """Whether it is there where no row has a value too."""


def render_cells(summary: GroupSummary, *, width: int, wide: bool = False) -> str:
    """Return the table, of what was measured alone; `wide` has all columns, at whatever width they take."""
    return render_table(*columns_and_rows(summary), width=width, wide=wide)


def cells_left_out(summary: GroupSummary, *, width: int) -> list[str]:
    """Return what the columns are called that are not in a table of `width` characters."""
    return names_left_out(*columns_and_rows(summary), width=width)


def ending(record: CellRecord) -> str:
    """Return why a cell has no rounds, or takes no part in what compares cells."""
    return "no rounds" if record.status is Status.COMPLETE else str(record.status)


def columns_and_rows(summary: GroupSummary) -> tuple[list[Column], list[list[str]]]:
    """Return every column of which something is known, and a row for each cell."""
    by_column = [(shown, [shown.value(row) for row in summary.rows]) for shown in _shown(summary)]
    present = [(shown.column, values) for shown, values in by_column if shown.always or set(values) != {NOTHING}]
    return [column for column, _ in present], [
        list(row) for row in zip(*(values for _, values in present), strict=True)
    ]


def _shown(summary: GroupSummary) -> list[_Shown]:
    """Return every column there can be, in the order they stand in."""
    interval = f"\n[{percent(summary.level)}]"
    columns = [
        _Shown(Column("batch\nsize"), lambda row: str(row.record.cell.batch_size), always=True),
        _Shown(Column("\nsteps", rank=7), lambda row: str(row.record.steps_per_epoch or NOTHING)),
        _Shown(Column("\nepoch"), lambda row: _epoch(row)[0], always=True),
        _Shown(Column(interval), lambda row: _epoch(row)[1]),
        _Shown(Column("per\nstep", rank=6), _if_measured(seconds, lambda record: record.seconds_per_step)),
        _Shown(Column("\nexamples/s"), _if_measured(rate, lambda record: record.examples_per_second)),
        _Shown(Column("first\nepoch", rank=4), lambda row: seconds(row.record.first_epoch_seconds)),
        _Shown(Column("\ncompile", rank=5), _if_measured(seconds, lambda record: record.compile_seconds)),
        _Shown(Column("\ntokens/s", rank=2), _if_measured(rate, lambda record: record.tokens_per_second)),
        _Shown(Column("waits\nfor data", rank=3), lambda row: _given(row.record.waiting_share, percent)),
        _Shown(Column("peak\nmemory", rank=1), lambda row: _given(row.record.peak_host_bytes, size_in_bytes)),
        _Shown(Column("on the\nGPU", rank=1), lambda row: _given(row.record.peak_device_bytes, size_in_bytes)),
    ]
    for metric in table.METRICS:
        if isinstance(metric.reading, Instrument) and metric.reading.of_accelerator:
            columns += _of_accelerator(metric)
    if summary.loop.partition("@")[0] == FIT:
        return columns
    return [
        *columns,
        _Shown(Column("times as\nfast as fit", rank=1), lambda row: _speedup(row)[0]),
        _Shown(Column(interval, rank=1, name="its interval"), lambda row: _speedup(row)[1]),
    ]


def _of_accelerator(metric: Metric) -> list[_Shown]:
    """Return what is known of an epoch and of an example by a meter of the accelerator."""
    what = metric.label.partition(" per ")[0]

    def of_an_epoch(row: Row) -> str:
        return _given(metric.value(row.record), lambda value: in_unit(value, metric.unit))

    def of_an_example(row: Row) -> str:
        value = metric.value(row.record)
        return _given(value and value / row.record.examples, lambda value: in_unit(value, metric.unit))

    return [
        _Shown(Column(f"{what}\nan epoch", rank=2), of_an_epoch),
        _Shown(Column(f"{what}\nan example", rank=3), of_an_example),
    ]


def _epoch(row: Row) -> tuple[str, str]:
    if row.seconds_per_epoch is None:
        return ending(row.record), NOTHING
    return seconds_with_interval(row.seconds_per_epoch)


def _if_measured(printed: Callable[[float], str], read: Callable[[CellRecord], float]) -> Callable[[Row], str]:
    """Return what prints a number that only a cell with rounds has."""
    return lambda row: NOTHING if row.seconds_per_epoch is None else printed(read(row.record))


def _given(value: float | None, printed: Callable[[float], str]) -> str:
    return NOTHING if value is None else printed(value)


def _speedup(row: Row) -> tuple[str, str]:
    return (NOTHING, NOTHING) if row.speedup_over_fit is None else number_with_interval(row.speedup_over_fit)
