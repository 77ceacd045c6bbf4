"""A comparison of two sides as text for a terminal; as Markdown and JUnit XML in the modules beside this one."""

from collections.abc import Sequence

from batchmark.comparison import ComparedCell, Comparison
from batchmark.metrics import table
from batchmark.metrics.metric import Metric
from batchmark.report import compared_cells as words
from batchmark.report.counters import is_told_with_counters, render_counters
from batchmark.report.environment import render_environment
from batchmark.report.tables import WIDTH, Column, names_left_out, render_table, say_left_out
from batchmark.report.units import percent
from batchmark.report.wrapping import wrapped

_WIDE = 112


def render_comparison(comparison: Comparison, *, width: int = WIDTH, wide: bool = False) -> str:
    """Return the whole: the verdict, what differs, every cell, what would settle the open ones, and caveats.

    At most `width` characters wide, its tables with the columns that fit; with all their columns if `wide`.
    """
    width = max(width, _WIDE) if wide else width
    title = words.title(comparison)
    blocks = ["\n".join([title, "═" * len(title), wrapped(_top(comparison), width)])]
    one = len({cell.workload for cell in comparison.cells}) == 1
    left_out: list[str] = []
    for judged in (True, False):
        cells = [cell for cell in comparison.cells if cell.counts is judged and not is_told_with_counters(cell)]
        for metric in table.METRICS:
            own = [cell for cell in cells if cell.metric == metric.name]
            # What was neither judged nor measured says nothing but its warning.
            if any(judged or cell.baseline is not None or cell.candidate is not None for cell in own):
                columns, rows = _columns_and_rows(metric, own, with_workload=not one)
                whose = f"{own[0].workload}: " if one else ""
                blocks.append(f"{whose}{_heading(metric, own)}\n{render_table(columns, rows, width=width, wide=wide)}")
                left_out += [] if wide else names_left_out(columns, rows, width=width)
    blocks += render_counters(comparison.cells, width=width)
    return "\n\n".join([*blocks, wrapped([*_bottom(comparison), *say_left_out(left_out)], width)])


def _top(comparison: Comparison) -> list[str]:
    environment = comparison.environment
    differing = words.differences(environment)
    return [
        f"{words.headline(comparison).capitalize()}.",
        *(f"{line}." for line in words.over_all_sizes(comparison.cells)),
        *([f"Not finished: {comparison.stopped}."] if comparison.stopped else []),
        f"Baseline: {render_environment(environment.baseline)}",
        f"Candidate: {render_environment(environment.candidate)}",
        f"They differ in {', '.join(differing)}." if differing else "Their environments are alike.",
    ]


def _bottom(comparison: Comparison) -> list[str]:
    settling = [f"To settle what is inconclusive: {each}." for each in words.what_would_settle(comparison.cells)]
    caveats = [f"Caveat: {' '.join(each.split())}." for each in comparison.warnings]
    warnings = [f"Warning, {each}" for each in words.warnings(comparison.cells)]
    tails = [f"Slow epochs, {each}." for each in words.tails(comparison.cells)]
    unseen = [f"Unseen, {each}." for each in words.unseen_seeds(comparison.cells)]
    return [*tails, *settling, words.basis(comparison), *unseen, *caveats, *warnings]


def _heading(metric: Metric, cells: Sequence[ComparedCell]) -> str:
    tolerances = _tolerances(cells)
    if not cells[0].counts:
        return f"{metric.name}, not judged"
    against = tolerances[0] if len(tolerances) == 1 else "its tolerance"
    floors = sorted(cell.noise_floor for cell in cells if cell.noise_floor is not None)
    told = list(dict.fromkeys(percent(floor) for floor in (*floors[:1], *floors[-1:])))
    floor = f"; noise floor {' to '.join(told)}" if told else ""
    return f"{metric.name}, judged against {against}{floor}"


def _columns_and_rows(
    metric: Metric, cells: Sequence[ComparedCell], *, with_workload: bool
) -> tuple[list[Column], list[list[str]]]:
    """Return the cells of one metric, all of them judged or none."""
    judged, each_has_its_own = cells[0].counts, len(_tolerances(cells)) > 1
    columns = [
        *([Column("\nworkload", "left", may_fold=True)] if with_workload else []),
        Column("\nloop", "left", may_fold=True),
        Column("batch\nsize"),
        Column("\nbaseline", rank=1),
        Column("\ncandidate", rank=1),
        Column("\ndifference" if metric.is_difference else "\n×"),
        Column("\ninterval"),
    ]
    has_floor = judged and any(cell.noise_floor is not None for cell in cells)
    columns += [Column("\ntolerance", rank=2)] if each_has_its_own else []
    columns += [Column("noise\nfloor", rank=3)] if has_floor else []
    columns += [Column("\nverdict", "left")] if judged else []
    rows = []
    for cell in words.by_place(cells):
        sides = [words.value(cell, number) for number in (cell.baseline, cell.candidate)]
        row = [*words.place(cell)[0 if with_workload else 1 :], *sides, *words.effect(cell)]
        row += [words.tolerance(cell)] if each_has_its_own else []
        row += [words.noise_floor(cell)] if has_floor else []
        rows.append([*row, str(cell.verdict)] if judged else row)
    return columns, rows


def _tolerances(cells: Sequence[ComparedCell]) -> list[str]:
    return list(dict.fromkeys(map(words.tolerance, cells)))
