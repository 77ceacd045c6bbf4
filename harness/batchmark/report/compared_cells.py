"""A comparison's parts in words: what every form of its report says the same way."""

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from batchmark.analysis.tails import SLOW
from batchmark.comparison import ComparedCell, Comparison, Environments, Tail, Verdict
from batchmark.metrics import table
from batchmark.metrics.seconds_per_epoch import METRIC as SECONDS_PER_EPOCH
from batchmark.records import Estimate
from batchmark.report.units import (
    NOTHING,
    decimals_of,
    enumeration,
    in_unit,
    may_be_stuck,
    number_with_interval,
    percent,
    signed_with_interval,
)

MARKER = "<!-- batchmark gate -->"
"""Stands in a pull request's comment, so that a bot finds it again and replaces it."""
VERDICTS = (Verdict.REGRESSED, Verdict.INCONCLUSIVE, Verdict.IMPROVED, Verdict.UNCHANGED)
"""In the order in which they are told: what needs a reader first."""

_DECIMALS = 3
_MOST_NAMED = 6
# Differ every time, and say little: the load is in the environment's own line.
_NOT_COMPARED = frozenset({"load_at_start", "stored", "devices_visible"})
_NO_NUMBER = "not known"
_GROUPS = ("flags", "packages")


def title(comparison: Comparison) -> str:
    """Return what was compared, in a line."""
    return "Candidate against baseline, live" if comparison.is_live else "Two stored runs, candidate against baseline"


def differences(environments: Environments) -> tuple[str, ...]:
    """Return what differs between the sides, as in ``tensorflow 2.20.0 → 2.21.0``."""
    baseline, candidate = (_flat(side) for side in (environments.baseline, environments.candidate))
    names = [name for name in dict.fromkeys([*baseline, *candidate]) if name not in _NOT_COMPARED]
    return tuple(
        f"{name} {_fact(baseline, name)} → {_fact(candidate, name)}"
        for name in names
        if baseline.get(name) != candidate.get(name)
    )


def headline(comparison: Comparison) -> str:
    """Return the verdict and how it comes about: ``regressed: of 24 judged, 2 regressed, 22 unchanged``."""
    counts = Counter(cell.verdict for cell in comparison.cells if cell.counts)
    if not counts:
        return f"{comparison.verdict}: nothing was judged"
    told = ", ".join(f"{counts[verdict]} {verdict}" for verdict in VERDICTS if counts[verdict])
    return f"{comparison.verdict}: of {counts.total()} judged, {told}"


def counted(cells: Iterable[ComparedCell], *verdicts: Verdict) -> list[ComparedCell]:
    """Return the judged cells in the order of `VERDICTS`, those with one of `verdicts` alone where any are given."""
    wanted = verdicts or VERDICTS
    return sorted(
        (cell for cell in cells if cell.counts and cell.verdict in wanted),
        key=lambda cell: (VERDICTS.index(cell.verdict), *_place(cell)),
    )


def by_place(cells: Iterable[ComparedCell]) -> list[ComparedCell]:
    """Return the cells by workload, metric, loop and batch size."""
    return sorted(cells, key=_place)


def value(cell: ComparedCell, number: float | None) -> str:
    """Return one side's `number` in the unit of the cell's metric."""
    return NOTHING if number is None else in_unit(number, table.named(cell.metric).unit)


def effect(cell: ComparedCell) -> tuple[str, str]:
    """Return the effect, ``1.034`` or, of quality, ``+0.0021``, and its interval."""
    if cell.effect is None:
        return NOTHING, NOTHING
    if not table.named(cell.metric).is_difference:
        return number_with_interval(Estimate(cell.effect, *cell.interval, cell.level, 0), decimals=_DECIMALS)
    estimate = Estimate(cell.effect, *cell.interval, cell.level, 0)
    return signed_with_interval(estimate, decimals=decimals_of(table.named(cell.metric).unit))


def tolerance(cell: ComparedCell) -> str:
    """Return what the cell was judged against: ``±1 %``."""
    if cell.tolerance is None:
        return NOTHING
    return f"±{cell.tolerance:g}" if table.named(cell.metric).is_difference else f"±{percent(cell.tolerance)}"


def noise_floor(cell: ComparedCell) -> str:
    """Return the smallest effect that is told from noise: ``0.7 %``."""
    return NOTHING if cell.noise_floor is None else percent(cell.noise_floor)


def place(cell: ComparedCell) -> tuple[str, str, str]:
    """Return workload, loop and batch size, as far as the cell has them."""
    return cell.workload, cell.loop or NOTHING, "all" if cell.batch_size is None else str(cell.batch_size)


def sentence(cell: ComparedCell) -> str:
    """Return what was found of a cell: its sides, effect, interval and tolerance, in words."""
    found, interval = effect(cell)
    sides = f"{value(cell, cell.baseline)} → {value(cell, cell.candidate)}"
    within = "no interval" if interval == NOTHING else f"{100 * cell.level:.4g} % interval {interval}"
    what = "difference" if table.named(cell.metric).is_difference else "×"
    told = f"{cell.verdict}: {sides}, {what} {found}, {within}, tolerance {tolerance(cell)}"
    if cell.tail and _tells(cell, cell.tail):
        told += f"; {_tail(cell.tail)}"
    return f"{told}; {unseen(cell)}" if cell.unseen_share is not None else told


def unseen(cell: ComparedCell) -> str:
    """Return what share of seeds may be stuck though none of those trained was, and what that could cost."""
    return may_be_stuck(cell.unseen_share or 0.0, cell.unseen)


def unseen_seeds(cells: Iterable[ComparedCell]) -> tuple[str, ...]:
    """Return a line for each distinct thing to say of unseen seeds, with the cells it concerns."""
    by_text: dict[str, list[ComparedCell]] = {}
    for cell in cells:
        if cell.counts and cell.unseen_share is not None:
            by_text.setdefault(unseen(cell), []).append(cell)
    return tuple(f"{_named(own)}: {text}" for text, own in by_text.items())


def over_all_sizes(cells: Iterable[ComparedCell]) -> tuple[str, ...]:
    """Return a line for each verdict over all batch sizes of a loop: what leads a report."""
    told = list(cells)
    places = Counter((cell.workload, cell.metric, cell.loop) for cell in told if cell.batch_size is not None)
    return tuple(
        _over_all(cell, asked=places[cell.workload, cell.metric, cell.loop])
        for cell in by_place(told)
        if cell.over and cell.counts and cell.effect is not None
    )


def tails(cells: Iterable[ComparedCell]) -> tuple[str, ...]:
    """Return a line for each judged cell of which one side has more slow epochs, and how many may be unseen."""
    judged = [(cell, cell.tail) for cell in by_place(cells) if cell.counts and cell.tail]
    unseen = [tail.unseen for cell, tail in judged if cell.verdict is Verdict.UNCHANGED]
    told = [f"{cell.name}: {_tail(tail)}" for cell, tail in judged if _tells(cell, tail)]
    if unseen:
        told.append(f"what is unchanged: up to {percent(max(unseen))} of epochs may be slow on one side alone, unseen")
    return tuple(told)


def what_would_settle(cells: Iterable[ComparedCell]) -> tuple[str, ...]:
    """Return a line for each thing that would settle inconclusive cells, and one for those where none is known."""
    by_need: dict[str, list[ComparedCell]] = {}
    for cell in counted(cells, Verdict.INCONCLUSIVE):
        by_need.setdefault(cell.needed or _NO_NUMBER, []).append(cell)
    return tuple(f"{need}, for {_named(own)}" for need, own in by_need.items())


def warnings(cells: Iterable[ComparedCell]) -> tuple[str, ...]:
    """Return each distinct warning of cells once, with the cells it concerns."""
    by_warning: dict[str, list[ComparedCell]] = {}
    for cell in cells:
        for warning in cell.warnings:
            by_warning.setdefault(" ".join(warning.split()), []).append(cell)
    return tuple(f"{_named(own)}: {warning}" for warning, own in by_warning.items())


def basis(comparison: Comparison) -> str:
    """Return what the verdicts rest on: the rule, the confidence, and how much was measured."""
    present = {cell.metric for cell in comparison.cells}
    subtracted = [
        metric.label
        for metric in table.METRICS
        if metric.is_difference and (metric.is_after_training or metric.name in present)
    ]
    mean = " The mean epoch has to agree." if any(cell.tail for cell in comparison.cells) else ""
    rule = (
        f"×: candidate over baseline; of {enumeration(subtracted)} the difference. Regressed and improved: the whole "
        f"interval lies beyond the tolerance. Unchanged: the whole interval lies within.{mean} The intervals of what "
        f"is judged hold together at {percent(comparison.policy.confidence)}."
    )
    epochs = [cell for cell in comparison.cells if cell.metric == SECONDS_PER_EPOCH.name]
    if not epochs:
        return rule
    restarts = _range([cell.restarts for cell in epochs], "restart")
    rounds = _range([cell.rounds for cell in epochs], "round")
    return f"{rule} A side's epochs: {restarts} and {rounds}."


def _over_all(cell: ComparedCell, *, asked: int) -> str:
    low, high = cell.interval
    by = (cell.effect or math.nan) - 1
    is_better = (by > 0) is table.named(cell.metric).more_is_better
    way = "better" if is_better else "worse"
    if cell.metric == SECONDS_PER_EPOCH.name:
        way = "faster" if is_better else "slower"
    sign = math.copysign(100.0, by)
    bounds = sorted(sign * (bound - 1) for bound in (low, high) if bound is not None)
    interval = f"[{', '.join(f'{bound:.1f}' for bound in bounds)}]" if bounds else "(no interval)"
    count = f"all {len(cell.over)}" if len(cell.over) >= asked else f"{len(cell.over)} of {asked}"
    who = f"{cell.workload}, {cell.loop}, {count} batch sizes"
    what = "" if cell.metric == SECONDS_PER_EPOCH.name else f"{table.named(cell.metric).label} "
    differ = "; they differ among themselves" if cell.sizes_differ else ""
    differ += f"; {_on_average(cell.tail)}" if cell.tail and _tells(cell, cell.tail) else ""
    return f"{who}: {what}{percent(abs(by))} {way} {interval}, {cell.verdict}{differ}"


def _tells(cell: ComparedCell, tail: Tail) -> bool:
    """Whether slow epochs are more than what the typical ones show: all are slow where the location is."""
    return tail.is_found and 1 / SLOW < (cell.effect or 1.0) < SLOW


def _on_average(tail: Tail) -> str:
    low, high = (percent(bound - 1, signed=True) for bound in tail.mean_interval)
    return f"{percent(tail.mean - 1, signed=True)} on average [{low}, {high}]"


def _tail(tail: Tail) -> str:
    who = "candidate" if tail.slow > 0 else "baseline"
    within = ", ".join(f"{100 * abs(bound):.1f}" for bound in sorted(tail.slow_interval, key=abs))
    return (
        f"{percent(abs(tail.slow))} [{within}; 95 % by itself] of the {who}'s epochs are slow, over {SLOW:g} times "
        f"those beside them: {_on_average(tail)}"
    )


def _place(cell: ComparedCell) -> tuple[str, int, str, int]:
    return cell.workload, table.names().index(cell.metric), cell.loop or "", cell.batch_size or 0


def _named(cells: Sequence[ComparedCell]) -> str:
    names = [cell.name for cell in cells[:_MOST_NAMED]]
    rest = len(cells) - len(names)
    return ", ".join(names) + (f" and {rest} more" if rest else "")


def _range(numbers: Sequence[int], of_what: str) -> str:
    low, high = min(numbers), max(numbers)
    count = str(low) if low == high else f"{low} to {high}"
    return f"{count} {of_what}{'' if high == 1 else 's'}"


def _flat(side: Mapping[str, object]) -> dict[str, object]:
    """Return the facts, each flag and package beside them under its own name."""
    facts = {name: fact for name, fact in side.items() if name not in _GROUPS}
    for name in _GROUPS:
        if isinstance(group := side.get(name), Mapping):
            facts |= {f"{each}": value for each, value in group.items() if each not in facts}
    return facts


def _fact(side: Mapping[str, object], name: str) -> str:
    fact = side.get(name)
    return _NO_NUMBER if fact is None else str(fact)
