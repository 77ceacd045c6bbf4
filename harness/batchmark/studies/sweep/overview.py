"""The loops of one workload side by side: which is the fastest at each batch size, and by how much."""

from collections.abc import Sequence
from dataclasses import dataclass

from batchmark.analysis.speedup import speedup
from batchmark.backends import TENSORFLOW
from batchmark.loops import FIT
from batchmark.records import CellRecord, Estimate
from batchmark.studies.sweep.summary import GroupSummary, Row


@dataclass(frozen=True)
class OverviewRow:
    """One batch size."""

    batch_size: int
    rows: tuple[Row | None, ...]
    """One per loop, in the overview's order; None where the loop wasn't measured at this batch size."""
    fastest: str | None
    """The loop with the shortest epoch; None where none has rounds."""
    speedup: Estimate | None
    """Seconds per epoch of the fastest variant of ``fit`` over those of the fastest other loop, paired by turn;
    None where either is missing."""


@dataclass(frozen=True)
class Overview:
    """One workload on one backend."""

    workload: str
    backend: str | None
    """None: TensorFlow, and the workload was measured on no other."""
    loops: tuple[str, ...]
    rows: tuple[OverviewRow, ...]
    """Ascending by batch size."""
    level: float


def overviews(summaries: Sequence[GroupSummary]) -> tuple[Overview, ...]:
    """Return an overview of each workload, on each backend, that was measured by more than one loop."""
    found = []
    for workload in dict.fromkeys(summary.workload for summary in summaries):
        of_workload = [summary for summary in summaries if summary.workload == workload]
        backends = dict.fromkeys(map(_backend_of, of_workload))
        for backend in backends:
            own = [summary for summary in of_workload if _backend_of(summary) == backend]
            if len(own) > 1:
                sizes = sorted({row.record.cell.batch_size for summary in own for row in summary.rows})
                rows = tuple(_row(own, size) for size in sizes)
                loops = tuple(summary.rows[0].record.cell.loop for summary in own)
                told = None if set(backends) == {TENSORFLOW} else backend
                found.append(Overview(workload, told, loops, rows, own[0].level))
    return tuple(found)


def _backend_of(summary: GroupSummary) -> str:
    return summary.rows[0].record.cell.backend


def _row(summaries: Sequence[GroupSummary], size: int) -> OverviewRow:
    rows = tuple(
        next((row for row in summary.rows if row.record.cell.batch_size == size), None) for summary in summaries
    )
    compared = [row.record for row in rows if row is not None and row.is_compared]
    of_fit = [record for record in compared if _is_fit(record)]
    others = [record for record in compared if not _is_fit(record)]
    fit, other, fastest = _fastest(of_fit), _fastest(others), _fastest(compared)
    return OverviewRow(
        batch_size=size,
        rows=rows,
        fastest=fastest.cell.loop if fastest else None,
        speedup=speedup(fit, other, level=summaries[0].level) if fit and other else None,
    )


def _is_fit(record: CellRecord) -> bool:
    return record.cell.loop.partition(":")[0] == FIT


def _fastest(records: Sequence[CellRecord]) -> CellRecord | None:
    return min(records, key=lambda record: record.seconds_per_epoch, default=None)
