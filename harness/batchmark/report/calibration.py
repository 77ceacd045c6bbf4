"""A machine's noise as text."""

from textwrap import fill

from batchmark.files.calibration import CalibratedCell, Calibration
from batchmark.metrics import table
from batchmark.report.tables import Column, render_table
from batchmark.report.units import NOTHING, in_unit, percent

_WIDTH = 112


def render_calibration(calibration: Calibration) -> str:
    """Return the noise of each cell, what an upgrade can find in it, and how often it was wrong."""
    title = "The noise of this machine"
    columns = [
        Column("workload", "left"),
        Column("metric", "left"),
        Column("loop", "left"),
        Column("batch\nsize"),
        Column("\nmedian"),
        Column("restarts\nscatter by"),
        Column("found with\n90 % power"),
        Column("beyond the\ntolerance"),
    ]
    rows = [
        (
            cell.workload,
            cell.metric,
            cell.loop,
            "all" if cell.batch_size is None else str(cell.batch_size),
            in_unit(cell.seconds, table.named(cell.metric).unit),
            percent(cell.spread),
            _share(cell.noise_floor),
            _share(cell.detectable),
        )
        for cell in sorted(calibration.cells, key=_order)
    ]
    return "\n".join([title, "═" * len(title), render_table(columns, rows, width=_WIDTH), "", *_notes(calibration)])


def _order(cell: CalibratedCell) -> tuple[str, str, str, int]:
    return cell.workload, cell.metric, cell.loop, cell.batch_size or 0


def _share(value: float | None) -> str:
    return NOTHING if value is None else percent(value)


def _notes(calibration: Calibration) -> list[str]:
    effects = sorted({cell.effects for cell in calibration.cells})
    amount = f"{effects[0]}" if len(effects) == 1 else f"{effects[0]} to {effects[-1]}"
    found = (
        f"Identical sides took turns as those of an upgrade do; {amount} restarts of a pair for each cell. Found with "
        "90 % power: the smallest slow-down that batchmark upgrade calls regressed nine times in ten with "
        f"--budget {calibration.budget_seconds:g}s, one cell judged alone, by significance; and the same beyond the "
        "tolerance. More cells judged together need more."
    )
    wrong = (
        f"Called different without a tolerance: {calibration.false_alarms} of {calibration.comparisons} identical "
        f"seconds per epoch, where {percent(1 - calibration.confidence)} are expected; a rate above "
        f"{percent(calibration.false_alarm_bound)} is ruled out at 95 %."
    )
    shared = "Cells of a pair share its processes, so these comparisons are fewer than they look."
    warnings = [f"Warning, {warning}" for warning in calibration.warnings]
    return [fill(note, _WIDTH, subsequent_indent="  ") for note in (found, f"{wrong} {shared}", *warnings)]
