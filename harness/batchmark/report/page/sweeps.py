"""A workload of a sweep as a part of a page: the answer, the pictures that `show --plot` draws, every cell."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import PurePath

from batchmark.files.sweep import StoredSweep
from batchmark.report.answer import say_answers
from batchmark.report.backends import columns_and_rows as of_backends
from batchmark.report.environment import render_environment
from batchmark.report.overview import columns_and_rows as of_loops
from batchmark.report.page.fastest import say_fastest
from batchmark.report.page.figures import figure_of
from batchmark.report.page.parts import Figure, Part, Table, Tags, Text
from batchmark.report.page.tables import table_of
from batchmark.report.pictures.contrasts import draw_contrasts
from batchmark.report.pictures.looks import Chart
from batchmark.report.pictures.once_a_cell import draw_first_epoch, draw_memory
from batchmark.report.pictures.seconds_per_epoch import draw_seconds_per_epoch
from batchmark.report.pictures.throughput import draw_throughput
from batchmark.report.power_of_two import columns_and_rows as of_powers
from batchmark.report.sweep import basis, group_title, say_group, say_powers
from batchmark.report.sweep_table import columns_and_rows as of_cells
from batchmark.studies.sweep.backends import backend_summaries
from batchmark.studies.sweep.overview import overviews
from batchmark.studies.sweep.summary import GroupSummary

Draw = Callable[[Sequence[GroupSummary], str], Chart | None]

_PICTURES: Mapping[str, tuple[Draw, str]] = {
    "throughput": (draw_throughput, "examples_per_second"),
    "seconds-per-epoch": (draw_seconds_per_epoch, "seconds_per_epoch"),
    "powers-of-two": (draw_contrasts, "ratio"),
    "memory": (draw_memory, "peak_bytes"),
    "first-epoch": (draw_first_epoch, "first_epoch_seconds"),
}
"""What is drawn, and what its values are called as CSV."""


def sweep_part(
    stored: StoredSweep,
    own: Sequence[GroupSummary],
    name: str,
    *,
    anchor: str,
    machine: str,
    is_pictured: bool = True,
) -> Part:
    """Return what a page says of one workload of a sweep that is stored as `name`; `own` are its loops' summaries."""
    workload = own[0].workload
    environment = render_environment(stored.facts) if stored.facts else "environment not recorded"
    compared = [summary for summary in own if any(row.is_compared for row in summary.rows)]
    fastest = say_fastest(own)
    ended = [f"Not finished: {stored.stopped}."] if stored.stopped else []
    left_out = [] if is_pictured else ["Its pictures are left out, as there are newer ones: name its file alone."]
    where = f"{machine} · {environment}"
    return Part(
        anchor=anchor,
        title=f"{workload} on {machine}",
        about=f"{name} · stored {stored.datetime[:16].replace('T', ' ')} · {environment}",
        lead=[f"{fastest[:1].upper()}{fastest[1:]}.", *ended, *_answers(own), *left_out],
        figures=_figures(compared, where, f"{workload}-{PurePath(name).stem}") if is_pictured else [],
        tables=[*_side_by_side(own), *(table for summary in own for table in _tables(summary))],
        texts=[Text("How it was measured", basis(own))],
        tags=Tags(workload=(workload,), machine=(machine,)),
    )


def _answers(own: Sequence[GroupSummary]) -> list[str]:
    """Return a paragraph for each loop."""
    said = [say_answers([summary]) for summary in own]
    return [" ".join(map(str.strip, lines)) for lines in said if lines]


def _figures(compared: Sequence[GroupSummary], where: str, file: str) -> list[Figure]:
    if not compared:
        return []
    drawn = {name: (draw(compared, where), column) for name, (draw, column) in _PICTURES.items()}
    return [
        figure_of(chart, f"{file}-{name}", _columns(column))
        for name, (chart, column) in drawn.items()
        if chart is not None
    ]


def _columns(value: str) -> dict[str, str]:
    around = {end: f"{value}_{end}" for end in ("low", "high", "fitted")}
    return {"value": value, **around}


def _side_by_side(own: Sequence[GroupSummary]) -> list[Table]:
    """Return the loops beside each other, and the backends, where there are several."""
    loops = [
        table_of(
            f"{each.workload}: an epoch of each loop" + (f", on {each.backend}" if each.backend else ""),
            of_loops(each),
            tags=Tags(backend=(each.backend,) if each.backend else ()),
        )
        for each in overviews(own)
    ]
    backends = [
        table_of(f"{each.workload}: backends, each by its fastest loop", of_backends(each))
        for each in backend_summaries(own)
    ]
    return [*backends, *loops]


def _tables(summary: GroupSummary) -> list[Table]:
    """Return every cell of a workload and loop, and its powers of two."""
    loop, backend = summary.rows[0].record.cell.loop, summary.rows[0].record.cell.backend
    tags = Tags(loop=(loop,), backend=(backend,))
    title = group_title(summary)
    cells = table_of(
        title, of_cells(summary), tags=tags, notes=say_group(summary), is_folded=True, cells=len(summary.rows)
    )
    if not summary.contrasts:
        return [cells]
    powers = table_of(
        f"{title}: powers of two", of_powers(summary), tags=tags, notes=say_powers(summary), is_folded=True
    )
    return [cells, powers]
