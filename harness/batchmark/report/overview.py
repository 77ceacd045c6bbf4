"""The loops of a workload side by side, as plain text."""

from batchmark.backends import PROPER_NAMES
from batchmark.records import Status
from batchmark.report.tables import WIDTH, Column, names_left_out, render_table
from batchmark.report.units import NOTHING, number_with_interval, percent, rate, seconds
from batchmark.report.wrapping import folded
from batchmark.studies.sweep.overview import Overview, OverviewRow
from batchmark.studies.sweep.summary import Row

# A line of a loop's name in a heading.
_LONGEST = 10


def render_overview(overview: Overview, *, width: int = WIDTH, wide: bool = False) -> str:
    """Return a table: a row for each batch size, the epoch of each loop, and the fastest.

    `wide` has all columns, at whatever width they take.
    """
    table = render_table(*columns_and_rows(overview), width=width, wide=wide)
    on = f" on {PROPER_NAMES[overview.backend]}" if overview.backend else ""
    return f"{overview.workload}{on}: seconds of an epoch by loop\n{table}"


def overview_left_out(overview: Overview, *, width: int) -> list[str]:
    """Return what the columns are called that are not in a table of `width` characters."""
    return names_left_out(*columns_and_rows(overview), width=width)


def columns_and_rows(overview: Overview) -> tuple[list[Column], list[list[str]]]:
    """Return a column for each loop and for how much the fastest gains, and a row for each batch size."""
    columns = [
        Column("batch\nsize"),
        *(Column(_heading(loop)) for loop in overview.loops),
        Column("fastest\nloop", "left", rank=3),
        Column("its\nexamples/s", rank=4, name="its examples/s"),
        Column("other\nthan fit,\n× as fast", rank=1),
        Column(f"\n\n[{percent(overview.level)}]", rank=2, name="its interval"),
    ]
    return columns, [_cells(overview, row) for row in overview.rows]


def _heading(loop: str) -> str:
    """Return a loop's name on three lines, the last of them full."""
    name, _, variant = loop.partition(":")
    lines = [name, *folded(variant, _LONGEST).split("\n")] if variant else [name]
    return "\n".join(["", "", *lines][-3:])


def _why_not(row: Row) -> str:
    return "refused" if row.record.status is Status.REFUSED else "failed"


def _cells(overview: Overview, row: OverviewRow) -> list[str]:
    epochs = [
        NOTHING if cell is None else seconds(cell.record.seconds_per_epoch) if cell.is_compared else _why_not(cell)
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
