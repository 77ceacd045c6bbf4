"""A sweep's summary as plain text."""

from collections.abc import Sequence

from batchmark.analysis.intervals import units_needed
from batchmark.analysis.recommendation import KNEE_TOLERANCE
from batchmark.files.sweep import StoredSweep
from batchmark.records import Estimate
from batchmark.report.answer import say_answers
from batchmark.report.backends import backends_left_out, render_backends
from batchmark.report.environment import render_environment
from batchmark.report.overview import overview_left_out, render_overview
from batchmark.report.power_of_two import (
    contrasts_left_out,
    explain_contrasts,
    render_contrasts,
    say_whether_faster,
    say_whether_faster_than_round_sizes,
)
from batchmark.report.proof import say_proof
from batchmark.report.sweep_table import cells_left_out, ending, render_cells
from batchmark.report.tables import WIDTH, say_left_out
from batchmark.report.units import percent, rate, seconds, seconds_with_interval, size_with_interval
from batchmark.report.wrapping import wrapped
from batchmark.studies.sweep.backends import backend_summaries
from batchmark.studies.sweep.overview import overviews
from batchmark.studies.sweep.summary import GroupSummary, Row, batch_sizes_by_warning

_MISFIT = 0.05
_WIDE = 112


def render_sweep(
    summaries: Sequence[GroupSummary], *, where: Sequence[str] = (), width: int = WIDTH, wide: bool = False
) -> str:
    """Return the whole summary: what it answers, `where` it was measured and how, then each workload and loop.

    At most `width` characters wide, its tables with the columns that fit; with all their columns if `wide`.
    """
    width = max(width, _WIDE) if wide else width
    parts = [wrapped(said, width)] if (said := say_answers(summaries)) else []
    parts.append(wrapped([*where, *basis(summaries)], width))
    parts += [render_backends(each, width=width, wide=wide) for each in backend_summaries(summaries)]
    parts += [_group(summary, width, wide=wide) for summary in summaries]
    parts += [] if wide else say_left_out(_left_out_of_tables(summaries, width))
    return "\n\n".join(parts)


def render_stored_sweep(
    stored: StoredSweep,
    summaries: Sequence[GroupSummary],
    *,
    width: int = WIDTH,
    brief: bool = False,
    wide: bool = False,
) -> str:
    """Return the summary of a sweep read from a file, with when and where it was measured.

    `brief` leaves out everything but the tables that have the loops side by side.
    """
    where = [f"stored {stored.datetime}", *([render_environment(stored.facts)] if stored.facts else [])]
    end = [f"Not finished: {stored.stopped}."] if stored.stopped else []
    whole = _brief if brief else render_sweep
    return "\n".join([whole(summaries, where=where, width=width, wide=wide), *end])


def _brief(summaries: Sequence[GroupSummary], *, where: Sequence[str], width: int, wide: bool) -> str:
    width = max(width, _WIDE) if wide else width
    found = overviews(summaries)
    tables = [render_overview(overview, width=width, wide=wide) for overview in found]
    backends = [render_backends(each, width=width, wide=wide) for each in backend_summaries(summaries)]
    none = "No workload was measured by more than one loop: there is nothing to set side by side."
    left_out = [name for overview in found for name in overview_left_out(overview, width=width)]
    parts = [wrapped([*where, *basis(summaries)], width), *backends, *(tables or [none])]
    return "\n\n".join(parts if wide else [*parts, *say_left_out(left_out)])


def _left_out_of_tables(summaries: Sequence[GroupSummary], width: int) -> list[str]:
    of_groups = [
        name
        for summary in summaries
        for name in (*cells_left_out(summary, width=width), *contrasts_left_out(summary, width=width))
    ]
    return [
        *(name for each in backend_summaries(summaries) for name in backends_left_out(each, width=width)),
        *of_groups,
    ]


def basis(summaries: Sequence[GroupSummary]) -> list[str]:
    """Return how much was measured, and what the brackets hold: sentences."""
    records = [row.record for summary in summaries for row in summary.rows if row.is_compared]
    if not records:
        return ["There is no cell to compare: none has rounds, or all of them diverged or failed."]
    level = summaries[0].level
    turns = _range([record.turns for record in records])
    rounds = _range([len(record.rounds) for record in records])
    few = f"; fewer than {units_needed(level)} turns give none" if units_needed(level) > 1 else ""
    brackets = f"{percent(level)} interval of the median over turns, each by itself{few}"
    return [
        f"{turns} turns, {rounds} rounds a cell; each turn measures every cell, block by block in random order.",
        f"Brackets: {brackets}. It covers the turns of one process; restarts are not in it.",
    ]


def _group(summary: GroupSummary, width: int, *, wide: bool) -> str:
    said = say_group(summary)
    blocks = [wrapped([group_title(summary)], width), render_cells(summary, width=width, wide=wide)]
    blocks += [wrapped(said, width)] if said else []
    if contrasts := render_contrasts(summary, width=width, wide=wide):
        blocks += ["", contrasts, wrapped(say_powers(summary), width)]
    return "\n".join(blocks)


def say_group(summary: GroupSummary) -> list[str]:
    """Return what there is to say of a workload and loop beside its table: a sentence each."""
    return [
        *_proofs(summary.rows),
        *_left_out(summary.rows),
        *_warnings(summary.rows),
        *_curve(summary),
        *_recommendation(summary),
        *_memory(summary),
    ]


def say_powers(summary: GroupSummary) -> list[str]:
    """Return how to read the contrasts of powers of two, and what they come to; nothing without any."""
    verdicts = [
        say_whether_faster(summary.conclusion, summary.level),
        say_whether_faster_than_round_sizes(summary.conclusion_on_round_sizes, summary.level),
    ]
    return [explain_contrasts(summary), *filter(None, verdicts)] if summary.contrasts else []


def group_title(summary: GroupSummary) -> str:
    """Return which workload and loop it is, and what ran it."""
    title = f"{summary.workload}, loop {summary.loop}"
    compilations = {row.record.compilation: None for row in summary.rows if row.record.compilation}
    if compilations and list(compilations) != [summary.loop]:
        title += f", run by {' and '.join(compilations)}"
    trial = next((row.record.compilation_trial for row in summary.rows if row.record.compilation_trial), {})
    if trial:
        tried = ", ".join(f"{name} {seconds(value)}" for name, value in trial.items())
        title += f" (tried at the reference batch size: {tried} an epoch)"
    return title


def _proofs(rows: Sequence[Row]) -> list[str]:
    """Return what was proven of the loop, once; one that is refused is told among the warnings."""
    found = {
        (record.compilation or record.cell.way, record.proof): None
        for record in (row.record for row in rows)
        if record.proof is not None and not record.proof.is_refused
    }
    loop = rows[0].record.cell.way
    return [say_proof(loop if by == loop else f"{loop}, run by {by},", proof) for by, proof in found]


def _left_out(rows: Sequence[Row]) -> list[str]:
    out = [f"{row.record.cell.batch_size} ({ending(row.record)})" for row in rows if not row.is_compared]
    return [f"Left out of what compares batch sizes: {', '.join(out)}."] if out else []


def _warnings(rows: Sequence[Row]) -> list[str]:
    lines = []
    for warning, sizes in batch_sizes_by_warning(rows):
        many = "batch size" if len(sizes) == 1 else "batch sizes"
        whom = "every batch size" if len(sizes) == len(rows) > 1 else f"{many} {', '.join(map(str, sizes))}"
        lines.append(f"Warning, {whom}: {' '.join(warning.split())}")
    return lines


def _curve(summary: GroupSummary) -> list[str]:
    curve = summary.curve
    if summary.recommendation is None or curve is None:
        return []
    overhead, cost = (_in_words(part) for part in (curve.overhead, curve.cost))
    if not all(residual.has_interval for residual in curve.residuals.values()):
        fit = "too few turns to say where it fits badly"
    elif misfits := curve.misfits(_MISFIT):
        named = [f"{size} ({percent(curve.residuals[size].value, signed=True)})" for size in misfits]
        fit = f"measured off it by more than {percent(_MISFIT)}: {', '.join(named)}"
    else:
        fit = f"no batch size is measurably off it by more than {percent(_MISFIT)}"
    model = "seconds_per_step = overhead + cost_per_example · b"
    return [f"Curve: {model}, with overhead {overhead} and cost_per_example {cost}; {fit}."]


def _in_words(estimate: Estimate) -> str:
    value, interval = seconds_with_interval(estimate)
    return f"{value} {interval}" if estimate.has_interval else value


def _recommendation(summary: GroupSummary) -> list[str]:
    found = summary.recommendation
    if found is None or sum(row.is_compared for row in summary.rows) == 1:
        return []
    if not found.turns_are_enough:
        told = f"{found.turns} turns are too few to tell the others from it."
    elif not found.not_distinguishable:
        told = "All others are measurably slower."
    else:
        told = f"Not distinguishable from it: {', '.join(map(str, found.not_distinguishable))}."
    knee = f"batch size {found.knee} is the smallest within {percent(KNEE_TOLERANCE)} of the fastest's throughput"
    alike = f"so it is in {found.knee_turns} of {found.turns} turns taken by themselves"
    return [
        f"Fastest: batch size {found.fastest}, {rate(found.examples_per_second)} examples/s. {told}",
        f"Knee: {knee}; {alike}.",
    ]


def _memory(summary: GroupSummary) -> list[str]:
    curve = summary.memory
    if curve is None:
        return []
    base, slope = (" ".join(size_with_interval(part)) for part in (curve.base, curve.bytes_per_example))
    where = "on the GPU" if curve.is_device else "of the process"
    line = (
        f"Memory {where}: peak_bytes = base + bytes_per_example · b, with base {base} and bytes_per_example {slope}; "
        f"the line explains {percent(curve.explained)} of the variance over {curve.base.n} batch sizes, one process "
        "each."
    )
    return [line]


def _range(numbers: Sequence[int]) -> str:
    low, high = min(numbers), max(numbers)
    return str(low) if low == high else f"{low} to {high}"
