"""What thousands of stored sweeps cost `batchmark report` and `batchmark gate`, as text."""

from collections.abc import Sequence

from batchmark.report.tables import Column, render_table
from batchmark.report.units import seconds, size_in_bytes
from batchmark.report.wrapping import wrapped
from batchmark.studies.ruler.pages import PagesSummary

_TITLE = "What stored sweeps cost, reported and judged"
_WIDTH = 80


def render_pages_cost(found: Sequence[PagesSummary]) -> str:
    """Return a line for each number of sweeps."""
    columns = [
        Column("sweeps"),
        Column("cells"),
        Column("stored"),
        Column("report"),
        Column("memory", name="memory of report"),
        Column("page"),
        Column("gate"),
        Column("memory", name="memory of gate"),
        Column("n"),
    ]
    rows = [
        (
            f"{each.sweeps:,}",
            f"{each.cells:,}",
            size_in_bytes(each.stored_bytes),
            seconds(each.report_seconds),
            size_in_bytes(each.report_bytes),
            size_in_bytes(each.page_bytes),
            seconds(each.gate_seconds),
            size_in_bytes(each.gate_bytes),
            str(each.runs),
        )
        for each in found
    ]
    note = "Wall time and peak memory of a process of its own, its start with it: medians of n."
    return "\n".join([_TITLE, "═" * len(_TITLE), render_table(columns, rows, width=_WIDTH), wrapped([note], _WIDTH)])
