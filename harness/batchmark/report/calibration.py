"""A machine's noise as text."""

from batchmark.files.calibration import CalibratedCell, Calibration
from batchmark.metrics import table
from batchmark.report.tables import WIDTH, Column, render_table
from batchmark.report.units import NOTHING, in_unit, percent
from batchmark.report.wrapping import wrapped


def render_calibration(calibration: Calibration) -> str:
    """Return the noise of each cell, what an upgrade can find in it, and how often it was wrong."""
    names = dict.fromkeys(cell.workload for cell in calibration.cells)
    title = f"The noise of this machine{f': {next(iter(names))}' if len(names) == 1 else ''}"
    columns, rows = columns_and_rows(calibration)
    printed = render_table(columns, rows, width=WIDTH)
    return "\n".join([title, "═" * len(title), printed, "", wrapped(say_calibration(calibration), WIDTH)])


def columns_and_rows(calibration: Calibration) -> tuple[list[Column], list[list[str]]]:
    """Return the columns of a cell's noise, and a row for each cell."""
    one = len({cell.workload for cell in calibration.cells}) == 1
    columns = [
        *([] if one else [Column("workload", "left", may_fold=True)]),
        Column("metric", "left", may_fold=True),
        Column("loop", "left", may_fold=True),
        Column("\nbatch\nsize"),
        Column("\n\nmedian"),
        Column("restarts\nscatter\nby"),
        Column("found\nby 90 %\npower"),
        Column("beyond\nthe tol-\nerance"),
    ]
    rows = [
        [
            *([] if one else [cell.workload]),
            cell.metric,
            cell.loop,
            "all" if cell.batch_size is None else str(cell.batch_size),
            in_unit(cell.seconds, table.named(cell.metric).unit),
            percent(cell.spread),
            _share(cell.noise_floor),
            _share(cell.detectable),
        ]
        for cell in sorted(calibration.cells, key=_order)
    ]
    return columns, rows


def _order(cell: CalibratedCell) -> tuple[str, str, str, int]:
    return cell.workload, cell.metric, cell.loop, cell.batch_size or 0


def _share(value: float | None) -> str:
    return NOTHING if value is None else percent(value)


def say_calibration(calibration: Calibration) -> list[str]:
    """Return how the noise was found, what it means, how often it was wrong, and the warnings."""
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
    return [found, f"{wrong} {shared}", *warnings]
