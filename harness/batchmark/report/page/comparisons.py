"""A comparison as a part of a page: its verdict, what would settle it, the effects, the cells, and why."""

from collections.abc import Iterable, Sequence
from pathlib import PurePath
from textwrap import wrap

from batchmark.backends import TENSORFLOW
from batchmark.comparison import ComparedCell, Comparison, Verdict
from batchmark.metrics import table
from batchmark.report import compared_cells as words
from batchmark.report.counters import differs, what_it_is_made_of
from batchmark.report.environment import render_environment
from batchmark.report.explanation import render_explanation
from batchmark.report.page.figures import figure_of
from batchmark.report.page.parts import Figure, Head, Part, Row, Table, Tags, Text
from batchmark.report.pictures.compared_effects import draw_compared_effects, drawn_cells, how_to_read

MOST_PARTS = 40
"""Comparisons with a part each, the worst verdicts first; the others share one."""
_CHARACTERS = 96
_HEADS = (
    *(Head(name, is_number=False) for name in ("verdict", "workload", "metric", "loop")),
    *(Head(name) for name in ("batch size", "baseline", "candidate", "effect", "interval", "tolerance")),
)


def comparison_part(comparison: Comparison, name: str, *, anchor: str, machine: str) -> Part:
    """Return what a page says of a comparison that is stored as `name`, of which `machine` is what it ran on."""
    environment = comparison.environment
    differing = words.differences(environment)
    backends = tuple(
        dict.fromkeys(
            str(side.get("keras_backend") or TENSORFLOW) for side in (environment.baseline, environment.candidate)
        )
    )
    lead = [
        f"{words.headline(comparison).capitalize()}.",
        *([f"Not finished: {comparison.stopped}."] if comparison.stopped else []),
        *(f"{line}." for line in words.over_all_sizes(comparison.cells)),
        *(f"{cell.name}: {words.sentence(cell)}." for cell in words.counted(comparison.cells, Verdict.REGRESSED)[:3]),
        f"They differ in {', '.join(differing)}." if differing else "Their environments are alike.",
    ]
    why = [render_explanation(each) for each in comparison.profiles]
    settling = [f"{each[:1].upper()}{each[1:]}." for each in words.what_would_settle(comparison.cells)]
    texts = [
        *([Text("Why: where an epoch's time goes", as_printed=why, is_open=True)] if why else []),
        *([Text("What would settle what is inconclusive", settling)] if settling else []),
        Text("Environments, method and caveats", _rest(comparison)),
    ]
    return Part(
        anchor=anchor,
        title=f"{words.title(comparison)}: {PurePath(name).name}",
        about=f"{name} · {machine}",
        verdict=str(comparison.verdict),
        lead=lead,
        figures=_figures(comparison, name, machine),
        tables=[_cells(comparison, backends)] if comparison.cells else [],
        texts=texts,
        tags=Tags(machine=(machine,)),
    )


def rest_part(compared: Sequence[tuple[str, str, Comparison]], *, anchor: str) -> Part:
    """Return a line for each of the comparisons that have no part of their own, by file, machine and content."""
    heads = [Head(title, is_number=False) for title in ("verdict", "file", "machine", "what was found")]
    rows = [
        Row((str(each.verdict), name, machine, found_in(each)), _tags(each, machine), str(each.verdict))
        for name, machine, each in compared
    ]
    tags = [row.tags for row in rows]
    return Part(
        anchor=anchor,
        title=f"{len(rows):,} more comparison{'' if len(rows) == 1 else 's'}",
        about="in a line each, as there are so many; name a file alone to see all of it",
        tables=[Table("The worst verdicts first", heads, rows)],
        tags=Tags(
            workload=tuple(dict.fromkeys(name for each in tags for name in each.workload)),
            machine=tuple(dict.fromkeys(name for each in tags for name in each.machine)),
        ),
    )


def _tags(comparison: Comparison, machine: str) -> Tags:
    return Tags(workload=tuple(dict.fromkeys(cell.workload for cell in comparison.cells)), machine=(machine,))


def found_in(comparison: Comparison) -> str:
    """Return how many were judged how, by how much what leads has changed, and why it did not finish."""
    stopped = f"; not finished: {comparison.stopped}" if comparison.stopped else ""
    return f"{_found_in(comparison)}{stopped}"


def _found_in(comparison: Comparison) -> str:
    counts = words.headline(comparison).partition(": ")[2]
    leading = words.over_all_sizes(comparison.cells)
    if leading:
        return f"{counts}; {leading[0]}"
    regressed = words.counted(comparison.cells, Verdict.REGRESSED)
    if not regressed:
        return counts
    what = "by" if table.named(regressed[0].metric).is_difference else "×"
    return f"{counts}; {regressed[0].name} {what} {' '.join(words.effect(regressed[0]))}"


def is_found(cell: ComparedCell) -> bool:
    """Whether anything was found of a cell: a verdict of a change, an interval without no effect in it, or a count."""
    if cell.counts and cell.verdict in (Verdict.REGRESSED, Verdict.IMPROVED):
        return True
    if table.named(cell.metric).is_counted:
        return differs(cell)
    low, high = cell.interval
    nothing = 0.0 if table.named(cell.metric).is_difference else 1.0
    excluded = low is not None and high is not None and not low <= nothing <= high
    return excluded or cell.has_tail or (cell.lost is not None and cell.lost.are_more)


def _cells(comparison: Comparison, backends: tuple[str, ...]) -> Table:
    judged = words.counted(comparison.cells)
    reported = words.by_place(cell for cell in comparison.cells if not cell.counts)
    rows = [_row(cell, backends) for cell in (*judged, *reported)]
    caption = f"{len(judged)} judged, {len(reported)} reported and not judged"
    notes = [
        "Hidden until asked for: lines without significance, whose interval holds no effect (1, or 0 of a difference)."
    ]
    return Table(caption, _HEADS, rows, notes=notes if any(row.is_quiet for row in rows) else [])


def _row(cell: ComparedCell, backends: tuple[str, ...]) -> Row:
    workload, loop, size = words.place(cell)
    sides = (words.value(cell, cell.baseline), words.value(cell, cell.candidate))
    label = table.named(cell.metric).label
    verdict = str(cell.verdict) if cell.counts else "reported"
    way, _, backend = loop.partition("@")
    tags = Tags((workload,), (way,) if cell.loop else (), (backend,) if backend else backends)
    return Row(
        (verdict, workload, label, loop, size, *sides, *words.effect(cell), words.tolerance(cell)),
        tags=tags,
        verdict=str(cell.verdict) if cell.counts else "",
        is_quiet=not is_found(cell),
    )


def _figures(comparison: Comparison, name: str, machine: str) -> list[Figure]:
    environment = comparison.environment
    drawn = drawn_cells(comparison)
    where = [
        f"baseline: {render_environment(environment.baseline)}",
        f"candidate: {render_environment(environment.candidate)}",
        f"{machine} · {_range(cell.restarts for cell in drawn)} restarts a side" if drawn else machine,
    ]
    rest = len(words.counted(comparison.cells)) - len(drawn)
    where += [f"{rest} more that were judged are in the table alone"] if rest else []
    lines = [line for each in where for line in wrap(each, _CHARACTERS)]
    chart = draw_compared_effects(comparison, "What was judged: effects with their intervals", lines)
    if chart is None:
        return []
    columns = {"least": "tolerated_low", "most": "tolerated_high"}
    caption = [*where, how_to_read(comparison)]
    return [figure_of(chart, f"{PurePath(name).stem}-effects", columns, caption)]


def _range(numbers: Iterable[int]) -> str:
    found = sorted(numbers)
    return str(found[0]) if found[0] == found[-1] else f"{found[0]} to {found[-1]}"


def _rest(comparison: Comparison) -> list[str]:
    environment = comparison.environment
    return [
        f"Baseline: {render_environment(environment.baseline)}.",
        f"Candidate: {render_environment(environment.candidate)}.",
        *(f"Slow epochs, {each}." for each in words.tails(comparison.cells)),
        *what_it_is_made_of(comparison.cells),
        words.basis(comparison),
        *(f"Unseen, {each}." for each in words.unseen_seeds(comparison.cells)),
        *(f"Caveat: {' '.join(each.split())}." for each in comparison.warnings),
        *(f"Warning, {each}" for each in words.warnings(comparison.cells)),
    ]
