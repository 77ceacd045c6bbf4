"""What a sweep says: per workload and loop, the rows, the cost curve, the recommendation, powers of two."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import groupby

from batchmark.analysis.cost_curve import CostCurve, fit_cost_curve
from batchmark.analysis.intervals import median_interval
from batchmark.analysis.memory_curve import MemoryCurve, fit_memory_curve
from batchmark.analysis.power_of_two import Against, Conclusion, Contrast, comparisons, conclude, contrasts
from batchmark.analysis.recommendation import Recommendation, recommend
from batchmark.analysis.speedup import speedup
from batchmark.loops import FIT
from batchmark.records import Cell, CellRecord, Estimate


@dataclass(frozen=True)
class Row:
    """One cell of a group."""

    record: CellRecord
    seconds_per_epoch: Estimate | None
    """The median over the cell's turns; None where nothing was measured."""
    speedup_over_fit: Estimate | None
    """Seconds per epoch of ``fit`` over this loop's, at the same batch size; None where either is missing."""

    @property
    def is_compared(self) -> bool:
        """Whether the cell takes part in the curve, the recommendation and the contrasts."""
        return self.record.is_comparable


@dataclass(frozen=True)
class GroupSummary:
    """The cells of one workload, loop and backend, and what they say together."""

    workload: str
    loop: str
    """As `Cell.way` has it: with the backend, where that isn't TensorFlow."""
    rows: tuple[Row, ...]
    """Ascending by batch size, those without rounds included."""
    curve: CostCurve | None
    memory: MemoryCurve | None
    recommendation: Recommendation | None
    contrasts: tuple[Contrast, ...]
    conclusion: Conclusion
    """Of the powers of two against their neighbours."""
    conclusion_on_round_sizes: Conclusion
    """Of the powers of two against round sizes nearby."""
    family: int
    """How many contrasts, over all groups, the contrasts' intervals are corrected for."""
    level: float
    """Of each row's interval by itself, and of all contrasts' intervals together."""


def summarise(records: Sequence[CellRecord], *, level: float = 0.95) -> tuple[GroupSummary, ...]:
    """Return a summary per workload and loop, in the order in which they first appear in `records`.

    Cells that diverged, failed or have no turn are kept as rows and left out of what compares cells; the
    others are compared over the turns they all have.
    """
    groups: dict[tuple[str, str], list[CellRecord]] = {}
    for record in sorted(records, key=lambda record: record.cell.batch_size):
        groups.setdefault((record.cell.workload, record.cell.way), []).append(record)
    order = dict.fromkeys((record.cell.workload, record.cell.way) for record in records)
    family = sum(len(comparisons(_sizes(_compared(group)))) for group in groups.values())
    of_fit = {record.cell: record for record in records if record.cell.loop == FIT}
    return tuple(_summary_of(groups[key], of_fit, family, level) for key in order)


def batch_sizes_by_warning(rows: Sequence[Row]) -> tuple[tuple[str, tuple[int, ...]], ...]:
    """Return each distinct warning of `rows` once, with the batch sizes it concerns, in order of appearance."""
    pairs = [(warning, row.record.cell.batch_size) for row in rows for warning in row.record.warnings]
    order = list(dict.fromkeys(warning for warning, _ in pairs))
    grouped = groupby(sorted(pairs, key=lambda pair: order.index(pair[0])), key=lambda pair: pair[0])
    return tuple((warning, tuple(dict.fromkeys(size for _, size in group))) for warning, group in grouped)


def _summary_of(
    records: Sequence[CellRecord], of_fit: dict[Cell, CellRecord], family: int, level: float
) -> GroupSummary:
    compared = _compared(records)
    measured = contrasts(compared, family=family, level=level)
    return GroupSummary(
        workload=records[0].cell.workload,
        loop=records[0].cell.way,
        rows=tuple(_row(record, of_fit, level) for record in records),
        curve=fit_cost_curve(compared, level=level),
        memory=fit_memory_curve(compared, level=level),
        recommendation=recommend(compared, level=level),
        contrasts=measured,
        conclusion=conclude([c for c in measured if c.comparison.against is Against.NEIGHBOURS]),
        conclusion_on_round_sizes=conclude([c for c in measured if c.comparison.against is Against.ROUND_SIZES]),
        family=family,
        level=level,
    )


def _row(record: CellRecord, of_fit: dict[Cell, CellRecord], level: float) -> Row:
    cell = record.cell
    fit = of_fit.get(replace(cell, loop=FIT))
    is_paired = cell.loop != FIT and fit is not None and fit.is_comparable and record.is_comparable
    return Row(
        record=record,
        seconds_per_epoch=median_interval(record.seconds_per_turn, level=level) if record.turns else None,
        speedup_over_fit=speedup(fit, record, level=level) if is_paired and fit is not None else None,
    )


def _compared(records: Sequence[CellRecord]) -> list[CellRecord]:
    return [record for record in records if record.is_comparable]


def _sizes(records: Sequence[CellRecord]) -> list[int]:
    return [record.cell.batch_size for record in records]
