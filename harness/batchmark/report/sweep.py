"""A sweep's summary as plain text."""

from collections.abc import Callable, Sequence

from batchmark.analysis.intervals import units_needed
from batchmark.analysis.recommendation import KNEE_TOLERANCE
from batchmark.files.sweep import FACTS_KEY, StoredSweep
from batchmark.loops import FIT
from batchmark.records import CellRecord, Estimate, Status
from batchmark.report.environment import render_environment
from batchmark.report.overview import render_overview
from batchmark.report.power_of_two import (
    explain_contrasts,
    render_contrasts,
    say_whether_faster,
    say_whether_faster_than_round_sizes,
)
from batchmark.report.proof import say_proof
from batchmark.report.tables import Column, render_table
from batchmark.report.units import (
    NOTHING,
    number_with_interval,
    percent,
    rate,
    seconds,
    seconds_with_interval,
    size_in_bytes,
    size_with_interval,
)
from batchmark.report.wrapping import wrapped
from batchmark.studies.sweep.overview import overviews
from batchmark.studies.sweep.summary import GroupSummary, Row, batch_sizes_by_warning

_MISFIT = 0.05


def render_sweep(summaries: Sequence[GroupSummary], *, width: int = 112) -> str:
    """Return the whole summary, at most `width` characters wide; its tables need about 110."""
    parts = [wrapped(_header(summaries), width)]
    parts += [_group(summary, width) for summary in summaries]
    return "\n\n".join(parts)


def render_stored_sweep(
    stored: StoredSweep, summaries: Sequence[GroupSummary], *, width: int = 112, brief: bool = False
) -> str:
    """Return the summary of a sweep read from a file, with when and where it was measured.

    `brief` leaves out everything but the tables that have the loops side by side.
    """
    facts = stored.machine_info.get(FACTS_KEY)
    where = [render_environment(facts)] if isinstance(facts, dict) else []
    end = [f"Not finished: {stored.stopped}."] if stored.stopped else []
    start = wrapped([f"stored {stored.datetime}", *where], width)
    whole = _brief(summaries, width) if brief else render_sweep(summaries, width=width)
    return "\n".join([start, whole, *end])


def _brief(summaries: Sequence[GroupSummary], width: int) -> str:
    tables = [render_overview(overview, width=width) for overview in overviews(summaries)]
    none = "No workload was measured by more than one loop: there is nothing to set side by side."
    return "\n\n".join([wrapped(_header(summaries), width), *(tables or [none])])


def _header(summaries: Sequence[GroupSummary]) -> list[str]:
    records = [row.record for summary in summaries for row in summary.rows if row.is_compared]
    if not records:
        return ["There is no cell to compare: none has rounds, or all of them diverged or failed."]
    level = summaries[0].level
    turns = _range([record.turns for record in records])
    rounds = _range([len(record.rounds) for record in records])
    few = f"; fewer than {units_needed(level)} turns give none" if units_needed(level) > 1 else ""
    return [
        f"{turns} turns, {rounds} rounds a cell; each turn measures every cell, block by block in random order.",
        f"Brackets: {percent(level)} interval of the median over turns, each by itself{few}.",
        "It covers the turns of one process; restarts are not in it.",
    ]


def _group(summary: GroupSummary, width: int) -> str:
    lines = [_title(summary)]
    table = _rows_table(summary, width)
    said = [
        *_proofs(summary.rows),
        *_left_out(summary.rows),
        *_warnings(summary.rows),
        *_curve(summary),
        *_recommendation(summary),
        *_memory(summary),
    ]
    blocks = [wrapped(lines, width), table, wrapped(said, width)]
    if contrasts := render_contrasts(summary, width=width):
        blocks += ["", contrasts, wrapped([explain_contrasts(summary)], width)]
    verdicts = [
        say_whether_faster(summary.conclusion, summary.level),
        say_whether_faster_than_round_sizes(summary.conclusion_on_round_sizes, summary.level),
    ]
    return "\n".join([*blocks, wrapped([verdict for verdict in verdicts if verdict], width)])


def _title(summary: GroupSummary) -> str:
    title = f"{summary.workload}, loop {summary.loop}"
    compilations = {row.record.compilation: None for row in summary.rows if row.record.compilation}
    if compilations and list(compilations) != [summary.loop]:
        title += f", run by {' and '.join(compilations)}"
    trial = next((row.record.compilation_trial for row in summary.rows if row.record.compilation_trial), {})
    if trial:
        tried = ", ".join(f"{name} {seconds(value)}" for name, value in trial.items())
        title += f" (tried at the reference batch size: {tried} an epoch)"
    return title


def _rows_table(summary: GroupSummary, width: int) -> str:
    interval = f"[{percent(summary.level)}]"
    columns = [
        Column("batch\nsize"),
        Column("\nsteps"),
        Column("\nepoch"),
        Column(f"\n{interval}"),
        Column("per\nstep"),
        Column("\nexamples/s"),
        Column("first\nepoch"),
        Column("\ncompile"),
    ]
    extra = _Extra(summary.rows)
    columns += extra.columns
    with_speedup = summary.loop != FIT and any(row.speedup_over_fit for row in summary.rows)
    if with_speedup:
        columns += [Column("times as\nfast as fit"), Column(f"\n{interval}")]
    rows = [[*_row(row), *extra.of(row.record), *(_speedup(row) if with_speedup else ())] for row in summary.rows]
    return render_table(columns, rows, width=width)


def _row(row: Row) -> list[str]:
    record = row.record
    first = seconds(record.first_epoch_seconds)
    steps = str(record.steps_per_epoch) if record.steps_per_epoch else NOTHING
    if row.seconds_per_epoch is None:
        return [str(record.cell.batch_size), steps, _ending(row), NOTHING, NOTHING, NOTHING, first, NOTHING]
    return [
        str(record.cell.batch_size),
        steps,
        *seconds_with_interval(row.seconds_per_epoch),
        seconds(record.seconds_per_step),
        rate(record.examples_per_second),
        first,
        seconds(record.compile_seconds),
    ]


class _Extra:
    """The columns that only some workloads, machines or sweeps have."""

    def __init__(self, rows: Sequence[Row]) -> None:
        records = [row.record for row in rows]
        candidates = [
            (Column("\ntokens/s"), [rate(record.tokens_per_second) for record in records]),
            (Column("waits\nfor data"), [_given(record.waiting_share, percent) for record in records]),
            (Column("peak\nmemory"), [_given(record.peak_host_bytes, size_in_bytes) for record in records]),
            (Column("on the\nGPU"), [_given(record.peak_device_bytes, size_in_bytes) for record in records]),
        ]
        present = [(column, values) for column, values in candidates if set(values) != {NOTHING}]
        self.columns = [column for column, _ in present]
        self._values = {record.cell: [values[index] for _, values in present] for index, record in enumerate(records)}

    def of(self, record: CellRecord) -> list[str]:
        return self._values[record.cell]


def _given(value: float | None, printed: Callable[[float], str]) -> str:
    return NOTHING if value is None else printed(value)


def _speedup(row: Row) -> tuple[str, str]:
    return (NOTHING, NOTHING) if row.speedup_over_fit is None else number_with_interval(row.speedup_over_fit)


def _proofs(rows: Sequence[Row]) -> list[str]:
    """Return what was proven of the loop, once; one that is refused is told among the warnings."""
    found = {
        (record.compilation or record.cell.loop, record.proof): None
        for record in (row.record for row in rows)
        if record.proof is not None and not record.proof.is_refused
    }
    loop = rows[0].record.cell.loop
    return [say_proof(loop if by == loop else f"{loop}, run by {by},", proof) for by, proof in found]


def _left_out(rows: Sequence[Row]) -> list[str]:
    out = [f"{row.record.cell.batch_size} ({_ending(row)})" for row in rows if not row.is_compared]
    return [f"Left out of what compares batch sizes: {', '.join(out)}."] if out else []


def _ending(row: Row) -> str:
    return "no rounds" if row.record.status is Status.COMPLETE else str(row.record.status)


def _warnings(rows: Sequence[Row]) -> list[str]:
    lines = []
    for warning, sizes in batch_sizes_by_warning(rows):
        many = "batch size" if len(sizes) == 1 else "batch sizes"
        whom = "every batch size" if len(sizes) == len(rows) > 1 else f"{many} {', '.join(map(str, sizes))}"
        lines.append(f"Warning, {whom}: {' '.join(warning.split())}")
    return lines


def _curve(summary: GroupSummary) -> list[str]:
    curve = summary.curve
    if summary.recommendation is None:
        return []
    if curve is None:
        return ["No curve: it takes at least 3 different numbers of steps."]
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
    if found is None:
        return []
    others = sum(row.is_compared for row in summary.rows) - 1
    if not others:
        told = "It is the only one."
    elif not found.turns_are_enough:
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
