"""The loops of a workload side by side, as plain text."""

from batchmark.report.tables import Column, render_table
from batchmark.report.units import NOTHING, number_with_interval, percent, rate, seconds
from batchmark.studies.sweep.overview import Overview, OverviewRow


def render_overview(overview: Overview, *, width: int = 112) -> str:
    """Return a table: a row for each batch size, the epoch of each loop, and the fastest."""
    columns = [
        Column("batch\nsize"),
        *(Column("\n".join(["", *loop.split(":", 1)][-2:])) for loop in overview.loops),
        Column("fastest\nloop", "left"),
        Column("its\nexamples/s"),
        Column("other than fit,\ntimes as fast"),
        Column(f"\n[{percent(overview.level)}]"),
    ]
    rows = [_cells(overview, row) for row in overview.rows]
    return f"{overview.workload}: seconds of an epoch by loop\n{render_table(columns, rows, width=width)}"


def _cells(overview: Overview, row: OverviewRow) -> list[str]:
    epochs = [
        NOTHING if cell is None else seconds(cell.record.seconds_per_epoch) if cell.is_compared else "failed"
        for cell in row.rows
    ]
    fastest = next(
        (cell.record for loop, cell in zip(overview.loops, row.rows, strict=True) if cell and loop == row.fastest), None
    )
    ratio, interval = (NOTHING, NOTHING) if row.speedup is None else number_with_interval(row.speedup)
    return [
        str(row.batch_size),
        *epochs,
        row.fastest or NOTHING,
        rate(fastest.examples_per_second) if fastest else NOTHING,
        ratio,
        interval,
    ]
