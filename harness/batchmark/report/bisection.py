"""A bisection as text: a line a comparison, and what it comes to."""

import math

from batchmark.comparison import Comparison, Verdict
from batchmark.records import Estimate
from batchmark.report.tables import WIDTH, Column, render_table
from batchmark.report.units import NOTHING, enumeration, number_with_interval, percent, seconds
from batchmark.report.wrapping import wrapped
from batchmark.studies.bisection.record import Bisection, Role, Step, verdict_at

_COLUMNS = (
    Column("release", "left"),
    Column("against", "left"),
    Column("epoch", rank=1),
    Column("effect"),
    Column("interval"),
    Column("restarts", rank=2),
    Column("verdict", "left"),
)
_DECIMALS = 3


def render_bisection(bisection: Bisection, *, wide: bool = False) -> str:
    """Return each comparison's effect, interval and verdict in the order they were made, and the answer."""
    held = f", with {' '.join(bisection.held)} held" if bisection.held else ""
    parts = [wrapped([f"{bisection.package} {bisection.good} to {bisection.bad}{held}"], WIDTH)]
    if bisection.steps:
        rows = [_row(bisection, step, comparison) for step in bisection.steps for comparison in step.comparisons]
        parts.append(render_table(_COLUMNS, rows, width=WIDTH, wide=wide))
    sentences = _answer(bisection)
    sentences += [f"Passed over: {bisection.package} {each.version}: {each.why}" for each in bisection.skipped]
    if bisection.stopped:
        sentences.append(f"Not finished: {bisection.stopped}.")
    if bisection.steps:
        sentences.append(f"Effects are of {bisection.place or 'seconds per epoch'}; {_level(bisection)}.")
    return "\n\n".join([*parts, wrapped(sentences, WIDTH)])


def _level(bisection: Bisection) -> str:
    confidence = bisection.steps[0].comparison.policy.confidence
    return f"each comparison's verdicts hold together at {100 * confidence:g} %"


def _row(bisection: Bisection, step: Step, comparison: Comparison) -> list[str]:
    cell = bisection.cell_of(comparison)
    verdict = verdict_at(step.place, comparison).value
    if step.role is Role.CONFIRMATION and comparison is step.comparison:
        verdict += ", again"
    if cell is None or cell.effect is None:
        return [step.candidate, step.baseline, NOTHING, NOTHING, NOTHING, NOTHING, verdict]
    effect = Estimate(cell.effect, *cell.interval, cell.level, cell.restarts)
    epoch = NOTHING if cell.candidate is None else seconds(cell.candidate)
    return [
        step.candidate,
        step.baseline,
        epoch,
        *number_with_interval(effect, decimals=_DECIMALS),
        str(cell.restarts),
        verdict,
    ]


def _answer(bisection: Bisection) -> list[str]:
    package, good, bad = bisection.package, bisection.good, bisection.bad
    if bisection.ends is None:
        return []
    match bisection.ends.verdict:
        case Verdict.REGRESSED:
            return _located(bisection)
        case Verdict.INCONCLUSIVE:
            said = "is slower than {good} can't be told: there is nothing to look for yet. A longer --budget tells more"
            return [f"Whether {package} {bad} {said.format(good=good)}."]
        case Verdict.IMPROVED:
            return [f"{package} {bad} is faster than {good}, not slower: there is nothing to look for."]
        case Verdict.UNCHANGED:
            return [f"{package} {bad} is as fast as {good}, within the tolerance: there is nothing to look for."]


def _located(bisection: Bisection) -> list[str]:
    first, last = f"{bisection.package} {bisection.first_bad}", bisection.last_good
    if bisection.between:
        unknown = enumeration([*bisection.between, bisection.first_bad])
        return [f"It became slower after {bisection.package} {last}: which of {unknown} made it so can't be told."]
    step = bisection.last_step
    cell = bisection.cell(step) if step else None
    if step is None or cell is None or cell.effect is None:
        return [f"{first} is the first that is slower than {bisection.good}; that wasn't confirmed against {last}."]
    number, interval = number_with_interval(
        Estimate(cell.effect, *cell.interval, cell.level, cell.restarts), decimals=_DECIMALS
    )
    own = f"{number} {interval} times {last}'s epoch{_share(bisection)}"
    if step.verdict is Verdict.REGRESSED:
        return [f"{first} made it slower: {own}.", *_changed(bisection)]
    said = (
        f"{first} is the first that is slower than {bisection.good} beyond the tolerance, and its own step is "
        f"{step.verdict.value}: {own}. The change comes in several parts, or too little was measured."
    )
    return [said, *_changed(bisection)]


def _share(bisection: Bisection) -> str:
    share = bisection.share
    if share is None or not math.isfinite(share) or bisection.last_step is bisection.ends:
        return ""
    return f", about {percent(share)} of the whole change"


def _changed(bisection: Bisection) -> list[str]:
    """Return what else differs in the step: the package may have brought it, and it may be the cause."""
    changed = bisection.changed
    if not changed:
        return [f"Nothing but {bisection.package} differs between their environments."]
    told = [f"{name} {before or 'none'} → {after or 'none'}" for name, (before, after) in changed.items()]
    return [f"Changed with it: {', '.join(told)}."]
