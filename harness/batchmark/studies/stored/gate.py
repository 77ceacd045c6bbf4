"""The gate: a stored comparison judged again under a policy, and what that means for whoever waits for an answer."""

import math
from collections.abc import Iterable
from dataclasses import replace

from batchmark.analysis.judged import another_tolerance, judge, what_settles
from batchmark.analysis.lost_restarts import with_lost
from batchmark.analysis.stuck_seeds import seeds_to_show, widened
from batchmark.analysis.verdict import seeds_needed
from batchmark.comparison import ComparedCell, Comparison, Policy, Verdict
from batchmark.errors import PolicyError
from batchmark.files.policy import PolicySettings
from batchmark.metrics import table
from batchmark.metrics.metric import Metric
from batchmark.records import Estimate
from batchmark.studies.live.comparability import require_comparable
from batchmark.studies.stored.quantities import LIVE

NOTHING_REGRESSED = 0
REGRESSED = 1
INCONCLUSIVE = 3
"""2 is bad input: `batchmark.errors.BatchmarkError` at a door."""

# What adding up rounding errors of many levels can make of a confidence that holds.
_ROUNDING = 1e-9


def exit_code(comparison: Comparison) -> int:
    """Return 1 where something regressed; else 3 where that can't be told, of a partial comparison too; else 0."""
    if comparison.verdict is Verdict.REGRESSED:
        return REGRESSED
    if comparison.verdict is Verdict.INCONCLUSIVE or comparison.stopped:
        return INCONCLUSIVE
    return NOTHING_REGRESSED


def judge_again(comparison: Comparison, settings: PolicySettings) -> Comparison:
    """Return `comparison` judged under its own policy with what `settings` name in its place.

    The intervals stay as they are: only what is held against them changes. Quality that `settings` don't name keeps
    the margin it was judged with.

    Raises PolicyError: another confidence than the intervals were made for. IncomparableError: the sides ran on other
    hardware.
    """
    require_comparable(comparison.environment)
    stored = comparison.policy.confidence
    if settings.confidence not in (None, stored):
        message = (
            f"confidence {settings.confidence:g} is asked for, and the stored intervals were made for {stored:g}: they "
            f"can't be made again from the file; name {stored:g}, or compare again"
        )
        raise PolicyError(message)
    policy = settings.applied_to(comparison.policy)
    cells = tuple(
        _judged(cell, _tolerance(cell, settings, policy), is_live=comparison.is_live) for cell in comparison.cells
    )
    return replace(
        comparison,
        policy=policy,
        cells=cells,
        warnings=(*comparison.warnings, *_uncovered(comparison.cells, cells, stored)),
    )


def require_known_workloads(comparison: Comparison, settings: PolicySettings) -> None:
    """Refuse tolerances for workloads that `comparison` doesn't have: a misspelled one would judge nothing.

    Raises PolicyError.
    """
    known = dict.fromkeys(cell.workload for cell in comparison.cells)
    for name in settings.by_workload:
        if name not in known:
            message = f"a tolerance is named for workload {name!a}, and the comparison has {', '.join(known)}"
            raise PolicyError(message)


def _tolerance(cell: ComparedCell, settings: PolicySettings, policy: Policy) -> float | None:
    """Return what `settings` name for this cell, or what it was judged against."""
    by_itself = cell.metric in settings.tolerances or cell.metric in settings.by_workload.get(cell.workload, {})
    by_share = settings.share is not None and cell.tolerance is not None and not table.named(cell.metric).is_difference
    named = by_itself or by_share
    return policy.tolerance(cell.metric, cell.workload) if named else cell.tolerance


def _judged(cell: ComparedCell, tolerance: float | None, *, is_live: bool) -> ComparedCell:
    if tolerance == cell.tolerance:
        return cell
    if tolerance is None:
        return replace(cell, tolerance=None, verdict=Verdict.INCONCLUSIVE, needed=None)
    if cell.effect is None:
        # Whatever was made of a missing side has nothing to do with the tolerance.
        is_missing = cell.batch_size is not None and cell.baseline is None
        has_failed = is_missing and cell.lost is not None and cell.lost.candidate > 0 and not cell.lost.baseline
        verdict = Verdict.REGRESSED if has_failed else with_lost(cell.verdict, cell.lost)
        return replace(cell, tolerance=tolerance, verdict=verdict)
    metric = table.named(cell.metric)
    units = cell.rounds if metric.is_after_training else cell.restarts
    effect = Estimate(cell.effect, *cell.interval, cell.level, units)
    verdict = judge(metric, effect, tolerance, cell.tail, cell.lost)
    if verdict is Verdict.UNCHANGED and judge(metric, widened(effect, cell.unseen), tolerance) is not verdict:
        # Seeds that are stuck and weren't seen could take it beyond.
        verdict = Verdict.INCONCLUSIVE
    needed = _needed(metric, effect, tolerance, cell) if is_live or metric.is_after_training else LIVE
    return replace(
        cell, tolerance=tolerance, verdict=verdict, needed=needed if verdict is Verdict.INCONCLUSIVE else None
    )


def _needed(metric: Metric, effect: Estimate, tolerance: float, cell: ComparedCell) -> str | None:
    if metric.is_after_training:
        if cell.unseen_share is not None:
            cost = math.inf if cell.unseen_cost is None else cell.unseen_cost
            error = (1 - cell.level) / 2
            return _in_words(seeds_to_show(effect, margin=tolerance, cost=cost, error=error), "seeds")
        return _in_words(seeds_needed(effect, margin=tolerance), "seeds")
    if metric.is_alone_in_a_process:
        return another_tolerance(metric.name)
    if metric.is_difference:
        return None
    return what_settles(effect, tolerance, tail=cell.tail, lost=cell.lost)


def _in_words(count: int | None, of_what: str) -> str | None:
    return None if count is None else f"about {count:,} {of_what}"


def _error(cell: ComparedCell) -> float:
    """Return the probability that an interval of a cell misses, the mean epoch's with it."""
    return (1 - cell.level) + (1 - cell.tail.level if cell.tail else 0.0)


def _uncovered(before: Iterable[ComparedCell], now: Iterable[ComparedCell], confidence: float) -> list[str]:
    """Warn where more is judged than the intervals were made for: they hold together at less than was asked for."""
    was, will_be = (sum(_error(cell) for cell in cells if cell.counts) for cells in (before, now))
    if will_be <= max(was, 1 - confidence) + _ROUNDING:
        return []
    warning = (
        f"more is judged than the stored intervals were made for: they hold together at {max(0.0, 1 - will_be):.1%}, "
        f"not at {confidence:.1%}; compare again with these tolerances"
    )
    return [warning]
