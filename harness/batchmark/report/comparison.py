"""A comparison of two sides as text for a terminal; as Markdown and JUnit XML in the modules beside this one."""

from collections.abc import Sequence

from batchmark.comparison import ComparedCell, Comparison
from batchmark.metrics import table
from batchmark.metrics.metric import Metric
from batchmark.report import compared_cells as words
from batchmark.report.environment import render_environment
from batchmark.report.tables import Column, render_table
from batchmark.report.wrapping import wrapped

_WIDTH = 112


def render_comparison(comparison: Comparison, *, width: int = _WIDTH) -> str:
    """Return the whole: what differs, the verdict, every cell, what would settle the open ones, and caveats."""
    title = words.title(comparison)
    blocks = ["\n".join([title, "═" * len(title), wrapped(_top(comparison), width)])]
    for judged in (True, False):
        cells = [cell for cell in comparison.cells if cell.counts is judged]
        blocks += [
            _table(metric, own, width)
            for metric in table.METRICS
            if (own := [cell for cell in cells if cell.metric == metric.name])
        ]
    return "\n\n".join([*blocks, wrapped(_bottom(comparison), width)])


def _top(comparison: Comparison) -> list[str]:
    environment = comparison.environment
    differing = words.differences(environment)
    lines = [
        f"Baseline: {render_environment(environment.baseline)}",
        f"Candidate: {render_environment(environment.candidate)}",
        f"They differ in {', '.join(differing)}." if differing else "Their environments are alike.",
        f"{words.headline(comparison).capitalize()}.",
    ]
    return [*lines, f"Not finished: {comparison.stopped}."] if comparison.stopped else lines


def _bottom(comparison: Comparison) -> list[str]:
    settling = [f"To settle what is inconclusive: {each}." for each in words.what_would_settle(comparison.cells)]
    caveats = [f"Caveat: {' '.join(each.split())}." for each in comparison.warnings]
    warnings = [f"Warning, {each}" for each in words.warnings(comparison.cells)]
    return [*settling, words.basis(comparison), *caveats, *warnings]


def _table(metric: Metric, cells: Sequence[ComparedCell], width: int) -> str:
    """Return the cells of one metric, all of them judged or none."""
    tolerances = list(dict.fromkeys(map(words.tolerance, cells)))
    judged, each_has_its_own = cells[0].counts, len(tolerances) > 1
    columns = [
        Column("workload", "left"),
        Column("loop", "left"),
        Column("batch size"),
        Column("baseline"),
        Column("candidate"),
        Column("difference" if metric.is_difference else "×"),
        Column("interval"),
    ]
    has_floor = judged and any(cell.noise_floor is not None for cell in cells)
    columns += [Column("tolerance")] if each_has_its_own else []
    columns += [Column("noise floor")] if has_floor else []
    columns += [Column("verdict", "left")] if judged else []
    rows: list[Sequence[str]] = []
    for cell in words.by_place(cells):
        sides = [words.value(cell, number) for number in (cell.baseline, cell.candidate)]
        row = [*words.place(cell), *sides, *words.effect(cell)]
        row += [words.tolerance(cell)] if each_has_its_own else []
        row += [words.noise_floor(cell)] if has_floor else []
        rows.append([*row, str(cell.verdict)] if judged else row)
    how = f"judged against {'its tolerance' if each_has_its_own else tolerances[0]}" if judged else "not judged"
    return f"{metric.name}, {how}\n{render_table(columns, rows, width=width)}"
