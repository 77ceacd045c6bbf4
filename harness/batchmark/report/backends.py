"""The backends of a workload side by side, and what it costs to switch, as plain text."""

from collections.abc import Iterable

from batchmark.backends import PROPER_NAMES
from batchmark.records import CellRecord
from batchmark.report.tables import WIDTH, Column, names_left_out, render_table
from batchmark.report.units import NOTHING, number_with_interval, percent, rate, seconds, size_in_bytes
from batchmark.report.wrapping import wrapped
from batchmark.studies.sweep.backends import BackendSummary, OnBackend


def render_backends(summary: BackendSummary, *, width: int = WIDTH, wide: bool = False) -> str:
    """Return a table: of each batch size a row for each backend, the fastest first; and below it what switching costs.

    `wide` has all columns, at whatever width they take.
    """
    table = render_table(*columns_and_rows(summary), width=width, wide=wide)
    costs = wrapped(["What switching costs:", *(f"  {line}" for line in _costs(summary))], width)
    return f"{summary.workload}: backends, each by its fastest loop\n{table}\n{costs}"


def backends_left_out(summary: BackendSummary, *, width: int) -> list[str]:
    """Return what the columns are called that are not in a table of `width` characters."""
    return names_left_out(*columns_and_rows(summary), width=width)


def columns_and_rows(summary: BackendSummary) -> tuple[list[Column], list[list[str]]]:
    """Return the columns of which something is known, and for each batch size a row for each backend."""
    rows = [
        [str(size) if index == 0 else "", *_cells(each)]
        for size, backends in summary.sizes
        for index, each in enumerate(backends)
    ]
    columns = [
        Column("batch\nsize"),
        Column("\nbackend", "left"),
        Column("\nloop", "left"),
        Column("\nepoch"),
        Column("× the\nfastest"),
        Column(f"\n[{percent(summary.level)}]", name="its interval"),
        Column("\nexamples/s", rank=3),
        Column("first\nepoch", rank=1),
        Column("peak\nmemory", rank=2),
    ]
    is_known = [index < 1 or any(row[index] not in (NOTHING, "") for row in rows) for index in range(len(columns))]
    return (
        [column for column, known in zip(columns, is_known, strict=True) if known],
        [[cell for cell, known in zip(row, is_known, strict=True) if known] for row in rows],
    )


def _cells(each: OnBackend) -> list[str]:
    record = each.record
    times, interval = (
        (NOTHING, NOTHING) if each.times_the_fastest is None else number_with_interval(each.times_the_fastest)
    )
    return [
        record.cell.backend,
        record.cell.loop,
        seconds(record.seconds_per_epoch),
        times,
        interval,
        rate(record.examples_per_second),
        seconds(record.first_epoch_seconds),
        NOTHING if (memory := _memory(record)) is None else size_in_bytes(memory),
    ]


def _costs(summary: BackendSummary) -> list[str]:
    """Return a line for each backend: the first epochs and, where it was measured, the memory of its fastest loops."""
    records = [each.record for _, backends in summary.sizes for each in backends]
    lines = []
    for backend in dict.fromkeys(record.cell.backend for record in records):
        own = [record for record in records if record.cell.backend == backend]
        first = _range(seconds(value) for value in sorted(record.first_epoch_seconds for record in own))
        memory = sorted(found for record in own if (found := _memory(record)) is not None)
        peak = f", peak memory {_range(map(size_in_bytes, memory))}" if memory else ""
        lines.append(f"{PROPER_NAMES[backend]}: first epoch {first}{peak}")
    to, *others = dict.fromkeys(record.cell.backend for record in records)
    asked = [f"--baseline-backend {each} --candidate-backend {to} {summary.workload}" for each in others[:1]]
    return [*lines, *(f"Quality: batchmark upgrade {each}" for each in asked)]


def _range(ascending: Iterable[str]) -> str:
    told = list(dict.fromkeys(ascending))
    return told[0] if len(told) == 1 else f"{told[0]} to {told[-1]}"


def _memory(record: CellRecord) -> int | None:
    return record.peak_device_bytes if record.peak_device_bytes is not None else record.peak_host_bytes
