"""The backends of one workload side by side: at each batch size, by each one's fastest loop."""

from collections.abc import Sequence
from dataclasses import dataclass

from batchmark.analysis.speedup import speedup
from batchmark.records import CellRecord, Estimate
from batchmark.studies.sweep.summary import GroupSummary


@dataclass(frozen=True)
class OnBackend:
    """One batch size on one backend."""

    record: CellRecord
    """Of the loop whose median epoch is the shortest there."""
    times_the_fastest: Estimate | None
    """Its seconds per epoch over those of the fastest backend, paired by turn; None: it is the fastest."""


@dataclass(frozen=True)
class BackendSummary:
    """One workload."""

    workload: str
    sizes: tuple[tuple[int, tuple[OnBackend, ...]], ...]
    """Ascending by batch size; of each, the backends that could run it, the fastest first."""
    level: float


def backend_summaries(summaries: Sequence[GroupSummary]) -> tuple[BackendSummary, ...]:
    """Return the summary of each workload that was measured on more than one backend."""
    found = []
    for workload in dict.fromkeys(summary.workload for summary in summaries):
        own = [summary for summary in summaries if summary.workload == workload]
        records = [row.record for summary in own for row in summary.rows]
        if len({record.cell.backend for record in records}) > 1:
            sizes = sorted({record.cell.batch_size for record in records})
            by_size = tuple((size, _at(size, records, own[0].level)) for size in sizes)
            # Nothing is to be set side by side of what was ended early, or fails everywhere.
            if any(backends for _, backends in by_size):
                found.append(BackendSummary(workload, by_size, own[0].level))
    return tuple(found)


def _at(size: int, records: Sequence[CellRecord], level: float) -> tuple[OnBackend, ...]:
    compared = [record for record in records if record.cell.batch_size == size and record.is_comparable]
    ordered = sorted(compared, key=lambda record: record.seconds_per_epoch)
    best = {record.cell.backend: record for record in reversed(ordered)}
    fastest_first = sorted(best.values(), key=lambda record: record.seconds_per_epoch)
    return tuple(
        OnBackend(record, speedup(record, fastest_first[0], level=level) if index else None)
        for index, record in enumerate(fastest_first)
    )
