"""Why one side's epochs take longer, in ten lines."""

from collections.abc import Sequence

from batchmark.analysis.explained import CalledMore, Changed, ChangedOperation, Explanation, Grown, explain
from batchmark.comparison import ProfiledCell, Verdict
from batchmark.profiles import Frame, Phase
from batchmark.report.tables import WIDTH, Column, render_table
from batchmark.report.units import enumeration, seconds
from batchmark.report.wrapping import wrapped

_MOST_TOLD = 3
_FEWEST_MILLISECONDS = 0.05
_TAKES_A_BATCH = ("IteratorGetNext", "OptionalGetValue")
"""TensorFlow's operations that a batch comes by."""


def render_explanation(profiled: ProfiledCell, *, width: int = WIDTH) -> str:
    """Return where an epoch's time went on either side, and what it is put down to."""
    found = explain(profiled.baseline, profiled.candidate)
    epochs = f"{profiled.baseline.epochs} and {profiled.candidate.epochs} epochs"
    parts = [
        f"Where an epoch of {profiled.name} goes (sampled, {epochs}):",
        render_table(_COLUMNS, [*_phases(found), _row("in all", found.seconds)], width=width),
        *(wrapped([line], width) for line in [*_doubt(profiled), *_lines(found), *_waits_within(profiled, found)]),
    ]
    return "\n".join(parts)


_COLUMNS = [Column("", "left"), Column("baseline"), Column("candidate"), Column("more")]


def _phases(found: Explanation) -> list[list[str]]:
    told = [each for each in found.phases if max(each.baseline, each.candidate) * 1e3 >= _FEWEST_MILLISECONDS]
    return [_row(each.name, each) for each in told]


def _row(name: str, changed: Changed) -> list[str]:
    return [name, seconds(changed.baseline), seconds(changed.candidate), _more(changed.growth)]


def _more(growth: float) -> str:
    sign = "-" if growth < 0 else "+"
    return f"{sign}{seconds(abs(growth))}"


def _lines(found: Explanation) -> list[str]:
    lines = [_grown(each) for each in found.grown[:_MOST_TOLD]]
    if found.phases and not lines:
        lines.append("No phase takes longer at the candidate.")
    if found.calls is not None:
        lines.append(_calls(found.calls, found.called_more))
    if found.operations:
        told = [_operation(each) for each in found.operations[:_MOST_TOLD]]
        lines.append(f"Operations, a step: {enumeration(told)}.")
    changed = [f"{name} {ours} → {theirs}" for name, ours, theirs in found.versions]
    lines.append(f"Packages seen that changed: {', '.join(changed) if changed else 'none'}.")
    lines += [f"Not seen: {each}." for each in found.unseen]
    return lines


def _doubt(profiled: ProfiledCell) -> list[str]:
    """Return what is to be said where the timed epochs didn't get slower: one process a side differs from another."""
    if profiled.verdict in {None, Verdict.REGRESSED}:
        return []
    doubt = "what follows may be the difference of two processes, counts apart"
    return [f"By the clock its epochs are {profiled.verdict}: {doubt}."]


def _waits_within(profiled: ProfiledCell, found: Explanation) -> list[str]:
    """Return what is to be said where steps take their batch inside of what is compiled: no stack shows the waiting."""
    grew = any(each.name == Phase.OPERATIONS and each.growth > 0 for each in found.phases)
    kinds = {operation.kind for operation in profiled.candidate.operations}
    if not grew or not any(kind.startswith(_TAKES_A_BATCH) for kind in kinds):
        return []
    return ["A step takes its batch inside of its own function here: waiting for data is among the operations."]


def _grown(grown: Grown) -> str:
    by = "" if grown.by is None else f", called by {_place(grown.by)}"
    rest = f"; the rest of it takes {seconds(grown.saved)} less" if grown.saved * 1e3 >= _FEWEST_MILLISECONDS else ""
    return f"{_more(grown.growth)} {grown.phase or 'in an epoch'}: {_place(grown.frame)}{by}{_within(grown)}{rest}."


def _within(grown: Grown) -> str:
    told = [f"{_more(seconds_more)} in {frame.name}" for frame, seconds_more in grown.within]
    return f", {enumeration(told)}" if len(told) > 1 else ""


def _calls(calls: Changed, called_more: Sequence[CalledMore]) -> str:
    told = f"Function calls an epoch: {calls.baseline:,.0f} → {calls.candidate:,.0f}"
    more = [_called(each) for each in called_more[:_MOST_TOLD]]
    return f"{told}; called more: {enumeration(more)}." if more else f"{told}."


def _operation(each: ChangedOperation) -> str:
    counts = f"{each.count.baseline:.3g} → {each.count.candidate:.3g} times, " if each.count.growth else ""
    return f"{each.kind} ({counts}{_more(each.seconds.growth)})"


def _called(each: CalledMore) -> str:
    return f"{each.function.place} {each.baseline:,.0f} → {each.candidate:,.0f}"


def _place(frame: Frame) -> str:
    return f"{frame.name} ({frame.module}, line {frame.line})"
